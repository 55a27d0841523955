"""Somebody has another address or number now: platforms let go of the old one, and keep its holder."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from clevenio.accounts import operations as accounts
from clevenio.accounts.models import Account
from clevenio.audiences import leavers as kept
from clevenio.audiences.models import Leaver
from clevenio.errors import BadToken
from clevenio.people import operations as people_operations
from clevenio.people.former import FormerIdentifier
from clevenio.people.imports.operations import import_people
from clevenio.people.imports.profiles import IMPORTED
from clevenio.people.models import Person
from clevenio.rights.recipients import closing, former, opening
from tests.rights.conftest import EMAIL, STAFF
from tests.rights.recipients.test_opening import PHONE, correct, set_phone, sha
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


def test_an_address_that_somebody_else_has_agreed_with_stays(moved, told, catch_up, database):
    with database.session() as session:
        grant(session, make_person(session, EMAIL), "ad_audiences")
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


NUMBER, SHARED = "+358402222222", "+358403333333"


def test_a_number_that_was_left_is_taken_out_by_whichever_door_it_went(
    acts, hand_out, told, catch_up, database, settings, tmp_path
):
    person = acts.customer()
    hand_out("google")
    with database.session() as session:
        account = session.scalars(select(Account).where(Account.person_id == person)).one()
        accounts.change_profile(settings, account, {"phone": NUMBER}, LATER)
        session.commit()
    catch_up(LATER)
    assert [(task.field, task.cause, task.subject) for task in told()] == [("phone", "rectification", person)]
    assert phones(hand_out("google", removal=True, now=LATER)) == [("", sha(PHONE))]


def test_a_file_that_corrects_a_number_leaves_the_old_one_to_be_taken_out(
    acts, hand_out, catch_up, database, settings, tmp_path
):
    with database.session() as session:
        person = make_person(session, "mika@example.com", source=IMPORTED, phone=NUMBER)
        grant(session, person, "ad_audiences")
        session.commit()
    hand_out("google")
    path = tmp_path / "people.csv"
    path.write_text(f"email,phone\nmika@example.com,{SHARED}\n")
    with database.session() as session:
        import_people(session, settings, path, now=LATER)
        session.commit()
    catch_up(LATER)
    assert phones(hand_out("google", removal=True, now=LATER)) == [("", sha(NUMBER))]


def test_whoever_withdraws_afterwards_hands_no_number_over_that_was_never_sent(
    acts, hand_out, withdraw, catch_up, database, settings
):
    person = acts.customer()
    hand_out("google")
    set_phone(database, settings, person, NUMBER, LATER)
    set_phone(database, settings, person, SHARED, LATER)
    withdraw(person, "ad_audiences:google")
    catch_up(LATER)
    found = phones(hand_out("google", removal=True, now=LATER))
    assert sorted(found) == [("", sha(PHONE)), (sha(EMAIL), "")]


def test_what_a_file_carried_is_what_was_read_for_it_not_what_there_was_when_it_was_ordered(
    acts, hand_out, withdraw, catch_up, database, settings
):
    person = acts.customer()

    def change():
        set_phone(database, settings, person, NUMBER, NOW + timedelta(minutes=3))
        return NOW + timedelta(minutes=5)

    [row] = hand_out("google", meanwhile=change)
    assert row["Phone"] == sha(NUMBER)
    withdraw(person, "ad_audiences:google")
    catch_up(LATER)
    assert phones(hand_out("google", removal=True, now=LATER)) == [(sha(EMAIL), sha(NUMBER))]


def test_a_number_that_was_left_before_another_is_corrected_is_taken_out(
    acts, hand_out, catch_up, database, settings
):
    person = acts.customer()
    hand_out("google", now=NOW - timedelta(hours=2))
    set_phone(database, settings, person, NUMBER, NOW - timedelta(hours=1))
    correct(acts, database, settings, person, "phone", SHARED)
    catch_up(LATER)
    assert phones(hand_out("google", removal=True, now=LATER)) == [("", sha(PHONE))]


def test_a_number_that_a_colleague_has_in_waits_until_the_colleague_leaves(
    acts, hand_out, told, withdraw, catch_up, database, settings
):
    person, colleague = acts.customer(), acts.customer("kaarlo@example.com")
    hand_out("google")
    set_phone(database, settings, person, NUMBER, LATER)
    catch_up(LATER)
    assert told() == []
    assert hand_out("google", removal=True, now=LATER) == []
    withdraw(colleague, "ad_audiences:google")
    catch_up(LATER)
    assert {task.subject: task.cause for task in told()} == {
        person: "rectification",
        colleague: "withdrawal",
    }
    assert sorted(phones(hand_out("google", removal=True, now=LATER))) == [
        ("", sha(PHONE)),
        (sha("kaarlo@example.com"), sha(PHONE)),
    ]


def test_what_somebody_else_is_in_by_is_kept_until_three_months_after_they_leave(
    acts, hand_out, leavers, withdraw, catch_up, database, settings
):
    person, colleague = acts.customer(), acts.customer("kaarlo@example.com")
    hand_out("google")
    set_phone(database, settings, person, NUMBER, LATER)
    catch_up(LATER)
    acts.let_go(NOW + timedelta(days=100))
    assert [each.is_covered for each in leavers()] == [True]
    withdraw(colleague, "ad_audiences:google")
    catch_up(NOW + timedelta(days=100))
    acts.let_go(NOW + timedelta(days=180))
    assert [each.is_covered for each in leavers()] == [False]
    acts.let_go(NOW + timedelta(days=200))
    assert leavers() == []


def test_what_was_kept_before_it_was_sealed_is_sealed(acts, hand_out, leavers, catch_up, database, settings):
    person = acts.customer()
    hand_out("google")
    set_phone(database, settings, person, NUMBER, LATER)
    catch_up(LATER)
    with database.session() as session:
        session.scalars(select(Leaver)).one().sealed = json.dumps(
            {"cells": {"phone": [sha(PHONE)]}, "advertising_id": None}
        )
        session.commit()
    catch_up(LATER)
    assert sha(PHONE) not in leavers()[0].sealed
    assert phones(hand_out("google", removal=True, now=LATER)) == [("", sha(PHONE))]


def test_a_number_somebody_returns_to_is_let_go_of_no_more(
    acts, hand_out, told, catch_up, database, settings
):
    person = acts.customer()
    hand_out("google")
    set_phone(database, settings, person, NUMBER, LATER)
    catch_up(LATER)
    set_phone(database, settings, person, PHONE, LATER)
    catch_up(LATER)
    assert told() == []
    assert hand_out("google", removal=True, now=LATER) == []


def test_a_number_that_a_request_corrected_is_told_once(acts, hand_out, told, catch_up, database, settings):
    person = acts.customer()
    hand_out("google")
    request = correct(acts, database, settings, person, "phone", NUMBER)
    catch_up(LATER)
    assert [task.request for task in told()] == [request]


def test_whoever_is_erased_right_after_is_taken_out_by_the_old_number_too(
    acts, hand_out, told, database, settings
):
    person = acts.customer()
    hand_out("google")
    set_phone(database, settings, person, NUMBER, LATER)
    acts.begin(acts.ask(person, LATER), LATER)
    assert sorted(phones(hand_out("google", removal=True, now=LATER))) == [
        ("", sha(PHONE)),
        (sha(EMAIL), ""),
    ]
    with database.session(write=False) as session:
        assert session.scalars(select(FormerIdentifier)).all() == []


def test_neither_a_value_that_was_left_nor_its_digest_is_kept_in_clear(
    acts, hand_out, leavers, catch_up, database, settings
):
    person = acts.customer()
    hand_out("google")
    set_phone(database, settings, person, NUMBER, LATER)
    with database.session(write=False) as session:
        [noted] = session.scalars(select(FormerIdentifier)).all()
    assert noted.value(settings.suppression_key) == PHONE
    assert PHONE not in noted.sealed
    catch_up(LATER)
    [kept] = leavers()
    assert not any(text in kept.sealed for text in (PHONE, sha(PHONE)))
    with database.session(write=False) as session:
        assert session.scalars(select(FormerIdentifier.sealed)).all() == [None]
    with pytest.raises(BadToken):
        noted.value("another key")


def phones(rows):
    return [(row["Email"], row["Phone"]) for row in rows]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_many_are_settled_a_few_at_a_time_and_go_on_where_they_were_stopped(
    acts, hand_out, leavers, database, settings, monkeypatch
):
    people = [acts.customer(f"aino{n}@example.com") for n in range(5)]
    with database.session() as session:
        for n, person in enumerate(people):
            people_operations.change(
                settings.suppression_key,
                session.get_one(Person, person),
                {"phone": f"+35840111111{n}"},
                NOW - timedelta(days=1),
            )
        session.commit()
    opening.go_on(database, settings, NOW)
    hand_out("google")
    with database.session() as session:
        for person in people:
            people_operations.change(
                settings.suppression_key, session.get_one(Person, person), {"phone": None}, LATER
            )
        session.commit()
    monkeypatch.setattr(former, "MOST", 2)
    monkeypatch.setattr(kept, "BATCH", 2)
    keep_value, calls = kept.keep_value, []

    def cut_off(*arguments):
        calls.append(1)
        if len(calls) == 4:
            raise OSError("the power went")
        keep_value(*arguments)

    monkeypatch.setattr(former.leavers, "keep_value", cut_off)
    with pytest.raises(OSError, match="power"):
        opening.go_on(database, settings, LATER)
    assert len(leavers()) == 2, "what was committed stays"
    opening.go_on(database, settings, LATER)
    assert len(leavers()) == 5
    taken_out = phones(hand_out("google", removal=True, now=LATER))
    assert sorted(taken_out) == sorted(("", sha(f"+35840111111{n}")) for n in range(5))
