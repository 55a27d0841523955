"""Files as programs write them, and files that are no CSV at all."""

import io
import zipfile

import pytest

from clevenio.errors import BadInput
from clevenio.people.imports.reading import LONGEST_LINE, opened


@pytest.fixture
def read(tmp_path):
    """`read(bytes)` -> the header and the rows with their lines."""

    def read(content: bytes) -> tuple[list[str], list[tuple[int, list[str]]]]:
        path = tmp_path / "people.csv"
        path.write_bytes(content)
        with opened(path) as table:
            return table.header, list(table.rows())

    return read


@pytest.mark.parametrize("delimiter", [b",", b";", b"\t"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_delimiter_line_ends_and_byte_order_mark_are_found_out(read, delimiter, end, mark):
    content = mark + end.join((delimiter.join((b"email", b"name")), delimiter.join((b"a@example.com", b"A"))))
    assert read(content) == (["email", "name"], [(2, ["a@example.com", "A"])])


def test_a_delimiter_inside_quotation_marks_is_not_counted(read):
    assert read(b'email;"a,b,c,d"\nx;y\n')[0] == ["email", "a,b,c,d"]


def test_a_single_column_needs_no_delimiter(read):
    assert read(b"email\na@example.com\n")[1] == [(2, ["a@example.com"])]


def test_the_line_by_which_excel_names_the_delimiter_is_taken(read):
    assert read(b"sep=;\nemail;name\na@example.com;A, B\n") == (
        ["email", "name"],
        [(3, ["a@example.com", "A, B"])],
    )


def test_a_row_has_the_number_of_the_line_on_which_it_begins(read):
    content = b'email,consent_wording\n\na@example.com,"two\nlines"\n,\nb@example.com,\n'
    assert [line for line, _ in read(content)[1]] == [3, 6]


WORKBOOK = io.BytesIO()
with zipfile.ZipFile(WORKBOOK, "w") as archive:
    archive.writestr("xl/workbook.xml", "<workbook/>")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b" \r\n\n", "empty"),
        (b",,,\na@example.com,,,\n", "empty"),
        (WORKBOOK.getvalue(), "Excel workbook or a zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "Excel workbook"),
        ("email\nä@example.com\n".encode("utf-16"), "UTF-16"),
        ("email\na@example.com\n".encode("utf-16-le"), "not a CSV file"),
        (b"\x1f\x8b\x08 gzip", "not a CSV file"),
        (b"email\n" + b"x" * LONGEST_LINE, "not a CSV file"),
        (b"email\n" + b"a@example.com\n" * 1000 + b"\0\0\0", "not a CSV file"),
        ("email,name\na@example.com,Hämärä\n".encode("latin-1"), "Line 2 is not in UTF-8"),
        (b"email\n" + b"a@example.com\n" * 20_000 + b"\xff\n", "Line 20002 is not in UTF-8"),
        ("email,name\na@example.com,Hämä".encode()[:-1], "Line 2 is not in UTF-8"),
        (b'email,name\na@example.com,A\nb@example.com,"B\nc@example.com,C\n', "begins on line 3"),
        (b'email,name\na@example.com,"A"B\n', "begins on line 2"),
        (b'email,name\na@example.com,"' + b"A" * 200_000 + b'"\n', "begins on line 2"),
        (b"email,name,phone\na@example.com,A,\nb@example.com,B", "cut off"),
    ],
)
def test_what_is_no_whole_csv_in_utf_8_is_refused_in_one_sentence(read, content, sentence):
    with pytest.raises(BadInput, match=sentence):
        read(content)


def test_a_short_row_with_its_line_end_is_a_bad_row_and_no_cut_off_file(read):
    assert read(b"email,name\na@example.com\n")[1] == [(2, ["a@example.com"])]


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(BadInput, match="cannot be read"), opened(tmp_path / "none.csv"):
        pass
