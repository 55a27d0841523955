"""The page on which people see the use of their own account, and nobody else's."""

from datetime import timedelta

import pytest

from clevenio.accounts import history
from clevenio.people import usage
from clevenio.people.usage import Kind
from tests.support.accounts import make_account
from tests.support.factories import NOW, make_person

EMAIL = "aino@example.com"


@pytest.fixture
def session(database):
    with database.session() as session:
        yield session


def test_days_come_newest_first_and_what_happened_in_order(session):
    person = make_person(session).id
    for kind, hours in ((Kind.LOGIN, 1), (Kind.FAILED_LOGIN, 0), (Kind.LOGIN, 5), (Kind.LOGIN, 30)):
        usage.record(session, person, kind, NOW + timedelta(hours=hours))
    usage.record_day(session, person, NOW)
    usage.record_day(session, person, NOW - timedelta(days=3))
    days = history.days(session, person, 1).rows
    assert [(day.day.day, day.is_used) for day in days] == [(2, False), (1, True), (29, True)]
    assert [(act.kind, act.count, act.first, act.last) for act in days[1].happened] == [
        (Kind.FAILED_LOGIN, 1, NOW, NOW),
        (Kind.LOGIN, 2, NOW + timedelta(hours=1), NOW + timedelta(hours=5)),
    ]
    assert days[2].happened == []


def test_days_have_pages_that_lose_and_repeat_none(session):
    person, other = make_person(session).id, make_person(session).id
    for back in range(2 * history.PAGE + 1):
        usage.record_day(session, person, NOW - timedelta(days=back))
        usage.record(session, other, Kind.LOGIN, NOW - timedelta(days=1000 + back))
    assert history.days(session, person, 1).pages == 3
    shown = [day.day for page in (1, 2, 3) for day in history.days(session, person, page).rows]
    assert len(shown) == 2 * history.PAGE + 1
    assert shown == sorted(set(shown), reverse=True)
    assert history.days(session, make_person(session).id, 9).pages == 1


def test_people_see_their_own_use_and_nobody_elses(sign_in_account, database, clock):
    client = sign_in_account(EMAIL)
    with database.session() as session:
        other = make_account(session, "other@example.com").person_id
        usage.record(session, other, Kind.MAIL_OPENED, NOW)
        usage.record_day(session, other, NOW - timedelta(days=1))
        session.commit()
    text = client.get("/en/account/use").text
    assert "Monday, 1\u00a0June 2026" in text
    assert "Logged in" in text
    assert "at 10:30" in text
    assert "Account used" in text
    assert "31\u00a0May" not in text
    assert "Mail opened" not in text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_page_speaks_finnish_and_says_how_long_an_entry_stays(sign_in_account, clock):
    client = sign_in_account(EMAIL, language="fi")
    client.post("/en/login", data={"email": EMAIL, "password": "wrong"})
    clock.advance(minutes=10)
    client.post("/en/login", data={"email": EMAIL, "password": "wrong"})
    text = client.get("/fi/tili/kaytto").text
    assert "maanantai 1.\u00a0kesäkuuta 2026" in text
    assert "klo 10.30" in text
    assert "2 kertaa, klo 10.30–10.40" in text
    assert "kun siitä on kulunut 12 kuukautta" in text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_empty_page_says_what_will_stand_there(sign_in_account, database):
    client = sign_in_account(EMAIL)
    with database.session() as session:
        session.execute(usage.UsageEvent.__table__.delete())
        session.execute(usage.UseDay.__table__.delete())
        session.commit()
    assert "Nothing is written down yet" in client.get("/en/account/use").text


@pytest.mark.parametrize("page", ["2", "99", "0", "-1", "x", "9" * 30])
@pytest.mark.parametrize("backend", ["sqlite"])
def test_no_page_is_missing(sign_in_account, page):
    assert sign_in_account(EMAIL).get(f"/en/account/use?page={page}").status_code == 200
