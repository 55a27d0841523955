"""Names, places, websites, roles and the rest of what is stored normalised."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clevenio.errors import BadInput
from clevenio.people import identifiers


def reason_of(function, value: str) -> str:
    with pytest.raises(BadInput) as refusal:
        function(value)
    return str(refusal.value.values["reason"])


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  Äijälä ", "Äijälä"),
        (unicodedata.normalize("NFD", "Äijälä"), "Äijälä"),
        ("Matti\u00a0  Juhani", "Matti Juhani"),
        ("Mat\u200bti", "Matti"),
        ("O’Brien", "O’Brien"),
        ("Jean-Luc", "Jean-Luc"),
    ],
)
def test_a_name_is_composed_and_trimmed_and_otherwise_left_alone(typed, stored):
    assert identifiers.name(typed) == stored


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "empty"),
        ("-", "malformed"),
        ("123", "malformed"),
        ("Matti\nBcc: x", "control"),
        ("x" * 101, "too_long"),
    ],
)
def test_what_is_no_name_is_refused_with_its_reason(typed, reason):
    assert reason_of(identifiers.name, typed) == reason


def test_a_company_may_be_called_by_digits_alone():
    assert identifiers.company(" 358  Oy ") == "358 Oy"
    assert identifiers.company("1234") == "1234"
    assert reason_of(identifiers.company, "--") == "malformed"
    assert reason_of(identifiers.company, "") == "empty"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("fi", "FI"), ("FI", "FI"), (" Fi ", "FI"), ("FIN", "FI"), ("Finland", "FI"), ("suomi", "FI"),
        ("SUOMI", "FI"), ("Ruotsi", "SE"), ("Yhdysvallat", "US"), ("USA", "US"), ("UK", "GB"),
        ("United Kingdom", "GB"), ("Viro", "EE"), ("Ahvenanmaa", "AX"), ("Åland", "AX"),
        (unicodedata.normalize("NFD", "Itävalta"), "AT"),
    ],
)  # fmt: skip
def test_a_country_is_known_by_code_and_by_its_finnish_and_english_name(typed, code):
    assert identifiers.country(typed) == code


@pytest.mark.parametrize(
    ("typed", "reason"),
    [("", "empty"), ("XX", "unknown"), ("EU", "unknown"), ("ZZ", "unknown"), ("Suomi Oy", "unknown")],
)
def test_what_is_no_country_is_refused(typed, reason):
    assert reason_of(identifiers.country, typed) == reason


@pytest.mark.parametrize(
    ("typed", "domain"),
    [
        ("example.fi", "example.fi"),
        ("www.Example.fi", "example.fi"),
        ("https://www.example.fi:8443/en?x=1#y", "example.fi"),
        ("HTTP://EXAMPLE.FI", "example.fi"),
        ("example.fi/yritys", "example.fi"),
        ("example.fi.", "example.fi"),
        ("kirjanpitäjät.example", "xn--kirjanpitjt-t8ab.example"),
        ("shop.example.fi", "shop.example.fi"),
    ],
)
def test_a_website_gives_its_domain_without_a_scheme(typed, domain):
    assert identifiers.website(typed).domain == domain


@pytest.mark.parametrize(
    "typed",
    [
        "example", "localhost", "192.0.2.1", "http://[::1]/", "http://[bad/", "ftp://example.fi",
        "javascript:alert(1)", "https://user@example.fi", "exam ple.fi", "example..fi", "under_score.fi",
        "//example.fi", "https:\\\\example.fi", "www.fi", "matti@example.fi", "example.fi:port",
    ],
)  # fmt: skip
def test_what_is_no_public_web_address_is_refused(typed):
    assert reason_of(identifiers.website, typed) == "malformed"


def test_a_website_keeps_what_was_typed_and_gains_a_scheme():
    assert identifiers.website(" www.example.fi/En ").address == "https://www.example.fi/En"
    assert reason_of(identifiers.website, " ") == "empty"


def test_free_mail_hosts_name_no_company():
    assert identifiers.is_free_mail("gmail.com")
    assert identifiers.is_free_mail("luukku.com")
    assert not identifiers.is_free_mail("example.fi")


def test_an_advertising_identifier_is_a_lower_case_uuid():
    stored = "5f3a2b18-9c4d-4e7f-b8e2-17d3a1e69b25"
    assert identifiers.advertising_id(f" {stored.upper()} ") == stored
    for typed in ("00000000-0000-0000-0000-000000000000", stored.replace("-", ""), "{" + stored + "}", "x"):
        assert reason_of(identifiers.advertising_id, typed) == "malformed"
    assert reason_of(identifiers.advertising_id, "") == "empty"


def test_a_postal_code_is_upper_case_and_keeps_its_inner_marks():
    assert identifiers.postal_code(" wc2h  8lg ") == "WC2H 8LG"
    assert identifiers.postal_code("FIN-00100") == "FIN-00100"
    assert reason_of(identifiers.postal_code, "") == "empty"
    for typed in ("=1+1", "00100-", "00 100;", "x" * 15 + "é"):
        assert reason_of(identifiers.postal_code, typed) == "malformed"


def test_languages_and_roles_are_known_by_code():
    assert identifiers.language("FI") == "fi"
    assert identifiers.language("en_GB") == "en"
    assert [identifiers.language(name) for name in ("Finnish", "suomi", "English")] == ["fi", "fi", "en"]
    assert reason_of(identifiers.language, "sv") == "unknown"
    assert reason_of(identifiers.language, "") == "empty"
    assert identifiers.role(" Chief_Executive ") is identifiers.Role.CHIEF_EXECUTIVE
    assert reason_of(identifiers.role, "boss") == "unknown"
    assert reason_of(identifiers.role, "") == "empty"


@given(st.text(max_size=30))
def test_tidying_is_done_once(text):
    assert identifiers.tidy(identifiers.tidy(text)) == identifiers.tidy(text)


@given(st.text(max_size=30))
def test_composed_and_decomposed_text_tidy_alike(text):
    composed, decomposed = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
    assert identifiers.tidy(composed) == identifiers.tidy(decomposed)


@given(st.text(max_size=30))
def test_an_accepted_name_is_already_normal(text):
    try:
        stored = identifiers.name(text)
    except BadInput:
        return
    assert identifiers.name(stored) == stored
