"""Answers by day, language and version, counted from the ledger's own rows."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from clevenio.consent import archive, browser, ledger, rates
from clevenio.consent.ledger import Channel, State
from clevenio.consent.notices import choices_notice, signup_notice
from clevenio.consent.rates import Rates
from clevenio.consent.shown import add
from clevenio.registry import load
from tests.support.factories import NOW

TODAY = date(2026, 6, 1)
ALL = frozenset({"preferences", "analytics", "marketing"})


def decide(session, receipt, *granted, language="en", now=NOW, **more):
    """What a browser decides through the door it would take; returns its receipt."""
    given = browser.decide(
        session,
        receipt,
        browser.expand(load(), granted, ()),
        notice=choices_notice(language),
        shown=None,
        channel=Channel.BANNER,
        now=now,
        **more,
    )
    return given.receipt


def counted(session, first=TODAY, last=TODAY, notices=None):
    if notices is None:
        notices = [version.id for version in archive.versions(session)]
    return rates.rates(session, first, last, notices)


@pytest.fixture
def session(database):
    with database.session() as session:
        yield session


def test_each_kind_of_answer_is_counted_once_an_act(session):
    en = choices_notice("en").id
    decide(session, None, *ALL)
    decide(session, None, *ALL)
    decide(session, None, "analytics")
    decide(session, None)
    assert counted(session) == {(TODAY, en): Rates(accepted=2, chosen=1, refused=1)}


@pytest.mark.parametrize("left", [(), ("analytics",)])
def test_taking_back_all_or_some_is_counted_beside_the_answer_before(session, left):
    en = choices_notice("en").id
    receipt = decide(session, None, *ALL)
    decide(session, receipt, *left, now=NOW + timedelta(hours=1))
    assert counted(session) == {(TODAY, en): Rates(accepted=1, withdrawn=1)}


def test_saying_the_same_again_is_no_answer(session):
    receipt = decide(session, None, "analytics")
    decide(session, receipt, "analytics", now=NOW + timedelta(hours=1))
    assert rates.total(counted(session).values()) == Rates(chosen=1)


def test_a_version_knows_how_many_purposes_it_asks_about(session):
    decide(session, None, *ALL)
    assert archive.sizes(session, [choices_notice("en").id, "none"]) == {
        choices_notice("en").id: len(load().browser_purposes)
    }


def test_languages_and_versions_are_told_apart(session):
    decide(session, None, *ALL, language="fi")
    decide(session, None, language="en")
    fi, en = choices_notice("fi").id, choices_notice("en").id
    assert counted(session) == {(TODAY, fi): Rates(accepted=1), (TODAY, en): Rates(refused=1)}
    assert counted(session, notices=[fi]) == {(TODAY, fi): Rates(accepted=1)}
    assert counted(session, notices=[]) == {}
    by_version = rates.by_version(counted(session), archive.versions(session))
    assert [(version.language, rate.answers) for version, rate in by_version] == [("en", 1), ("fi", 1)]


def test_a_day_is_the_sites_own(session):
    # 1 June begins in Helsinki at 21:00 UTC on 31 May.
    begins = datetime(2026, 5, 31, 21, tzinfo=UTC)
    tick = timedelta(microseconds=1)
    for moment in (begins - tick, begins, begins + timedelta(days=1) - tick, begins + timedelta(days=1)):
        decide(session, None, now=moment)
    first, last = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
    days = dict(rates.by_day(counted(session, first, last), first, last))
    assert [days[day].refused for day in (first, TODAY, last)] == [1, 2, 1]


def test_a_day_of_summer_time_is_shorter_and_nothing_is_lost(session):
    # On 29 March the clocks of Helsinki go from three to four; its midnights are 23 hours apart.
    day = date(2026, 3, 29)
    for hour in range(23):
        decide(session, None, now=datetime(2026, 3, 28, 22, 30, tzinfo=UTC) + timedelta(hours=hour))
    days = rates.by_day(counted(session, day, day + timedelta(days=1)), day, day + timedelta(days=1))
    assert [rate.refused for _, rate in days] == [23, 0]


def test_what_people_decide_elsewhere_is_no_answer_to_the_question(session):
    for channel in (Channel.SIGNUP, Channel.ACCOUNT, Channel.STAFF):
        ledger.record(
            session,
            uuid4(),
            {"newsletter": State.GRANTED},
            channel=channel,
            language="en",
            notice=signup_notice("en"),
            now=NOW,
        )
    assert counted(session) == {}
    assert archive.versions(session) == []


def test_pages_stand_beside_answers_and_days_without_anything_are_there(session):
    en = choices_notice("en")
    add(session, {(TODAY, en.id): 7}, {en.id: en}, NOW)
    add(session, {(TODAY, en.id): 5}, {en.id: en}, NOW)
    decide(session, None, *ALL)
    found = counted(session, TODAY - timedelta(days=2))
    days = rates.by_day(found, TODAY - timedelta(days=2), TODAY)
    assert [rate for _, rate in days] == [Rates(), Rates(), Rates(shown=12, accepted=1)]


def test_counting_reads_the_index_and_nothing_else(database, session):
    decide(session, None, *ALL)
    session.commit()
    query = rates._answers(database.is_sqlite, NOW, NOW + timedelta(days=1), [choices_notice("en").id])
    compiled = query.compile(database.engine, compile_kwargs={"render_postcompile": True})
    explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
    if not database.is_sqlite:
        session.execute(text("SET LOCAL enable_seqscan = off"))
    values = compiled.construct_params()
    given = tuple(values[name] for name in compiled.positiontup) if database.is_sqlite else values
    rows = session.connection().exec_driver_sql(f"{explain} {compiled}", given)
    plan = " ".join(str(row) for row in rows)
    way = " USING COVERING INDEX ix_consent_decisions_at (at>? AND at<?)" if database.is_sqlite else ""
    assert f"consent_decisions{way}" in plan
    assert "ix_consent_decisions_at" in plan
