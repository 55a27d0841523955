"""One row, checked and normalised."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from clevenio import chain
from clevenio.errors import BadInput
from clevenio.people import suppression
from clevenio.people.imports.rows import Reader, Rules, phone, read_row
from clevenio.people.imports.standins import role

NOW = datetime(2026, 6, 1, 7, 30, tzinfo=UTC)
RULES = Rules("a-key", NOW, ZoneInfo("Europe/Helsinki"))
PROOF = {
    "consent": "newsletter",
    "consent_at": "2026-05-31T14:30",
    "consent_source": "form",
    "consent_wording": "Send me the newsletter.",
}


def read(**cells):
    cells = {"email": "kukka@example.com", **cells}
    return read_row(7, list(cells.values()), list(cells), RULES)


def codes(problems):
    return [(note.line, note.column, note.code) for note in problems]


def test_facts_come_normalised_with_their_suppression_keys():
    row, notes = read(
        email=" Kukka.Keto+x@GMAIL.com ", phone="047 123 4567", website="www.example.fi", country="Suomi"
    )
    assert notes == []
    assert row.facts == {
        "email": "Kukka.Keto+x@gmail.com",
        "address_key": "kukka.keto+x@gmail.com",
        "email_ascii": "Kukka.Keto+x@gmail.com",
        "mailbox_key": "kukkaketo@gmail.com",
        "match_key": "kukkaketo@gmail.com",
        "email_suppression": suppression.email_key("a-key", "kukkaketo@gmail.com"),
        "phone": "+358471234567",
        "phone_suppression": suppression.phone_key("a-key", "+358471234567"),
        "website": "https://www.example.fi",
        "website_domain": "example.fi",
        "country": "FI",
    }


def test_all_problems_of_a_row_are_told_at_once_and_no_value_is_repeated():
    row, problems = read(
        email="kukka@", phone="12 secret", country="Ruritania", consent="all", **_without("consent")
    )
    assert row is None
    assert codes(problems) == [
        (7, "email", "malformed"),
        (7, "country", "unknown"),
        (7, "phone", "malformed"),
        (7, "consent", "unknown"),
    ]
    told = " ".join(note.reason for note in problems)
    assert not any(value in told for value in ("kukka", "secret", "Ruritania"))


def _without(name):
    return {key: value for key, value in PROOF.items() if key != name}


def test_empty_and_invisible_cells_are_no_facts():
    row, notes = read(first_name=" ", phone="\u00a0", company="\u200b")
    assert notes == []
    assert not row.facts.keys() & {"first_name", "phone", "company"}


@pytest.mark.parametrize("cells", [["kukka@example.com"], ["kukka@example.com", "Kukka", "x"]])
def test_a_row_of_another_width_than_the_header_is_refused(cells):
    row, problems = read_row(3, cells, ["email", "first_name"], RULES)
    assert row is None
    assert codes(problems) == [(3, "", "cells")]


def test_a_whole_name_yields_to_two_names():
    assert "name" not in read(name="Kukka Keto", first_name="Kukka")[0].facts
    assert read(name="Kukka Keto")[0].facts["name"] == "Kukka Keto"


@pytest.mark.parametrize(("cell", "code"), [("SALES", "sales"), ("Human  resources", "human_resources")])
def test_a_role_may_be_its_code_or_its_name(cell, code):
    assert role(cell) == code


@pytest.mark.parametrize(
    ("cell", "country", "number"),
    [
        ("047 123 4567", "FI", "+358471234567"),
        ("+46 70 174 06 05", "SE", "+46701740605"),
        ("070-174 06 05", "SE", "+46701740605"),
        ("+358 47 123 4567", "SE", "+358471234567"),
        ("01 99 00 12 34", "FR", "+33199001234"),
    ],
)
def test_a_national_number_is_finnish_or_of_the_rows_country(cell, country, number):
    assert phone(cell, country) == number


@pytest.mark.parametrize(("cell", "country"), [("040 123 45 67", "SE"), ("020 7946 0958", "GB")])
def test_a_number_that_could_be_somebody_elses_is_refused(cell, country):
    with pytest.raises(BadInput) as refusal:
        phone(cell, country)
    assert refusal.value.values["reason"] == "ambiguous"


def test_a_consent_with_all_four_cells_is_proved():
    row, notes = read(**PROOF)
    assert notes == []
    assert row.proof.purposes == ("newsletter",)
    assert row.proof.given_at == "2026-05-31T11:30:00+00:00"


@pytest.mark.parametrize("missing", ["consent_at", "consent_source", "consent_wording"])
def test_a_consent_without_one_of_the_other_three_is_left_out_and_told(missing):
    row, notes = read(**{**PROOF, missing: " "})
    assert row.proof is None
    assert codes(notes) == [(7, missing, "unproved")]
    assert missing in notes[0].reason


def test_a_consent_without_two_of_them_names_both():
    _row, notes = read(**{**PROOF, "consent_at": "", "consent_source": ""})
    assert codes(notes) == [(7, "consent", "unproved")]
    assert notes[0].reason == "No consent was stored: consent_at, consent_source is empty."


def test_the_other_three_alone_prove_nothing():
    row, notes = read(**_without("consent"))
    assert (row.proof, notes) == (None, [])


def test_purposes_are_separated_by_semicolons_and_counted_once():
    row, _ = read(**{**PROOF, "consent": " Newsletter;ad_audiences:google; newsletter;"})
    assert row.proof.purposes == ("newsletter", "ad_audiences:google")


@pytest.mark.parametrize(
    ("cell", "value", "code"),
    [
        ("consent", "ad_audiences", "no_platform"),
        ("consent", "ad_audiences:everybody", "unknown"),
        ("consent", "analytics", "unknown"),
        ("consent", "agreements", "unknown"),
        ("consent_at", "31.5.2026", "malformed"),
        ("consent_at", "yesterday", "malformed"),
        ("consent_at", "0001-01-01", "malformed"),
        ("consent_at", "2026-06-01T10:31", "future"),
        ("consent_at", "2026-06-01T07:30:01Z", "future"),
        ("consent_wording", "Send\x07", "control"),
        ("consent_wording", "x" * 5_001, "too_long"),
        ("consent_source", "x" * 501, "too_long"),
    ],
)
def test_a_consent_that_cannot_be_read_keeps_the_row_out(cell, value, code):
    row, problems = read(**{**PROOF, cell: value})
    assert row is None
    assert codes(problems) == [(7, cell, code)]


@pytest.mark.parametrize("value", ["2026-06-01T10:30", "2026-06-01T07:30:00Z", "2026-06-01 09:30+02:00"])
def test_a_time_without_a_zone_is_helsinkis(value):
    assert read(**{**PROOF, "consent_at": value})[0].proof.given_at == NOW.isoformat()


def test_a_wording_keeps_its_lines():
    row, _ = read(**{**PROOF, "consent_wording": "Send me\r\nthe newsletter. "})
    assert row.proof.wording == "Send me\nthe newsletter."


def test_what_the_ledger_keeps_of_a_proof_is_canonical():
    proof = read(**{**PROOF, "consent_source": 'the “fair” in \\ "Ähtäri"'})[0].proof
    assert proof.evidence == chain.canonical({"given_at": proof.given_at, "source": proof.source})


def test_rows_that_are_read_together_are_what_each_is_by_itself():
    columns = ["email", "name", "first_name", "phone", "country", "website", "opted_out", *PROOF]
    good = ["kukka@example.com", "Kukka Keto", "", "0471234567", "FI", "example.fi", "", *PROOF.values()]
    others = ("", "\u200b", "x", "2026-05-30", "SE", "Kukka")
    changed = ([*good[:at], cell, *good[at + 1 :]] for at in range(len(columns)) for cell in others)
    lines = [good, *changed, good[1:]]
    numbered = list(enumerate(lines, 2))
    together = Reader(columns, RULES).read(numbered)
    rows = [*map(together.rows.row, range(len(together.rows))), *together.left]
    alone = [read_row(line, cells, columns, RULES) for line, cells in numbered]
    assert sorted(rows) == [row for row, _ in alone if row]
    assert together.rejects == [notes for row, notes in alone if row is None]
    assert together.warnings == {row.line: notes for row, notes in alone if row and notes}
    assert len(rows) > 20 < len(together.rejects)
