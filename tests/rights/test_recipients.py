"""Platforms that received somebody come first: without their values no removal file could be made."""

import pytest

from clevenio.audiences.export import handout, order
from clevenio.audiences.files import stream
from clevenio.audiences.platforms import platform
from clevenio.audiences.removals import order_removal
from clevenio.audiences.segments import find
from clevenio.errors import Refused
from clevenio.mail import Folder
from clevenio.people.models import Person
from clevenio.rights import erasure, subjects
from clevenio.rights.models import State
from tests.rights.conftest import EMAIL
from tests.support.factories import NOW


@pytest.fixture
def extra_settings():
    return {"AUDIENCE_MINIMUM_OVERRIDE": "1"}


@pytest.fixture
def relay(settings):
    return Folder(settings.data / "mail")


@pytest.fixture
def hand_out(database, settings):
    """`hand_out("google")`: an audience file, or with `removal` the one that takes people out."""

    def make(name, *, removal=False, finish=True):
        chosen = platform(name, settings.data)
        with database.session() as session:
            if removal:
                ordered = order_removal(session, chosen, actor="command", now=NOW)
            else:
                ordered = order(session, settings, chosen, find(session, "all"), actor="command", now=NOW)
            session.commit()
        with handout(database, settings, chosen, ordered.id, now=NOW) as opened:
            pieces = stream(opened)
            return b"".join(pieces) if finish else next(iter(pieces))

    return make


@pytest.fixture
def planned(database, settings):
    def plan(person):
        with database.session(write=False) as session:
            subject = subjects.of_person(session, settings, session.get(Person, person))
            return erasure.plan(session, settings, subject, NOW)

    return plan


def test_an_erasure_waits_for_the_removal_files(acts, relay, hand_out, planned):
    person = acts.customer()
    hand_out("google")
    hand_out("meta")
    request = acts.ask(person)
    assert [each.layout.id for each in planned(person).removals] == ["google", "meta"]
    with pytest.raises(Refused):
        acts.begin(request)
    assert acts.person() is not None
    hand_out("google", removal=True)
    assert [each.layout.id for each in planned(person).removals] == ["meta"]
    hand_out("meta", removal=True)
    assert planned(person).is_free
    acts.erase(request, relay)
    assert acts.request(request).state == State.DONE


def test_a_later_upload_asks_for_another_removal(acts, hand_out, planned, database):
    person = acts.customer()
    hand_out("google")
    hand_out("google", removal=True)
    hand_out("google")
    acts.ask(person)
    assert [each.layout.id for each in planned(person).removals] == ["google"]


def test_somebody_whom_nobody_received_waits_for_nothing(acts, hand_out, planned):
    other = acts.customer("kaarlo@example.com")
    hand_out("google")
    person = acts.customer()
    acts.ask(person)
    acts.ask(other)
    assert planned(person).is_free
    assert not planned(other).is_free


def test_an_audience_file_that_is_being_made_is_waited_for(acts, hand_out, planned):
    person = acts.customer()
    request = acts.ask(person)
    acts.customer("kaarlo@example.com")
    hand_out("google", finish=False)
    assert planned(person).is_export_running
    with pytest.raises(Refused):
        acts.begin(request)
    assert acts.person().email == EMAIL


def test_who_received_data_is_kept_until_its_end(acts, relay, hand_out, database):
    from sqlalchemy import func, select

    from clevenio.audiences.models import Membership

    person = acts.customer()
    hand_out("google")
    request = acts.ask(person)
    hand_out("google", removal=True)
    acts.erase(request, relay)

    def memberships():
        with database.session(write=False) as session:
            return session.scalar(select(func.count()).where(Membership.person_id == person))

    assert memberships() == 2
    acts.let_go(NOW.replace(year=2030))
    assert memberships() == 0
