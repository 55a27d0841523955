"""Whoever was erased or objected after a backup stays so, whatever the backup says."""

import shutil
from datetime import timedelta

import pytest
from sqlalchemy import select

from clevenio import marks
from clevenio.consent import ledger
from clevenio.consent.notices import withdrawal_notice
from clevenio.inquiries import operations as inquiries
from clevenio.inquiries.models import Inquiry
from clevenio.inquiries.operations import Message
from clevenio.outbox import Mail
from clevenio.people import erasures, holds, outside, suppression
from clevenio.people import operations as people_operations
from clevenio.people.addresses import address
from clevenio.people.models import Person, Suppression
from clevenio.rights.models import Asker, Kind, Request, State, UnderWay
from tests.backups.conftest import KEYS
from tests.rights.conftest import EMAIL
from tests.rights.test_disk import FORMS, holding
from tests.support.factories import NOW, SUPPRESSION_KEY, make_person

KEY = suppression.email_key(SUPPRESSION_KEY, address(EMAIL).mailbox_key)
LATER = NOW + timedelta(days=2)


def files(there):
    path = there.settings.database_url.removeprefix("sqlite:///")
    return [
        path,
        f"{path}-wal",
        f"{path}-shm",
        *(str(each) for each in there.settings.data.rglob("*") if each.is_file()),
    ]


def find(database, email=EMAIL):
    with database.session(write=False) as session:
        return people_operations.find(session, address(email))


@pytest.fixture
def erased_since(acts, relay, live, back_up):
    """A backup with a customer in it who was erased after it was made."""
    person = acts.customer()
    acts.deliver(relay)
    path = back_up()
    acts.erase(acts.ask(person), relay)
    assert acts.person() is None
    return path


def test_somebody_erased_since_is_erased_again(erased_since, here, bring_back):
    there = bring_back(erased_since, here, now=LATER, replace=True)
    assert there.prepared.erased == 1
    assert find(there.database) is None
    with there.database.session(write=False) as session:
        assert erasures.erased_among(session, [KEY]) == {KEY}
        assert suppression.is_suppressed(session, KEY, "newsletter")
        assert session.scalars(select(UnderWay)).all() == []
        [request] = session.scalars(select(Request).where(Request.asker == Asker.LEDGER)).all()
        assert request.state == State.DONE


@pytest.mark.parametrize("backend", ["sqlite"])
def test_no_byte_of_them_is_on_the_disk_afterwards(erased_since, here, bring_back):
    there = bring_back(erased_since, here, now=LATER, replace=True)
    there.database.close()
    assert holding(files(there), FORMS) == []
    assert holding([erased_since], FORMS) == [erased_since]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_restored_elsewhere_a_copy_of_the_seals_tells_who_was_erased(
    erased_since, elsewhere, bring_back, folder, tmp_path
):
    copy = shutil.copytree(folder, tmp_path / "kept elsewhere")
    there = bring_back(erased_since, elsewhere, now=LATER, seals=copy)
    assert there.prepared.erased == 1
    assert find(there.database) is None
    there.database.close()
    assert holding(files(there), FORMS) == []


@pytest.mark.parametrize("backend", ["sqlite"])
def test_nobody_is_told_anew(erased_since, here, bring_back):
    there = bring_back(erased_since, here, now=LATER, replace=True)
    with there.database.session(write=False) as session:
        assert session.scalars(select(Mail).where(Mail.created_at >= LATER)).all() == []


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_hold_that_stood_in_the_backup_keeps_nobody_from_being_erased_again(
    acts, relay, live, back_up, here, bring_back
):
    person = acts.customer()
    with live.session() as session:
        hold = holds.put(session, person, holds.Ground.LEGAL_CLAIM, "a claim", "staff:1", NOW).id
        session.commit()
    acts.deliver(relay)
    path = back_up()
    with live.session() as session:
        holds.end(session, hold, NOW)
        session.commit()
    acts.erase(acts.ask(person), relay)
    there = bring_back(path, here, now=LATER, replace=True)
    assert find(there.database) is None


def test_whoever_only_wrote_is_erased_again_too(live, settings, back_up, here, bring_back):
    with live.session() as session:
        inquiries.send(session, settings, Message("Aino", address(EMAIL), "Hello", None), "fi", NOW)
        session.commit()
    path = back_up()
    with live.session() as session:
        erasures.add(session, KEY, "email", erasures.Ground.REQUEST, NOW)
        session.commit()
    there = bring_back(path, here, now=LATER, replace=True)
    assert there.prepared.erased == 1
    with there.database.session(write=False) as session:
        assert session.scalars(select(Inquiry)).all() == []


