"""A file marked as uploaded ends what the marketer is reminded of, and closes the tasks of whom it took out."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from clevenio.audiences import letting_go
from clevenio.audiences.models import Export
from clevenio.audiences.platforms import platform
from clevenio.audiences.removals import rows_to_remove
from clevenio.audiences.uploads import operations
from clevenio.consent import ledger
from clevenio.people import operations as people
from clevenio.people.models import Person
from clevenio.rights.recipients import closing, opening
from clevenio.rights.recipients.models import Result
from clevenio.rights.recipients.queries import was_told
from tests.rights.conftest import STAFF
from tests.rights.test_staff import send
from tests.support.factories import NOW

LATER = NOW + timedelta(days=2)
THAT_DAY = LATER.date()
PURPOSES = {"google": "ad_audiences:google", "linkedin-contacts": "ad_audiences:linkedin"}


@pytest.fixture(autouse=True)
def told_by_officers():
    """As the application names it at its start."""
    letting_go.ask_also(was_told)


@pytest.fixture
def waiting(database, settings):
    """`waiting("google")`: how many rows the marketer is reminded of."""

    def count(name="google"):
        with database.session(write=False) as session:
            return rows_to_remove(session, platform(name, settings.data))

    return count


@pytest.fixture
def mark(database, settings):
    """Mark the newest file as uploaded, and let the worker look."""

    def act(day=THAT_DAY, now=LATER):
        with database.session() as session:
            newest = session.scalars(select(Export).order_by(Export.id.desc()).limit(1)).one()
            operations.mark_uploaded(session, newest, day, STAFF, now)
            session.commit()
        opening.go_on(database, settings, now)

    return act


def closed(told):
    return [(task.result, task.told_on, task.actor) for task in told()]


def test_a_removal_file_marked_as_uploaded_ends_the_reminder_and_closes_its_tasks(
    acts, hand_out, withdraw, catch_up, told, waiting, mark
):
    gone = [acts.customer(f"gone{number}@example.com") for number in range(2)]
    acts.customer("shares-their-number@example.com")
    hand_out("google")
    for person in gone:
        withdraw(person, PURPOSES["google"])
    catch_up()
    hand_out("google", removal=True, now=NOW)
    assert waiting() == 3
    mark()
    assert waiting() == 0
    assert closed(told) == [("told", THAT_DAY, "system")] * 2
    assert len(hand_out("google", removal=True)) == 3, "it stays the same until they come back"


def test_who_leaves_after_the_file_and_who_comes_back_and_leaves_again_is_counted_anew(
    acts, hand_out, withdraw, told, waiting, mark
):
    first, second = acts.customer("first@example.com"), acts.customer("second@example.com")
    hand_out("google")
    withdraw(first, PURPOSES["google"])
    hand_out("google", removal=True)
    withdraw(second, PURPOSES["google"])
    mark()
    assert waiting() == 1
    assert sorted(task.closed_at is None for task in told()) == [False, True]
    withdraw(first, PURPOSES["google"], ledger.State.GRANTED)
    hand_out("google")
    withdraw(first, PURPOSES["google"])
    assert waiting() == 2
    hand_out("google", removal=True)
    mark()
    assert waiting() == 0
    assert all(task.closed_at for task in told())


@pytest.mark.parametrize("state", ["not marked", "broken off"])
def test_a_file_that_was_not_uploaded_whole_ends_nothing(
    acts, hand_out, withdraw, told, waiting, mark, state
):
    person = acts.customer()
    hand_out("google")
    withdraw(person, PURPOSES["google"])
    hand_out("google", removal=True, finish=state != "broken off")
    if state == "broken off":
        mark()
    assert waiting() == 1


def test_an_identifier_that_a_file_did_not_take_out_is_still_waited_for(
    acts, hand_out, withdraw, told, waiting, mark, database, settings
):
    """The file had the old number of somebody who stayed; now they withdraw with all the rest."""
    person = acts.customer()
    hand_out("google")
    with database.session() as session:
        found = session.get_one(Person, person)
        people.change(settings.suppression_key, found, {"phone": "+358401112222"}, NOW)
        session.commit()
    opening.go_on(database, settings, NOW)
    hand_out("google", removal=True)
    withdraw(person, PURPOSES["google"])
    mark()
    assert waiting() == 1
    assert sorted(task.closed_at is None for task in told()) == [False, True]


def test_an_erased_person_is_let_go_of_by_the_file_and_what_was_kept_of_them_goes(
    acts, relay, hand_out, told, leavers, waiting, mark
):
    person = acts.customer()
    hand_out("google")
    acts.erase(acts.ask(person), relay)
    hand_out("google", removal=True)
    assert waiting() == 1
    mark()
    assert (waiting(), leavers()) == (0, [])
    assert closed(told) == [("told", THAT_DAY, "system")]


@pytest.mark.parametrize("way", ["file", "one by one"])
def test_what_the_privacy_officer_wrote_down_ends_the_reminder_too(
    acts, hand_out, withdraw, catch_up, told, waiting, database, settings, way
):
    person = acts.customer()
    hand_out("google")
    withdraw(person, PURPOSES["google"])
    catch_up()
    if way == "file":
        hand_out("google", removal=True)
    with database.session() as session:
        if way == "file":
            closing.close_file(session, settings, "google", THAT_DAY, STAFF, LATER)
        else:
            reason = "The account there was closed."
            closing.close(session, settings, told()[0].id, Result.IMPOSSIBLE, THAT_DAY, reason, STAFF, LATER)
        session.commit()
        days = session.scalars(select(Export.uploaded_on).order_by(Export.id)).all()
    assert waiting() == 0
    assert days == ([None, THAT_DAY] if way == "file" else [None])


@pytest.mark.parametrize("leaving", ["withdrawn", "erased"])
def test_a_list_that_is_made_anew_ends_the_reminder_and_a_removal_file_does_not(
    acts, relay, hand_out, withdraw, told, waiting, mark, leaving
):
    person = acts.customer()
    acts.customer("stays@example.com")
    hand_out("linkedin-contacts")
    if leaving == "erased":
        acts.erase(acts.ask(person), relay)
    else:
        withdraw(person, PURPOSES["linkedin-contacts"])
    hand_out("linkedin-contacts", removal=True)
    mark()
    assert waiting("linkedin-contacts") == 1
    hand_out("linkedin-contacts")
    assert waiting("linkedin-contacts") == 1
    mark()
    assert waiting("linkedin-contacts") == 0
    assert closed(told) == [("told", THAT_DAY, "system")]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_marketers_pages_stop_to_remind_once_the_file_is_marked(
    acts, hand_out, withdraw, sign_in_staff, clock
):
    gone = [acts.customer(f"gone{number}@example.com") for number in range(3)]
    hand_out("google")
    for person in gone:
        withdraw(person, PURPOSES["google"])
    hand_out("google", removal=True)
    marketer = sign_in_staff("marketer")
    homes = ("/staff/", "/staff/audiences")
    assert all("3 rows have to leave" in marketer.get(page).text for page in homes)
    page = re.search(r"/staff/audiences/exports/2\b", marketer.get("/staff/audiences").text)[0]
    assert send(marketer, f"{page}/upload", page, uploaded_on=str(NOW.date())).status_code == 303
    assert not any("have to leave" in marketer.get(page).text for page in homes)
