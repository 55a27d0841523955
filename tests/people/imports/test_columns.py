"""Headers as Finnish and English programs write them."""

import pytest

from clevenio.errors import BadInput
from clevenio.people.imports.columns import COLUMNS, chosen_columns, columns_of


def test_the_names_of_the_contract_are_taken_as_they_are():
    assert columns_of(COLUMNS, {}) == list(COLUMNS)


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("E-Mail", "email"),
        ("EMAIL ADDRESS", "email"),
        ("Sähköposti", "email"),
        ("sa\u0308hko\u0308posti", "email"),
        ("First-Name", "first_name"),
        ("firstName", "first_name"),
        ("Etunimi", "first_name"),
        ("Sukunimi", "last_name"),
        ("Nimi", "name"),
        ("Puhelinnumero", "phone"),
        ("Matkapuhelin", "mobile"),
        ("Yritys", "company"),
        ("Tehtävänimike", "title"),
        ("Verkkosivusto", "website"),
        ("Postinumero", "postal_code"),
        (" Consent At ", "consent_at"),
    ],
)
def test_other_spellings_and_finnish_names_are_understood(header, column):
    assert column in columns_of(dict.fromkeys([header, "email"]) if column != "email" else [header], {})


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        (["email", "shoe size"], "shoe size"),
        (["email", ""], "not known"),
        (["email", "Sähköposti"], "Two columns of the file mean email"),
        (["first_name"], "no column email"),
        (["kukka@example.com", "Kukka"], "first line holds an address"),
    ],
)
def test_a_header_that_cannot_be_read_is_refused_in_one_sentence(header, sentence):
    with pytest.raises(BadInput, match=sentence) as refusal:
        columns_of(header, {})
    assert "kukka" not in str(refusal.value)


def test_a_mapping_says_what_a_strange_header_holds_or_leaves_it_out():
    chosen = chosen_columns(["Kontakti=email", "Muistiinpanot="])
    assert columns_of(["Kontakti", "muistiinpanot", "Etunimi"], chosen) == ["email", None, "first_name"]


def test_a_mapping_wins_over_the_meaning_a_header_would_have():
    assert columns_of(["Nimi", "email"], chosen_columns(["Nimi=company"])) == ["company", "email"]


@pytest.mark.parametrize("option", ["email", "=email", "Kontakti=address"])
def test_a_mapping_that_makes_no_sense_is_refused(option):
    with pytest.raises(BadInput):
        chosen_columns([option])


def test_a_mapping_for_a_header_that_is_not_there_is_refused():
    with pytest.raises(BadInput, match="kontakti"):
        columns_of(["email"], chosen_columns(["Kontakti=email"]))
