"""What holds of every platform's forms, whatever the input."""

import base64
import hashlib
import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clevenio.audiences.layouts import BASE64, HEXADECIMAL, Column, Layout
from clevenio.audiences.matchkeys import clear_form
from clevenio.audiences.platforms import google, layouts, meta, reddit_email, tiktok, uid2
from clevenio.errors import BadInput
from clevenio.people import identifiers
from tests.support.raw_identifiers import cell, raw_cells, tidied

EVERY_COLUMN = [
    pytest.param(layout, column, id=f"{layout.id}-{column.field}")
    for layout in layouts().values()
    for column in layout.columns
]
STAGE_A = {
    "email": lambda raw: identifiers.address(raw).key,
    "phone": identifiers.phone,
    "first_name": identifiers.name,
    "last_name": identifiers.name,
    "advertising_id": identifiers.advertising_id,
    "country": identifiers.country,
    "postal_code": identifiers.postal_code,
}
any_column = st.sampled_from([(layout, column) for layout in layouts().values() for column in layout.columns])
stored_column = any_column.filter(lambda pair: pair[1].field in STAGE_A)
# Text that is often close to an identifier, so that both branches are walked.
text = st.one_of(
    st.text(max_size=30),
    st.text("aAäÄİßé.+-_@ \u00a0\u200b0123456789", max_size=30),
    st.from_regex(r"[ ]?[A-Za-zäÖé.+]{1,12}@(gmail|googlemail|Example)\.(com|fi)[ ]?", fullmatch=True),
    st.from_regex(r"(\+358|00358|0)[ -]?(\(0\))?4[0-9][0-9 ]{7,8}", fullmatch=True),
)
DIGESTS_OF_NOTHING = {
    hashlib.sha256(b"").hexdigest(),
    base64.b64encode(hashlib.sha256(b"").digest()).decode(),
}
WRITTEN = {HEXADECIMAL: re.compile("[0-9a-f]{64}"), BASE64: re.compile("[0-9A-Za-z+/]{43}=")}


@settings(max_examples=400)
@given(any_column, text)
def test_composed_and_decomposed_input_gives_one_cell(place: tuple[Layout, Column], raw: str):
    layout, column = place
    composed, decomposed = (unicodedata.normalize(form, raw) for form in ("NFC", "NFD"))
    assert list(raw_cells(layout, column.field, composed)) == list(
        raw_cells(layout, column.field, decomposed)
    )


@settings(max_examples=400)
@given(any_column, text)
def test_tidying_again_changes_nothing(place: tuple[Layout, Column], raw: str):
    layout, column = place
    once = tidied(column.field, raw)
    assert list(raw_cells(layout, column.field, raw)) == list(raw_cells(layout, column.field, once))


@settings(max_examples=400)
@given(stored_column, text)
def test_a_stored_value_gives_the_cell_of_what_was_typed(place: tuple[Layout, Column], raw: str):
    column = place[1]
    try:
        stored = STAGE_A[column.field](raw)
    except BadInput:
        return
    assert STAGE_A[column.field](stored) == stored
    assert cell(column, stored) == cell(column, STAGE_A[column.field](unicodedata.normalize("NFD", raw)))


@settings(max_examples=400)
@given(any_column, text)
def test_a_cell_is_a_digest_of_something_or_empty(place: tuple[Layout, Column], raw: str):
    layout, column = place
    for found in raw_cells(layout, column.field, raw):
        if column.is_hashed:
            assert not found or WRITTEN[column.digest].fullmatch(found)
            assert found not in DIGESTS_OF_NOTHING
        else:
            assert found[:1] not in set("=+-@\t\r\n\0")


@pytest.mark.parametrize(("layout", "column"), EVERY_COLUMN)
@pytest.mark.parametrize("nothing", ["", " ", "\u00a0\ufeff", None])
def test_nothing_has_no_cell(layout: Layout, column: Column, nothing):
    assert cell(column, nothing and tidied(column.field, nothing)) == ""


