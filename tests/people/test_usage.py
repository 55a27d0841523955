"""The usage log: opens only by consent, nothing added about restricted people, and forgotten in time."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from clevenio.consent import ledger
from clevenio.people import usage
from clevenio.people.models import Person
from clevenio.people.usage import Kind, UsageEvent, UseDay
from clevenio.registry import load
from tests.support.factories import NOW, grant, make_person, refuse
from tests.support.retention import let_go

KEPT_SINCE = load().periods["usage_log"].start(NOW)


@pytest.fixture
def session(database):
    with database.session() as session:
        yield session


@pytest.fixture
def person(session):
    return make_person(session)


def kinds(session):
    return [Kind(kind) for kind in session.scalars(select(UsageEvent.kind).order_by(UsageEvent.id))]


def days(session):
    return list(session.scalars(select(UseDay.day).order_by(UseDay.day)))


def test_an_opening_is_written_only_where_it_was_allowed(session, person):
    assert usage.record_opening(session, person.id, NOW) is False
    refuse(session, person, "mail_opens")
    assert usage.record_opening(session, person.id, NOW) is False
    grant(session, person, "newsletter")
    assert usage.record_opening(session, person.id, NOW) is False
    assert kinds(session) == []
    grant(session, person, "mail_opens")
    assert usage.record_opening(session, person.id, NOW) is True
    assert kinds(session) == [Kind.MAIL_OPENED]


def test_a_withdrawal_stops_openings_at_once(session, person):
    grant(session, person, "mail_opens")
    usage.record_opening(session, person.id, NOW)
    refuse(session, person, "mail_opens", now=NOW)
    assert ledger.decisions_of(session, person.id)["mail_opens"] is ledger.State.WITHDRAWN
    assert usage.record_opening(session, person.id, NOW) is False
    assert kinds(session) == [Kind.MAIL_OPENED]


def test_openings_whose_consent_has_ended_are_forgotten_and_others_are_not(session, person):
    other = make_person(session)
    for each in (person, other):
        grant(session, each, "mail_opens")
        usage.record_opening(session, each.id, NOW)
    usage.record(session, person.id, Kind.LOGIN, NOW)
    refuse(session, person, "mail_opens")
    let_go(session, usage.SWEEPS, NOW)
    rows = session.execute(select(UsageEvent.person, UsageEvent.kind).order_by(UsageEvent.id)).all()
    assert [tuple(row) for row in rows] == [(other.id, Kind.MAIL_OPENED), (person.id, Kind.LOGIN)]


def test_nobody_who_is_unknown_or_restricted_opens_anything(session, person):
    grant(session, person, "mail_opens")
    person.restricted_at = NOW
    session.flush()
    assert usage.record_opening(session, person.id, NOW) is False
    session.delete(person)
    session.flush()
    assert usage.record_opening(session, person.id, NOW) is False
    assert kinds(session) == []


def test_what_is_older_than_the_registry_allows_is_forgotten(session, person):
    assert NOW.replace(year=NOW.year - 1) == KEPT_SINCE
    for moment in (KEPT_SINCE, KEPT_SINCE + timedelta(seconds=1), NOW):
        usage.record(session, person.id, Kind.LOGIN, moment)
    for moment in (KEPT_SINCE - timedelta(days=1), KEPT_SINCE, NOW):
        usage.record_day(session, person.id, moment)
    let_go(session, usage.SWEEPS, NOW)
    moments = session.scalars(select(UsageEvent.at).order_by(UsageEvent.at)).all()
    assert moments == [KEPT_SINCE + timedelta(seconds=1), NOW]
    assert days(session) == [KEPT_SINCE.date(), NOW.date()]


def test_forgetting_twice_forgets_nothing_more(session, person):
    usage.record(session, person.id, Kind.LOGIN, NOW)
    let_go(session, usage.SWEEPS, NOW)
    let_go(session, usage.SWEEPS, NOW)
    assert kinds(session) == [Kind.LOGIN]


def test_what_is_restricted_is_kept_as_it_is_and_forgotten_once_that_is_over(session, person):
    grant(session, person, "mail_opens")
    usage.record_opening(session, person.id, NOW)
    usage.record(session, person.id, Kind.LOGIN, KEPT_SINCE)
    usage.record_day(session, person.id, KEPT_SINCE - timedelta(days=1))
    refuse(session, person, "mail_opens")
    person.restricted_at = NOW
    session.flush()
    let_go(session, usage.SWEEPS, NOW)
    assert (len(kinds(session)), len(days(session))) == (2, 1)
    person.restricted_at = None
    session.flush()
    let_go(session, usage.SWEEPS, NOW)
    assert (kinds(session), days(session)) == ([], [])


def test_a_day_of_use_is_one_row_and_the_day_of_the_company(session, person):
    for hour in (0, 5, 20):
        usage.record_day(session, person.id, NOW.replace(hour=hour))
    # 22.30 in UTC is half past one of the next day in summer.
    usage.record_day(session, person.id, NOW.replace(hour=22, minute=30))
    assert days(session) == [date(2026, 6, 1), date(2026, 6, 2)]


def test_the_log_of_a_person_goes_with_the_person(session, person):
    other = make_person(session)
    for each in (person, other):
        usage.record(session, each.id, Kind.LOGIN, NOW)
        usage.record_day(session, each.id, NOW)
    session.delete(session.get_one(Person, person.id))
    session.flush()
    assert session.scalars(select(UsageEvent.person)).all() == [other.id]
    assert session.scalar(select(func.count()).select_from(UseDay)) == 1


def test_the_log_holds_no_network_and_no_browser():
    assert {*UsageEvent.__table__.columns.keys()} == {"id", "person", "kind", "at", "day"}
    assert {*UseDay.__table__.columns.keys()} == {"person", "day"}