@pytest.mark.parametrize("backend", ["sqlite"])
def test_somebody_else_is_left_alone(live, acts, relay, back_up, here, bring_back):
    with live.session() as session:
        make_person(session, "joku.muu@example.com", phone="+358401234567")
        session.commit()
    person = acts.customer()
    acts.deliver(relay)
    path = back_up()
    acts.erase(acts.ask(person), relay)
    there = bring_back(path, here, now=LATER, replace=True)
    assert find(there.database, "joku.muu@example.com") is not None


@pytest.mark.parametrize("backend", ["sqlite"])
def test_who_came_back_since_may_come_in_again_without_what_they_were(erased_since, live, here, bring_back):
    with live.session() as session:
        erasures.come_back(session, KEY, NOW)
        session.commit()
    there = bring_back(erased_since, here, now=LATER, replace=True)
    assert find(there.database) is None
    with there.database.session(write=False) as session:
        assert erasures.erased_among(session, [KEY]) == set()


def test_an_objection_made_since_holds(live, people, back_up, here, bring_back):
    path = back_up()
    with live.session() as session:
        person = session.get_one(Person, people[0])
        people_operations.withdraw_everything(
            session,
            person,
            channel=ledger.Channel.RIGHTS_REQUEST,
            notice=withdrawal_notice("en"),
            language="en",
            now=NOW,
        )
        session.commit()
    there = bring_back(path, here, now=LATER, replace=True)
    assert there.prepared.learnt.suppressions == 1
    with there.database.session(write=False) as session:
        shut = session.get_one(Person, people[0]).email_suppression
        assert suppression.is_suppressed(session, shut, "newsletter")
        # The account shows it, too, and nobody else's choices have changed.
        assert [ledger.latest(session, each)["newsletter"].state for each in people] == [
            "withdrawn",
            "granted",
            "granted",
        ]
    assert there.prepared.withdrawn == 1


@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_was_said_last_decides_also_when_it_comes_from_outside(live, people, back_up, here, bring_back):
    with live.session() as session:
        suppression.suppress(session, KEY, "email", "newsletter", "objection", NOW)
        session.commit()
    path = back_up()
    with live.session() as session:
        suppression.lift(session, KEY, "email", "newsletter", "own act", NOW + timedelta(hours=1))
        suppression.suppress(session, KEY, "email", "surveys", "objection", NOW + timedelta(hours=2))
        session.commit()
    there = bring_back(path, here, now=LATER, replace=True)
    with there.database.session(write=False) as session:
        assert suppression.scopes(session, KEY) == {"surveys"}
        assert len(session.scalars(select(Suppression)).all()) == 3


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_line_that_somebody_wrote_themselves_is_not_believed_and_said(
    live, people, back_up, here, bring_back, folder
):
    path = back_up()
    with live.session() as session:
        key = session.get_one(Person, people[0]).email_suppression
    with live.session() as session:
        erasures.add(session, "0" * 64, "email", erasures.Ground.REQUEST, NOW)
        session.commit()
    written = folder / "erasures.jsonl"
    written.write_text(written.read_text() + written.read_text().replace("0" * 64, key))
    there = bring_back(path, here, now=LATER, replace=True)
    assert there.prepared.erased == 0
    assert find(there.database, "n0@example.com") is not None
    assert there.prepared.unread == ("line 2 of erasures.jsonl was changed",)


def test_the_files_outside_name_the_restored_rows_by_their_new_numbers(
    erased_since, here, bring_back, folder
):
    there = bring_back(erased_since, here, now=LATER, replace=True)
    there.database.follow(suppression.FOLLOWED_AS, lambda: outside.keep(there.database, folder, KEYS))
    with there.database.session() as session:
        suppression.suppress(session, "f" * 64, "email", "all", "objection", LATER)
        session.commit()
    with there.database.session(write=False) as session:
        there_now = [each.id for each in session.scalars(select(Suppression).order_by(Suppression.id))]
    assert [
        each["row"] for each in marks.sound(folder / "suppressions.jsonl", KEYS, outside.PURPOSE)
    ] == there_now


@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_open_request_of_whoever_was_erased_ends_with_them(live, acts, relay, back_up, here, bring_back):
    person = acts.customer()
    request = acts.ask(person)
    acts.deliver(relay)
    path = back_up()
    acts.erase(request, relay)
    there = bring_back(path, here, now=LATER, replace=True)
    with there.database.session(write=False) as session:
        assert session.get_one(Request, request).state == State.DUPLICATE
        kinds = set(session.scalars(select(Request.kind)))
    assert kinds == {Kind.ERASURE}
