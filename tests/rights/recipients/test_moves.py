"""Somebody moves to another address: platforms let go of the old one, and keep its holder."""

from datetime import timedelta

import pytest

from clevenio.people.models import Person
from clevenio.rights.recipients import closing
from tests.rights.conftest import EMAIL, STAFF
from tests.rights.recipients.test_opening import sha
from tests.rights.test_former_addresses import move
from tests.support.factories import NOW, grant, make_person

LATER = NOW + timedelta(hours=3)
NEW = "aino.muuttanut@example.com"


@pytest.fixture
def moved(acts, hand_out, database, settings):
    """A customer whom Google has, moved to another address since; their id."""
    person = acts.customer()
    hand_out("google")
    with database.session() as session:
        move(session, settings, session.get_one(Person, person), NEW, LATER)
        session.commit()
    return person


def test_the_address_that_was_left_is_taken_out_once(
    moved, hand_out, told, leavers, catch_up, database, settings
):
    for _ in range(2):
        catch_up(LATER)
    [task] = told()
    assert (task.platform, task.cause, task.field, task.subject) == (
        "google",
        "rectification",
        "email",
        moved,
    )
    [row] = hand_out("google", removal=True, now=LATER)
    assert (row["Email"], row["Phone"]) == (sha(EMAIL), "")
    with database.session() as session:
        closing.close_file(session, settings, "google", LATER.date(), STAFF, LATER)
        session.commit()
    assert leavers() == []
    assert hand_out("google", removal=True, now=LATER) == []
    assert catch_up(LATER) == 0
    assert len(told()) == 1


def test_an_address_that_somebody_else_has_now_stays(moved, told, catch_up, database):
    with database.session() as session:
        make_person(session, EMAIL)
        session.commit()
    catch_up(LATER)
    assert told() == []


def test_an_address_whose_reader_agrees_again_stays(moved, hand_out, catch_up, database):
    catch_up(LATER)
    with database.session() as session:
        grant(session, make_person(session, EMAIL), "ad_audiences")
        session.commit()
    assert hand_out("google", removal=True, now=LATER) == []


def test_an_address_that_was_in_no_file_opens_nothing(acts, told, catch_up, hand_out, database, settings):
    person = acts.customer()
    with database.session() as session:
        move(session, settings, session.get_one(Person, person), NEW, NOW)
        session.commit()
    hand_out("google", now=LATER)
    catch_up(LATER)
    assert told() == []


def test_nothing_is_told_of_an_address_once_the_person_was_taken_out(
    acts, hand_out, told, withdraw, catch_up, database, settings
):
    person = acts.customer()
    hand_out("google")
    withdraw(person, "ad_audiences:google")
    catch_up()
    hand_out("google", removal=True)
    with database.session() as session:
        closing.close_file(session, settings, "google", NOW.date(), STAFF, NOW)
        move(session, settings, session.get_one(Person, person), NEW, LATER)
        session.commit()
    catch_up(LATER)
    assert [task.cause for task in told()] == ["withdrawal"]
