"""Closing: by the file for everybody in it, or one by one; what was kept for it goes."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from clevenio.audit import AuditEntry
from clevenio.errors import Refused
from clevenio.rights.recipients import closing, queries
from clevenio.rights.recipients.models import Cause, Result, Task
from tests.rights.conftest import STAFF
from tests.rights.recipients.test_others import receiving
from tests.support.factories import NOW

TODAY = NOW.date()
LATER = NOW + timedelta(days=3)
THAT_DAY = LATER.date()


@pytest.fixture
def close_file(database, settings):
    def act(platform="google", told_on=THAT_DAY, now=LATER):
        with database.session() as session:
            number = closing.close_file(session, settings, platform, told_on, STAFF, now)
            session.commit()
        return number

    return act


@pytest.fixture
def close(database, settings):
    def act(task, result=Result.TOLD, told_on=THAT_DAY, reason=None, now=LATER):
        with database.session() as session:
            closing.close(session, settings, task.id, result, told_on, reason, STAFF, now)
            session.commit()

    return act


@pytest.fixture
def erased(acts, relay, hand_out):
    """Somebody whom Google received and who was erased since."""
    person = acts.customer()
    hand_out("google")
    acts.erase(acts.ask(person), relay)
    return person


def test_nothing_can_be_written_down_before_a_file_was_made(erased, close_file, leavers):
    with pytest.raises(Refused, match="removal file"):
        close_file()
    assert len(leavers()) == 1


def test_the_day_of_the_file_closes_who_was_in_it_and_forgets_their_digests(
    erased, close_file, hand_out, told, leavers, database
):
    hand_out("google", removal=True, now=NOW)
    assert close_file(told_on=TODAY) == 1
    [task] = told()
    assert (task.told_on, task.result, task.closed_at) == (TODAY, "told", LATER)
    assert leavers() == []
    assert hand_out("google", removal=True) == []
    with database.session(write=False) as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "recipients.close")).one()
    assert entry.details["vendor"] == "google"
    with pytest.raises(Refused):
        close_file()


def test_a_file_made_later_cannot_have_been_uploaded_earlier(erased, close_file, hand_out, told):
    hand_out("google", removal=True, now=LATER)
    with pytest.raises(Refused):
        close_file(told_on=TODAY)
    with pytest.raises(Refused, match="still to come"):
        close_file(told_on=THAT_DAY + timedelta(days=1))
    assert told()[0].closed_at is None


def test_who_leaves_after_the_file_stays_open(erased, acts, hand_out, close_file, withdraw, catch_up, told):
    other = acts.customer("kaarlo@example.com")
    hand_out("google")
    hand_out("google", removal=True)
    withdraw(other, "ad_audiences:google")
    catch_up()
    assert close_file() == 1
    assert sorted(task.closed_at is None for task in told()) == [False, True]


def test_a_recipient_beyond_reach_is_closed_with_the_reason_and_in_no_file_again(
    erased, close, told, leavers, hand_out
):
    [task] = told()
    with pytest.raises(Refused, match="why"):
        close(task, Result.IMPOSSIBLE)
    close(task, Result.IMPOSSIBLE, reason="The account there was closed.")
    assert (told()[0].result, told()[0].reason) == ("impossible", "The account there was closed.")
    assert leavers() == []
    with pytest.raises(Refused, match="already"):
        close(task)


@pytest.mark.parametrize("days", [-1, 4])
def test_a_day_that_cannot_be_is_refused(erased, close, told, days):
    with pytest.raises(Refused):
        close(told()[0], told_on=TODAY + timedelta(days=days))
    assert told()[0].closed_at is None


def test_the_digests_of_a_text_go_when_it_is_closed(acts, relay, declared, close, told):
    receiving(declared)
    acts.erase(acts.ask(acts.customer()), relay)
    close(told()[0])
    assert (told()[0].email_hash, told()[0].phone_hash) == (None, None)


def test_digests_that_nobody_fetched_go_after_three_months_and_the_task_stays(erased, acts, leavers, told):
    acts.let_go(NOW + timedelta(days=80))
    assert len(leavers()) == 1
    acts.let_go(NOW + timedelta(days=100))
    assert leavers() == []
    assert told()[0].closed_at is None


def test_a_closed_task_goes_with_the_file_of_requests_three_years_on(
    erased, acts, hand_out, close_file, told
):
    hand_out("google", removal=True)
    close_file()
    acts.let_go(NOW + timedelta(days=3 * 365))
    assert len(told()) == 1
    acts.let_go(NOW + timedelta(days=3 * 366 + 7))
    assert told() == []


def test_what_waits_is_what_is_due_first(erased, acts, hand_out, database, settings, withdraw, catch_up):
    other = acts.customer("kaarlo@example.com")
    hand_out("meta")
    withdraw(other, "ad_audiences:meta")
    catch_up(LATER)
    with database.session(write=False) as session:
        found = queries.waiting(session, settings.data)
        [due] = queries.due(session, NOW)
    assert [(each.platform.id, each.open, each.handed) for each in found] == [
        ("google", 1, 0),
        ("meta", 1, 0),
    ]
    assert found[0].due == TODAY + timedelta(days=14)
    assert not due.is_urgent
    with database.session(write=False) as session:
        [due] = queries.due(session, NOW + timedelta(days=15))
    assert due.is_urgent


def test_people_and_recipients_are_counted_once_however_many_things_they_are_told(
    erased, database, settings, told
):
    with database.session() as session:
        first = session.get_one(Task, told()[0].id)
        names = {column.name for column in Task.__table__.columns} - {"id", "cause"}
        copied = {name: getattr(first, name) for name in names}
        session.add(Task(**copied, cause=Cause.RECTIFICATION.value))
        session.commit()
    assert len(told()) == 2
    with database.session(write=False) as session:
        [google] = queries.waiting(session, settings.data)
        [due] = queries.due(session, NOW)
    assert google.open == 1
    assert "1 recipient of personal data" in due.text
