"""A thousand made-up people with everything that real files bring: what goes in, to the last row."""

from collections import Counter

import phonenumbers
import pytest
from phonenumbers import carrier
from sqlalchemy import func, select

from clevenio.consent import ledger
from clevenio.errors import BadInput
from clevenio.people import queries
from clevenio.people.imports import ahead
from clevenio.people.imports.rows import phone
from clevenio.people.models import Person
from tests.support import made_up_people

CONSENT = [ledger.Basis.CONSENT]

COUNTS = {
    "rows": 1000,
    "accepted": 900,
    "updated": 0,
    "unchanged": 0,
    "left_out": 0,
    "rejected": 100,
    "consents": 1125,
    "suppressed": 0,
}
REASONS = {
    ": cells": 16,
    "advertising_id: malformed": 2,
    "consent: no_platform": 2,
    "consent: unknown": 2,
    "consent: unproved": 45,
    "consent_at: future": 2,
    "consent_at: malformed": 2,
    "country: unknown": 2,
    "email: control": 2,
    "email: duplicate": 42,
    "email: empty": 2,
    "email: inner_space": 2,
    "email: mailto": 2,
    "email: malformed": 6,
    "first_name: malformed": 2,
    "language: unknown": 2,
    "phone: malformed": 6,
    "postal_code: malformed": 2,
    "role: unknown": 2,
    "website: malformed": 2,
}


def test_the_file_is_what_the_seed_gives():
    assert made_up_people.FILE.read_text(encoding="utf-8") == made_up_people.written()


def test_each_row_goes_in_or_is_told_with_its_reason_and_again_nothing_changes(bring, other_session):
    report = bring(path=made_up_people.FILE)
    assert report.counts == COUNTS
    assert dict(report.reasons) == REASONS
    assert {wording.data for wording in report.wordings.values()} == {
        (),
        ("company", "country", "email", "names", "phone", "postal_code", "title"),
    }
    with other_session() as session:
        assert session.scalar(select(func.count()).select_from(Person)) == 900
        by_purpose = {
            purpose: len(
                session.scalars(select(Person.id).where(queries.is_mailable(purpose, CONSENT))).all()
            )
            for purpose in ("newsletter", "ad_audiences:google", "ad_audiences:tiktok", "surveys")
        }
        position = ledger.position(session)
    assert by_purpose == {
        "newsletter": 450,
        "ad_audiences:google": 225,
        "ad_audiences:tiktok": 0,
        "surveys": 0,
    }
    again = bring(path=made_up_people.FILE)
    assert again.counts == {**COUNTS, "accepted": 0, "unchanged": 900, "consents": 0}
    with other_session() as session:
        assert ledger.position(session) == position


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_process_beside_this_one_checks_a_large_file_no_differently(bring, monkeypatch):
    here = bring(path=made_up_people.FILE, is_dry_run=True)
    monkeypatch.setattr(ahead, "LARGE", 0)
    assert bring(path=made_up_people.FILE, is_dry_run=True) == here
    with pytest.raises(BadInput, match="not known"):
        bring({"email": "aino@example.fi", "shoe size": "38"})


@pytest.mark.parametrize("backend", ["sqlite"])
def test_every_spelling_is_stored_in_one_form(bring, other_session):
    bring(path=made_up_people.FILE)
    with other_session() as session:
        people = session.scalars(select(Person)).all()
    numbers = Counter(person.phone[:6] for person in people if person.phone)
    # Mobiles in 25 spellings, landlines, and the ranges for films abroad.
    assert set(numbers) >= {"+35847", "+35890", "+46701", "+44207", "+12025", "+49302", "+33199", "+61491"}
    assert not any("\u0308" in person.first_name + person.last_name for person in people)
    assert {person.country for person in people} == {"FI", "SE", "GB", "US", "DE", "FR", "AU"}
    idn = [person for person in people if "ä" in person.email]
    assert len(idn) == 299
    assert all(person.email_ascii.partition("@")[2].isascii() for person in idn)


@pytest.mark.parametrize("spelling", made_up_people.SPELLINGS)
def test_each_finnish_spelling_is_the_number_it_spells(spelling):
    assert phone(spelling.format(a="123", b="4567"), "FI") == "+358471234567"


def test_no_operator_has_the_made_up_mobile_numbers():
    number = phonenumbers.parse("+358471234567")
    assert phonenumbers.is_valid_number(number)
    assert carrier.name_for_number(number, "en") == ""
