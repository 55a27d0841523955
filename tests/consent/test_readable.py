"""A history as people read it: act by act, the newest first, platforms by name."""

import re
from datetime import timedelta

import pytest

from clevenio.consent import ledger
from clevenio.consent.readable import DOORS, STATES, acts
from clevenio.i18n import use_language
from clevenio.registry import load
from tests.support.factories import NOW, grant, make_person, refuse

on_sqlite = pytest.mark.parametrize("backend", ["sqlite"])


def test_every_state_and_every_door_has_words():
    assert set(STATES) == set(ledger.State)
    assert set(DOORS) == set(ledger.Channel)


@on_sqlite
def test_what_was_decided_at_once_is_one_act(database):
    later = NOW + timedelta(hours=1)
    with database.session() as session:
        person = make_person(session)
        grant(session, person, "newsletter", "ad_audiences")
        refuse(session, person, "newsletter", "surveys", now=later)
        newest, oldest = acts(ledger.history(session, person.id), load())
    assert (newest.at, oldest.at) == (later, NOW)
    assert newest.door == "in the account"
    assert newest.said == {"Taken back": ["Newsletter"], "Refused": ["Surveys"]}
    platforms = ", ".join(vendor.name for vendor in load().vendors.values() if vendor.audience)
    assert "LinkedIn" in platforms
    assert oldest.said == {"Agreed": ["Newsletter", f"Advertising audiences: {platforms}"]}


@on_sqlite
def test_it_reads_in_the_readers_language(database):
    with database.session() as session:
        person = make_person(session)
        grant(session, person, "newsletter")
        with use_language("fi"):
            (act,) = acts(ledger.history(session, person.id), load())
    assert (act.door, act.said) == ("tilillä", {"Suostuttu": ["Uutiskirje"]})


@pytest.mark.parametrize("language", ["fi", "en"])
def test_its_words_suit_staff_who_read_about_somebody_else(language):
    with use_language(language):
        words = " ".join(map(str, [*STATES.values(), *DOORS.values()]))
    # Finnish has "your" in endings: tililläsi, rekisteröityessäsi.
    assert re.search(r"\byou|[äa]si\b|[ui]it\b|dyit\b", words) is None


def test_a_platform_that_left_the_registry_keeps_its_identifier():
    row = ledger.Decision(at=NOW, purpose="ad_audiences:gone", state="granted", channel="signup")
    assert acts([row], load())[0].said == {"Agreed": ["Advertising audiences: gone"]}


@pytest.mark.parametrize(("purpose", "name"), [("gone", "gone"), ("gone:shop", "gone: shop")])
def test_a_purpose_that_left_the_registry_keeps_its_identifier(purpose, name):
    row = ledger.Decision(at=NOW, purpose=purpose, state="granted", channel="signup")
    assert acts([row], load())[0].said == {"Agreed": [name]}


def test_nobody_who_decided_nothing_has_a_history():
    assert acts([], load()) == []
