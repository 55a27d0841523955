"""Names in Finnish cases: found with their endings and their consonants, and not in other words."""

import re

import pytest

from clevenio.rights.names import pattern


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Mäki", "Mäki Mäen Mäelle Mäkeä"),
        ("Satu", "satu Sadun Sadulta Satua"),
        ("Joki", "Joki Joen Joelta Jokeen"),
        ("Matti", "Matti Matin Mattia"),
        ("Pekka", "Pekka Pekan Pekalle"),
        ("Lampi", "Lampi Lammen Lampea"),
        ("Aalto", "Aalto Aallon"),
        ("Virta", "Virta Virran Virralta"),
        ("Ranta", "Ranta Rannan"),
        ("Kurki", "Kurki Kurjen"),
        ("Korpi", "Korpi Korven"),
        ("Kaupunki", "Kaupunki Kaupungin"),
        ("Lahti", "Lahti Lahden"),
        ("Susi", "Susi Suden"),
        ("Virtanen", "Virtanen Virtasen Virtaselta Virtasta"),
        ("Aino", "Aino Ainolta ainoko"),
        ("Bo", "Bo Bon"),
        ("Anders", "Anders Andersille"),
        ("Markus", "Markus Markuksen Markukselle Markusta"),
        ("Henrik", "Henrik Henrikin Henrikille"),
    ],
)
def test_a_name_is_found_in_its_cases(name, words):
    assert [word for word in words.split() if not re.fullmatch(pattern(name), word, re.IGNORECASE)] == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Satu", "sama saanut sanoi sauna"),
        ("Aino", "aina aikaisemmin aineisto"),
        ("Virtanen", "virta virtaus"),
        ("Mäki", "määrä mäti"),
        ("Bo", "both boss"),
        ("Markus", "markkinointikielto marraskuussa"),
        ("Henrik", "henkilö henki"),
        ("Oliver", "oli olisi"),
    ],
)
def test_other_words_stay(name, words):
    assert [word for word in words.split() if re.search(pattern(name), word, re.IGNORECASE)] == []
