"""The `choices` cookie is legal, readable, and believed only where it answers today's question."""

from urllib.parse import unquote

import pytest
from werkzeug.http import dump_cookie, parse_cookie

from clevenio.consent.cookies import Choices, chosen, parse, variant
from clevenio.consent.notices import choices_notice

ID = choices_notice("en").id
CHOICES = Choices(ID, frozenset({"marketing", "analytics"}), frozenset({"x", "meta"}))
TEXT = f"v={ID};c=analytics,marketing;x=meta,x"


def cookie(value):
    return {"HTTP_COOKIE": f"other=1; choices={value}; last=2"}


def test_scripts_read_the_text_of_the_contract():
    assert str(CHOICES) == TEXT
    assert unquote(CHOICES.value) == TEXT


def test_the_value_goes_out_as_it_is_without_quotation_marks():
    assert dump_cookie("choices", CHOICES.value) == f"choices={CHOICES.value}; Path=/"
    assert not set(CHOICES.value) & set('";, \\')


def test_what_was_written_is_read_again():
    assert parse(CHOICES.value) == CHOICES
    assert parse(Choices(ID).value) == Choices(ID)
    assert chosen(cookie(CHOICES.value)) == CHOICES


def test_the_quoted_form_of_other_servers_is_read_as_well():
    header = dump_cookie("choices", TEXT).partition(";")[0]
    assert parse(parse_cookie(header)["choices"]) == CHOICES


@pytest.mark.parametrize(
    "value",
    ["", "yes", "v=;c=;x=", f"v={ID}", f"v={ID};c=<script>;x=", f"v={ID};c=;x=;y=", f"v={ID.upper()}g;c=;x="],
)
def test_anything_else_is_no_choice(value):
    assert parse(value) is None
    assert chosen(cookie(value)) is None


def test_an_answer_to_another_question_is_no_answer():
    assert chosen(cookie(Choices("0" * 32, frozenset({"analytics"})).value)) is None


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, "bar"),
        ({"HTTP_COOKIE": "session=1"}, "bar"),
        ({"HTTP_COOKIE": "choices=broken"}, "bar"),
        ({"HTTP_SEC_GPC": "1"}, "gpc"),
        ({"HTTP_SEC_GPC": "0"}, "bar"),
        (cookie(Choices("0" * 32).value), "bar"),
        (cookie(Choices(ID).value), "none"),
        (cookie(Choices(choices_notice("fi").id).value), "none"),
        ({**cookie(CHOICES.value), "HTTP_SEC_GPC": "1"}, "none"),
        ({**cookie(Choices("0" * 32).value), "HTTP_SEC_GPC": "1"}, "gpc"),
    ],
)
def test_which_variant_a_visitor_gets(environ, expected):
    assert variant(environ) == expected


@pytest.mark.parametrize(
    "end", ["c=analyt;x=", "c=newsletter;x=", "c=analytics,;x=", "c=analytics,marketing", "c="]
)
def test_a_cookie_that_was_cut_off_is_no_answer(end):
    assert chosen(cookie(f"v={ID};{end}".replace(";", "%3B").replace(",", "%2C"))) is None


def test_a_refused_vendor_is_not_allowed_although_its_category_is():
    assert CHOICES.allows("analytics")
    assert CHOICES.allows("analytics", "counter")
    assert not CHOICES.allows("analytics", "meta")
    assert not CHOICES.allows("preferences")
