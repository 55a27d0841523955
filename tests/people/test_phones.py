"""Phone numbers as people write them in Finland."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clevenio.errors import BadInput
from clevenio.people import phones
from clevenio.people.phones import phone

SPELLINGS = [
    "0401234567",
    "040 123 4567",
    "040-123 4567",
    "040-1234567",
    "040.123.4567",
    "040/1234567",
    "(040) 123 4567",
    "040\u00a0123\u00a04567",
    "040\u2013123\u20134567",
    "０４０ １２３ ４５６７",
    "0 4 0 1 2 3 4 5 6 7",
    "+358401234567",
    "+358 40 123 4567",
    "+358 (0)40 123 4567",
    "+358 (0) 40 1234567",
    "+3580401234567",
    "＋358 40 123 4567",
    "00358401234567",
    "00358 40 1234567",
    "358401234567",
    "tel:+358401234567",
    "TEL:+358401234567",
    "  +358401234567\t",
    "\u202a+358 40 123 4567\u202c",
    "040 123 4567 ext. 5",
    "040 123 4567 x5",
    "040 123 4567;ext=5",
    "\ufeff0401234567",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_of_a_finnish_mobile_number_is_one_number(spelling):
    assert phone(spelling) == "+358401234567"


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("(09) 123 4567", "+35891234567"),
        ("09-1234 567", "+35891234567"),
        ("014 123 456", "+35814123456"),
        ("010 123 4567", "+358101234567"),
        ("029 123 4567", "+358291234567"),
        ("+46 70-123 45 67", "+46701234567"),
        ("0046 70 123 45 67", "+46701234567"),
        ("+1 (800) 555-0101", "+18005550101"),
        ("+44 20 7946 0958", "+442079460958"),
    ],
)
def test_landlines_and_foreign_numbers_are_taken(typed, number):
    assert phone(typed) == number


def test_the_region_says_where_a_national_number_is_dialled():
    assert phone("070-123 45 67", region="SE") == "+46701234567"


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "empty"),
        ("\u00a0", "empty"),
        ("112", "malformed"),
        ("040", "malformed"),
        ("040 123 4567 890 123", "malformed"),
        ("0401234567/0501234567", "malformed"),
        ("(800)555-0100", "malformed"),
        ("+999 123 456", "malformed"),
        ("040 123 4567 Matti", "malformed"),
        ("matti@example.fi", "malformed"),
        ("0401 KUKKA", "malformed"),
        ("++358401234567 ja", "malformed"),
        ("040\x00123 4567", "control"),
    ],
)
def test_what_no_network_connects_is_refused_with_its_reason(typed, reason):
    with pytest.raises(BadInput) as refusal:
        phone(typed)
    assert refusal.value.values["reason"] == reason


@given(st.text("+0123456789 ()-./x\u00a0０９", max_size=20))
def test_what_is_accepted_is_already_normal(text):
    try:
        number = phone(text)
    except BadInput:
        return
    assert phone(number) == number
    assert number.isascii()
    assert number[0] == "+"
    assert number[1:].isdigit()


@given(
    st.sampled_from(["0", "+358", "+", "358", "00358"]),
    st.lists(st.sampled_from([*"0123456789", "4", "5", "0", " ", "-"]), max_size=16).map("".join),
    st.sampled_from(["FI", "SE", "AX"]),
)
def test_a_number_that_is_read_without_the_library_is_what_the_library_reads(start, rest, region):
    typed = start + rest
    mobile = phones._mobile(typed.strip(), region)
    if mobile is not None:
        number = phonenumbers.parse(typed, region)
        assert phonenumbers.is_valid_number(number)
        assert phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) == mobile


@given(st.from_regex(r"(0|\+358)-?(4[0-8]|50)[ -]?([0-9][ -]?){4,8}", fullmatch=True))
def test_whatever_the_library_takes_for_a_finnish_mobile_number_is_read_without_it(typed):
    number = phonenumbers.parse(typed, "FI")
    valid = phonenumbers.is_valid_number(number)
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if valid else None
    assert phones._mobile(typed.strip(), "FI") == written
