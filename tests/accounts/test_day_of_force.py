"""A version comes into force at midnight where the site is, in winter and in summer, everywhere at once."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from clevenio.accounts import agreement_oversight, announcements, signups
from clevenio.accounts.models import Signup
from clevenio.i18n import local_day

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])

FI = ("milloin tahansa", "kuukauden varoitusajalla")
EN = ("at any time", "with a month’s notice")
GOOD = {
    "email": "maija@example.com",
    "first_name": "Maija",
    "last_name": "Esimerkki",
    "company": "Esimerkki Oy",
    "website": "esimerkki.example.fi",
    "role": "sales",
    "password": "seitsemän veljestä metsässä",
    "terms": "yes",
}
# The day, and the second before it begins in Finland; by UTC it begins hours later.
NIGHTS = {
    "winter": ("2027-01-15", datetime(2027, 1, 14, 21, 59, 59, tzinfo=UTC)),
    "summer": ("2027-07-15", datetime(2027, 7, 14, 20, 59, 59, tzinfo=UTC)),
}


@pytest.fixture(params=NIGHTS)
def eve(request, clock):
    """The day of force, and the second before it, which it is now."""
    day, clock.now = NIGHTS[request.param]
    return day, clock.now


@pytest.fixture
def customer(eve, sign_in_account):
    """Somebody signed in, who accepted what is in force on the eve."""
    return sign_in_account()


@pytest.fixture
def night(eve, publish, clock):
    """New terms are published; `night()` makes it 22:30 in UTC, when they are in force, and names their day."""
    day, before = eve
    publish("terms", day, "required", fi=FI, en=EN)

    def go_on():
        clock.now = before.replace(hour=22, minute=30)
        assert clock.now.date() < date.fromisoformat(day) == local_day(clock.now)
        return day

    return go_on


def test_the_public_page_shows_the_text_in_force(client, night):
    assert EN[0] in client.get("/en/terms").text
    listed = client.get("/en/terms/versions").text
    night()
    assert EN[1] in client.get("/en/terms").text
    assert client.get("/en/terms/versions").text != listed


def test_signup_takes_the_version_in_force_and_no_older_one(client, night, clock, other_session):
    before = signups.current_terms(clock.now)
    day = night()
    stamp = signups.current_terms(clock.now)
    assert day in stamp
    assert f'value="{stamp}"' in client.get("/en/signup").text
    old, new = (client.post("/en/signup", data={**GOOD, "terms_version": one}) for one in (before, stamp))
    assert (old.status_code, new.status_code) == (422, 303)
    with other_session() as session:
        assert [signup.texts["terms"] for signup in session.scalars(select(Signup))] == [day]


def test_a_customer_is_asked_from_the_first_minute(customer, night):
    assert customer.get("/en/account").status_code == 200
    night()
    led = customer.get("/en/account")
    assert (led.status_code, led.location) == (303, "/en/account/agreements/new?next=/en/account")


def test_the_mail_of_a_version_speaks_of_it_as_in_force(
    customer, database, settings, night, clock, monkeypatch
):
    days, matters = [], announcements.agreements.matters

    def remember(session, account, today):
        days.append(today.isoformat())
        return matters(session, account, today)

    monkeypatch.setattr(announcements.agreements, "matters", remember)
    day = night()
    assert announcements.announce(database, settings, clock.now) == 1
    assert days == [day]


def test_staff_see_how_it_stands_on_that_day(sign_in_staff, night, monkeypatch):
    days, standings = [], agreement_oversight.standings

    def remember(session, day):
        days.append(day.isoformat())
        return standings(session, day)

    monkeypatch.setattr(agreement_oversight, "standings", remember)
    day = night()
    assert sign_in_staff("privacy_officer").get("/staff/agreements").status_code == 200
    assert days == [day]