@pytest.mark.parametrize(("layout", "column"), EVERY_COLUMN)
@pytest.mark.parametrize(
    ("field", "malformed"),
    [
        ("email", "maija"),
        ("email", "mai ja@example.fi"),
        ("email", "maija@@example.fi"),
        ("email", "@example.fi"),
        ("email", "maija@"),
        ("email", "b4c9a289323b21a01c3e940f150eb9b8c542587f1abfd8f0e1cc1ffc5e475514"),
        ("phone", "112"),
        ("phone", "0401"),
        ("phone", "maija@example.fi"),
        ("country", "Finland"),
        ("country", "F1"),
    ],
)
def test_what_is_malformed_is_never_hashed(layout: Layout, column: Column, field: str, malformed: str):
    if column.field == field:
        assert set(raw_cells(layout, field, malformed)) == {""}


@given(st.text(min_size=1))
def test_a_digest_is_sha256_of_utf8_in_lower_case_hex(form):
    assert cell(Column("any", str), form) == hashlib.sha256(form.encode("utf-8")).hexdigest()


@given(st.lists(st.one_of(st.none(), st.sampled_from("aäå"), st.text(max_size=3)), max_size=30))
def test_many_values_make_the_cells_that_each_makes_alone(values):
    for is_hashed in (True, False):
        column = Column("any", str.upper, is_hashed)
        assert column.cells(values) == [cell(column, value) for value in values]
        assert column.forms(values) == [(value or "").upper() for value in values]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=HYPERLINK(1)", "HYPERLINK(1)"),
        ("@SUM(A1)", "SUM(A1)"),
        ("＝1+1", "1+1"),
        ("-+= Oy", "Oy"),
        (" \t@Oy", "Oy"),
        ("Oy -@=", "Oy -@="),
        ("=", ""),
    ],
)
def test_a_clear_cell_is_never_a_formula(text, written):
    assert clear_form(text) == written


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("Dr. Matti", "matti"),
        ("Prof Dr Matti", "matti"),
        ("Virtanen Jr.", "virtanen"),
        ("Virtanen, PhD", "virtanen"),
        ("Drew", "drew"),
        ("Dr.", "dr."),
        ("Missa", "missa"),
        ("Vi", "vi"),
    ],
)
def test_google_wants_names_without_titles(name, form):
    assert google.name(name) == form


@pytest.mark.parametrize(
    ("code", "form"),
    [
        ("FI-00100", "00100"),
        ("FIN-00100", "00100"),
        ("SE-123 45", "12345"),
        ("94016-1234", "94016"),
        ("01310-100", "01310100"),
        ("SW1A 1AA", "sw1a1aa"),
        ("HM 12", "hm12"),
    ],
)
def test_meta_wants_a_postal_code_without_its_country(code, form):
    assert meta.postal_code(code) == form


@pytest.mark.parametrize(
    ("key", "forms"),
    [
        ("maija@example.fi", ["maija@example.fi", "", ""]),
        ("maija+lehti@example.fi", ["maija+lehti@example.fi", "maija@example.fi", ""]),
        ("mai.ja@example.fi", ["mai.ja@example.fi", "", "maija@example.fi"]),
        ("mai.ja+x.y@example.fi", ["mai.ja+x.y@example.fi", "mai.ja@example.fi", "maija@example.fi"]),
        ("+lehti@example.fi", ["+lehti@example.fi", "", ""]),
        ("maija", ["", "", ""]),
    ],
)
def test_tiktok_gets_every_form_that_its_pages_name_and_none_twice(key, forms):
    columns = [column for column in tiktok.LAYOUT.columns if column.field == "email"]
    assert [column.form(key) for column in columns] == forms


@given(text)
def test_no_form_stands_twice_in_one_row_of_tiktok(raw: str):
    for field in tiktok.LAYOUT.fields:
        found = list(filter(None, raw_cells(tiktok.LAYOUT, field, raw)))
        assert len(set(found)) == len(found)


@pytest.mark.parametrize(
    ("key", "form"),
    [
        ("mai-ja_1.x+lehti@example.fi", "maija1x@example.fi"),
        ("mäijä@example.fi", "mäijä@example.fi"),
        ("+lehti@example.fi", ""),
        ("-_-@example.fi", ""),
        ("maija", ""),
    ],
)
def test_reddit_wants_letters_and_digits_alone_before_the_at(key, form):
    assert reddit_email.email(key) == form


def test_unified_id_takes_dots_out_at_gmail_and_not_at_its_twin():
    assert uid2.email("mai.ja+x@gmail.com") == "maija@gmail.com"
    assert uid2.email("mai.ja+x@googlemail.com") == "mai.ja+x@googlemail.com"
