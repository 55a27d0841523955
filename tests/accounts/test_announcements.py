"""Customers are told by mail of new versions: once, ahead where that is possible, and only of what is new to them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import delete, func, select

from clevenio.accounts import agreements, announcements
from clevenio.accounts.models import Account, Announcement
from clevenio.outbox import Mail
from tests.support.accounts import make_account
from tests.support.golden import assert_golden_mail
from tests.support.mailbox import text_of

GOLDEN = Path(__file__).with_name("golden")
TODAY = datetime(2026, 12, 1, 9, tzinfo=UTC)
FI = ("milloin tahansa", "kuukauden varoitusajalla")
EN = ("at any time", "with a month’s notice")


@pytest.fixture
def customers(database):
    with database.session() as session:
        found = [
            make_account(session, f"{name}@example.com", language=name[:2]) for name in ("fiina", "enid")
        ]
        session.commit()
    return found


@pytest.fixture
def announce(database, settings):
    return lambda now=TODAY: announcements.announce(database, settings, now)


@pytest.fixture
def mails(other_session):
    """{recipient: [messages]} of what was queued."""

    def find():
        found = {}
        with other_session() as session:
            for row in session.scalars(select(Mail)):
                message = message_from_bytes(row.message.replace(b"\r\n", b"\n"), policy=policy.default)
                found.setdefault(row.recipient, []).append(message)
        return found

    return find


def test_nobody_is_told_of_what_they_know(customers, announce, mails):
    assert announce() == 0
    assert mails() == {}


def test_everybody_is_told_once_ahead_in_their_language(customers, announce, mails, publish):
    publish("terms", "2027-01-01", "required", fi=FI, en=EN)
    publish("privacy", "2027-01-01", "informed")
    assert [announce(), announce(), announce(TODAY + timedelta(days=60))] == [2, 0, 0]
    found = mails()
    assert {to: len(messages) for to, messages in found.items()} == {
        "fiina@example.com": 1,
        "enid@example.com": 1,
    }
    for language, to in (("fi", "fiina@example.com"), ("en", "enid@example.com")):
        [message] = found[to]
        assert_golden_mail(GOLDEN / f"new-versions.{language}", message)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_version_that_comes_later_is_told_by_a_mail_of_its_own(customers, announce, mails, publish):
    publish("privacy", "2027-01-01", "informed")
    announce()
    publish("terms", "2027-02-01", "required")
    assert announce() == 2
    first, second = mails()["enid@example.com"]
    assert "You need do nothing" in text_of(first)
    assert "- Terms of use" in text_of(second)
    assert "- Privacy policy" not in text_of(second)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_who_accepted_early_or_cannot_get_in_is_not_told(
    customers, announce, mails, publish, database, settings
):
    publish("terms", "2027-01-01", "required")
    with database.session() as session:
        finn, enid = (session.get(Account, one.id) for one in customers)
        found = agreements.matters(session, finn.id, TODAY.date())
        agreements.answer(session, settings, finn, found, "fi", TODAY)
        enid.disabled_at = TODAY
        session.commit()
    assert announce() == 0
    assert mails() == {}


def test_two_workers_at_once_tell_once(customers, announce, mails, publish, database, monkeypatch):
    publish("terms", "2027-01-01", "required")
    both_looked, tell = Barrier(2), announcements._tell

    def wait(session, settings, account, now):
        if not database.is_sqlite and account.id == min(one.id for one in customers):
            both_looked.wait(10)
        return tell(session, settings, account, now)

    monkeypatch.setattr(announcements, "_tell", wait)
    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(lambda _: announce(), range(2)))
    assert sum(told) == 2
    assert [len(messages) for messages in mails().values()] == [1, 1]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_whose_data_is_restricted_is_not_written_to(customers, announce, publish, database):
    publish("terms", "2027-01-01", "required")
    with database.session() as session:
        for one in customers:
            session.get(Account, one.id).person.restricted_at = TODAY
        session.commit()
    assert announce() == 0


@pytest.mark.parametrize("backend", ["sqlite"])
def test_more_accounts_than_a_batch_are_all_told(customers, announce, mails, publish, monkeypatch):
    monkeypatch.setattr(announcements, "BATCH", 1)
    publish("terms", "2027-01-01", "required")
    assert announce() == 2


def test_what_was_told_goes_with_the_account(customers, announce, publish, database):
    publish("terms", "2027-01-01", "required")
    announce()
    with database.session() as session:
        session.execute(delete(Account).where(Account.id == customers[0].id))
        session.commit()
        assert session.scalar(select(func.count()).select_from(Announcement)) == 1


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_worker_does_it_by_the_clock(app, clock, customers, mails, publish):
    clock.now = TODAY
    publish("terms", "2027-01-01", "required")
    app.extensions["clevenio"].jobs.run("announcements")
    assert len(mails()) == 2
