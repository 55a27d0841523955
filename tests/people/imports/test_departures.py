"""Whoever left in another program has left here, too: shown beforehand, written once, never against a later word."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from clevenio.consent import ledger
from clevenio.consent.notices import account_notice
from clevenio.consent.verification import verify
from clevenio.people import operations, suppression
from clevenio.people.addresses import address
from clevenio.people.models import Suppression
from clevenio.registry import load
from tests.support.factories import NOW, SUPPRESSION_KEY, grant, make_person

AINO = "aino@example.fi"
LATER = NOW + timedelta(days=3)
WAYS = ("opted_out", "complained", "bounced")


def counts(report):
    return {name: count for name, count in report.counts.items() if count}


def codes(report):
    return [(note.line, note.column, note.code) for note in report.warnings]


@pytest.fixture
def shut(other_session):
    """`shut(email)`: what a mailbox is suppressed for, with the reason."""

    def shut(email=AINO):
        key = suppression.email_key(SUPPRESSION_KEY, address(email).mailbox_key)
        with other_session() as session:
            return {row.scope: row.reason for row in suppression.standing(session, key)}

    return shut


@pytest.fixture
def agrees(database):
    """`agrees(email, *purposes)`: somebody, new or known, agrees by an act of their own, on a day."""

    def agrees(email=AINO, *purposes, now=NOW):
        with database.session() as session:
            person = operations.find(session, address(email)) or make_person(session, email)
            operations.decide(
                session,
                person,
                dict.fromkeys(purposes, ledger.State.GRANTED),
                channel=ledger.Channel.ACCOUNT,
                notice=account_notice("en"),
                language="en",
                now=now,
            )
            session.commit()

    return agrees


@pytest.fixture
def written(other_session):
    """`written()`: how many rows there are about suppressions, and how many decisions."""

    def written():
        with other_session() as session:
            return len(session.scalars(select(Suppression.id)).all()), ledger.position(session)

    return written


@pytest.mark.parametrize("way", WAYS)
def test_nobody_knew_them_and_no_later_file_brings_them_mail(bring, people, shut, reachable, proved, way):
    report = bring({"email": AINO, way: "yes"})
    assert counts(report) == {"rows": 1, "left_out": 1, "suppressed": 1}
    assert codes(report) == [(2, way, "recorded")]
    assert people() == {}
    assert shut() == (
        {"all": "opted out elsewhere"}
        if way == "opted_out"
        else dict.fromkeys(load().topics, {"complained": "complaint", "bounced": "hard bounce"}[way])
    )
    bring({"email": "Aino+fair@example.fi", **proved("newsletter")})
    assert reachable("newsletter") == set()


def test_an_opt_out_takes_back_whatever_was_granted_under_any_spelling(
    bring, database, reachable, other_session, tmp_path
):
    with database.session() as session:
        for spelling in (AINO, "aino+fair@example.fi"):
            grant(session, make_person(session, spelling), "newsletter", "ad_audiences:google")
        session.commit()
    report = bring({"email": AINO, "opted_out": "yes"})
    assert counts(report) == {"rows": 1, "left_out": 1, "suppressed": 1}
    assert reachable("newsletter") == reachable("ad_audiences:google") == set()
    with other_session() as session:
        rows = session.scalars(select(ledger.Decision).where(ledger.Decision.state == "withdrawn")).all()
        assert {row.purpose for row in rows} == {"newsletter", "ad_audiences:google"}
        assert {(row.channel, row.evidence["because"]) for row in rows} == {("import", "opted out elsewhere")}
        assert list(verify(session, tmp_path, ["key"])) == []


def test_a_complaint_ends_mail_and_leaves_what_is_no_mail(bring, database, reachable):
    with database.session() as session:
        grant(session, make_person(session, AINO), "newsletter", "ad_audiences:google")
        session.commit()
    bring({"email": AINO, "complained": "TRUE"})
    assert (reachable("newsletter"), reachable("ad_audiences:google")) == (set(), {AINO})


def test_a_dead_mailbox_is_no_word_of_its_owner(bring, agrees, shut, written):
    agrees(AINO, "newsletter")
    before = written()[1]
    bring({"email": AINO, "bounced": "550 5.1.1"})
    assert (shut().keys(), written()[1]) == (load().topics.keys(), before)


def test_a_dry_run_counts_the_same_and_writes_nothing(bring, agrees, written):
    agrees(AINO, "newsletter")
    rows = [{"email": email, "opted_out": "yes"} for email in (AINO, "uusi@example.fi")]
    before = written()
    tried = bring(*rows, is_dry_run=True)
    assert written() == before
    assert tried.counts == bring(*rows).counts
    assert tried.reasons == {"opted_out: recorded": 2}


@pytest.mark.parametrize("way", WAYS)
def test_the_same_file_again_changes_nothing(bring, agrees, written, way):
    agrees(AINO, "newsletter", "ad_audiences:google")
    row = {"email": AINO, way: "yes"}
    bring(row, {"email": "uusi@example.fi", way: "yes"})
    before = written()
    report = bring(row, {"email": "uusi@example.fi", way: "yes"}, now=LATER)
    assert counts(report) == {"rows": 2, "left_out": 2}
    assert [code for *_, code in codes(report)] == ["known", "known"]
    assert written() == before


def test_several_lines_of_one_mailbox_all_count(bring, shut, written):
    report = bring(
        {"email": AINO, "bounced": "yes", "opted_out": ""},
        {"email": "Aino@example.fi", "bounced": "", "opted_out": "yes"},
        {"email": AINO, "bounced": "", "opted_out": "yes"},
    )
    assert [code for *_, code in codes(report)] == ["recorded", "recorded", "known"]
    assert shut()["all"] == "opted out elsewhere"
    assert written()[0] == len(load().topics) + 1


@pytest.mark.parametrize("way", WAYS)
def test_a_later_word_of_their_own_stands_against_an_older_departure(bring, agrees, reachable, shut, way):
    agrees(AINO, "newsletter")
    report = bring({"email": AINO, way: (NOW - timedelta(days=1)).isoformat()})
    assert counts(report) == {"rows": 1, "left_out": 1}
    assert codes(report) == [(2, way, "agreed_since")]
    assert (reachable("newsletter"), shut()) == ({AINO}, {})


def test_an_older_word_of_their_own_does_not(bring, agrees, reachable):
    agrees(AINO, "newsletter")
    bring({"email": AINO, "opted_out": (NOW + timedelta(hours=1)).isoformat()}, now=LATER)
    assert reachable("newsletter") == set()


def test_a_consent_that_a_file_brought_is_no_later_word(bring, reachable, proved):
    bring({"email": AINO, **proved("newsletter")}, now=LATER)
    bring({"email": AINO, "opted_out": NOW.isoformat()}, now=LATER)
    assert reachable("newsletter") == set()


def test_whoever_came_back_here_is_not_ended_by_the_same_file_again(bring, agrees, reachable, shut):
    row = {"email": AINO, "opted_out": "yes"}
    bring(row)
    agrees(AINO, "newsletter", now=LATER)
    report = bring(row, now=LATER)
    assert codes(report) == [(2, "opted_out", "came_back")]
    assert reachable("newsletter") == {AINO}
    assert "all" not in shut()


def test_who_left_is_no_fault_of_a_file_that_may_have_none(bring, shut):
    assert bring({"email": AINO, "opted_out": "yes"}, is_strict=True).is_stored
    assert shut() == {"all": "opted out elsewhere"}
