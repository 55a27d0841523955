"""Passwords: which are taken, and that nobody's password is compared as slowly as somebody's."""

import unicodedata
from pathlib import Path

import pytest

from clevenio.accounts import passwords
from clevenio.errors import BadInput

pytestmark = pytest.mark.usefixtures("passwords_in_full")
GOOD = "seitsemän veljestä metsässä"


@pytest.mark.parametrize(
    "password",
    ["correct horse", "ääkkösiä", "12 kuuta ja 7 yötä", "x y z q w e r t", "pässi" * 13, "漢字かな交じり文"],
)
def test_any_composition_is_taken(password):
    passwords.check(password)


def test_a_password_of_64_characters_and_more_is_taken():
    passwords.check("ab cd ef " * 28)


@pytest.mark.parametrize("password", ["", "seven77", "ab cd ef " * 29])
def test_too_short_and_too_long_are_refused(password):
    with pytest.raises(BadInput):
        passwords.check(password)


def test_staff_need_fifteen_characters():
    passwords.check("fourteen chars", "x@example.com")
    with pytest.raises(BadInput, match="15"):
        passwords.check("fourteen chars", shortest=passwords.SHORTEST_FOR_STAFF)


@pytest.mark.parametrize(
    "password", ["password", "PASSWORD1", "12345678", "salasana", "Salasana123", "aaaaaaaaaa", "ababababab"]
)
def test_what_everybody_tries_first_is_refused(password):
    with pytest.raises(BadInput, match="anybody tries"):
        passwords.check(password)


@pytest.mark.parametrize("password", ["Maija.Esimerkki@example.com", "maija.esimerkki", "ESIMERKKI Oy"])
def test_what_everybody_knows_of_the_person_is_refused(password):
    with pytest.raises(BadInput, match="address"):
        passwords.check(password, "maija.esimerkki@example.com", "Esimerkki Oy")


def test_the_list_holds_only_what_length_would_let_through():
    words = Path(passwords.__file__).with_name("common_passwords.txt").read_text(encoding="utf-8").split("\n")
    assert words.pop() == ""
    assert words == sorted({word.casefold() for word in words})
    assert min(map(len, words)) >= passwords.SHORTEST


def test_a_password_matches_itself_alone():
    kept = passwords.hashed(GOOD)
    assert GOOD not in kept
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.matches(kept, GOOD)
    assert not passwords.matches(kept, GOOD + " ")


def test_one_password_is_kept_differently_each_time():
    assert passwords.hashed(GOOD) != passwords.hashed(GOOD)


def test_a_keyboard_that_decomposes_types_the_same_password():
    decomposed = unicodedata.normalize("NFD", GOOD)
    assert decomposed != GOOD
    assert passwords.matches(passwords.hashed(GOOD), decomposed)


@pytest.mark.parametrize("password", ["", "nobody has this password", "x" * 100_000])
def test_nobody_has_no_password(password):
    assert not passwords.matches(None, password)


def test_what_is_no_hash_matches_nothing():
    assert not passwords.matches("disabled", "disabled")
