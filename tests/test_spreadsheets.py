import csv
import io

import pytest

from clevenio.spreadsheets import cell, table


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+358401234567",
        "-2",
        "@SUM(A1)",
        "  =HYPERLINK(1)",
        "\t=1",
        "\tx",
        "\rx",
        "\nx",
        "\0x",
        "＝1+1",
        "＋1",
        "－1",
        "＠x",
        "\u00a0=1",
    ],
)
def test_what_a_spreadsheet_might_run_is_made_text(text):
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["Aino", "a=b", "aino@example.com", "2026-11-25", "", "ä - b"])
def test_the_rest_stays_as_it_is(text):
    assert cell(text) == text


def test_numbers_are_ours_and_nothing_is_an_empty_cell():
    assert [cell(value) for value in (-5, 0, None)] == ["-5", "0", ""]


def test_a_table_reads_back_with_its_letters():
    whole = b"".join(table(["a", "=b"], [["ääkköset", 'a "b", c\nd'], [1, None]]))
    rows = list(csv.reader(io.StringIO(whole.decode("utf-8-sig"), newline="")))
    assert rows == [["a", "'=b"], ["ääkköset", 'a "b", c\nd'], ["1", ""]]
