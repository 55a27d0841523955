"""An erasure forgets every address that somebody ever had with us, and touches nobody who has one now."""

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select

from clevenio.accounts import address_changes, signups
from clevenio.accounts.address_changes import Side
from clevenio.accounts.models import MailRequest
from clevenio.accounts.queries import account_of
from clevenio.inquiries import operations as inquiries
from clevenio.inquiries.models import Inquiry
from clevenio.inquiries.operations import Message
from clevenio.newsletter import operations as newsletter
from clevenio.outbox import Mail
from clevenio.people import erasures, links, suppression
from clevenio.people.addresses import address
from clevenio.people.models import Link
from clevenio.rights import erasure, subjects
from clevenio.rights.completion import READABLE
from clevenio.rights.models import Request, State, Submission
from tests.rights.conftest import Acts, make_everything
from tests.support.factories import NOW, SUPPRESSION_KEY, make_person

FIRST, SECOND, THIRD = "Aino.Ensin@example.com", "aino.toinen@kärki.example.fi", "aino.kolmas@example.fi"
NEEDLES = (b"aino.ensin", b"aino.toinen", b"aino.kolmas", b"Aino.Ensin")


def move(session, settings, person, to, now):
    """The whole change of an address: asked for, mailed to both, confirmed at both."""
    account = account_of(session, person.id)
    address_changes.ask(session, settings, account, address(to), "en", now)
    session.flush()
    request = session.scalars(select(MailRequest).where(MailRequest.kind == "address")).one()
    address_changes.write(session, settings, request, now)
    session.delete(request)
    change = address_changes.waiting(session, account.id, now)
    for side in Side:
        data = {"change": str(change.id), "side": side.value, "language": "en"}
        token = links.make(session, settings.mail_keys, "address", now, data=data, until=change.expires_at)
        session.flush()
        address_changes.confirm(session, settings, token, now)
    session.flush()
    assert person.email == address(to).email


def a_request(submission, at):
    """A request from an address that the person does not have any more, as nobody checked it."""
    return Request(
        submission=submission,
        kind="access",
        asker="person",
        channel="contact_page",
        subject=uuid4(),
        key="0" * 64,
        language="fi",
        received_at=at,
        recorded_at=at,
        state="unverified",
    )


@pytest.fixture
def moved(database, settings, relay):
    """Somebody who wrote to us, signed up, and changed the address twice; every mail delivered. Their id."""
    acts = Acts(database, settings)
    with database.session() as session:
        stranger = Message("Aino", address(FIRST), "Before there was an account", None)
        inquiries.send(session, settings, stranger, "fi", NOW)
        session.commit()
    with database.session() as session:
        person = make_everything(session, settings, FIRST)
        for written in session.scalars(select(Submission)):
            session.add(a_request(written.id, NOW))
        newsletter.ask(session, settings, address(FIRST), ["surveys"], "en", NOW)
        # What a signup mails, before there is a person.
        signup = signups.queries.waiting_signup(session, address(FIRST).key, NOW - timedelta(days=1))
        signup.profile = {"first_name": "Aino", "last_name": "E", "company": "Oy"}
        signups.send_link(session, settings, signup, NOW)
        session.commit()
        number = person.id
    acts.deliver(relay)
    for day, to in enumerate((SECOND, THIRD), start=1):
        now = NOW + timedelta(days=day)
        with database.session() as session:
            person = session.get(type(person), number)
            move(session, settings, person, to, now)
            session.commit()
        acts.deliver(relay, now)
    return number


def later(days=3):
    return NOW + timedelta(days=days)


def test_mail_to_a_former_address_belongs_to_the_person(moved, other_session):
    with other_session() as session:
        rows = session.scalars(select(Mail)).all()
    former = [mail for mail in rows if mail.recipient.lower() in (FIRST.lower(), address(SECOND).ascii)]
    assert len(former) > 5
    assert {mail.person for mail in former} == {moved}


def test_what_came_from_a_former_address_is_counted_and_erased(
    moved, database, settings, relay, other_session
):
    acts = Acts(database, settings)
    with database.session(write=False) as session:
        person = session.get_one(subjects.Person, moved)
        plan = erasure.plan(session, subjects.of_person(session, settings, person), later())
    rows = {line.holding.name: line.rows for line in plan.lines}
    # The message from before there was a person, and the one since.
    assert rows["inquiries"] == 2
    assert rows["mails"] > 5
    assert rows["signups"] == 1
    acts.erase(acts.ask(moved, later()), relay, later())
    with other_session() as session:
        assert session.scalars(select(Inquiry)).all() == []
        assert [link for link in session.scalars(select(Link)) if "email" in link.data] == []
        assert {mail.person for mail in session.scalars(select(Mail))} <= {None}


@pytest.mark.parametrize("backend", ["sqlite"])
def test_no_former_address_is_on_the_disk(moved, database, settings, relay):
    acts = Acts(database, settings)
    path = database.url.database

    def holding():
        paths = [Path(f"{path}{end}") for end in ("", "-wal", "-shm")]
        paths += [file for file in settings.data.rglob("*") if file.is_file()]
        return [
            (str(file), needle)
            for file in paths
            for needle in NEEDLES
            if file.exists() and needle in file.read_bytes()
        ]

    assert {needle for _, needle in holding()} == set(NEEDLES)
    request = acts.ask(moved, later())
    acts.erase(request, relay, later())
    assert acts.request(request).state == State.DONE
    # Only the answer itself, to the present address, until it has been read.
    assert {needle for _, needle in holding()} <= {b"aino.kolmas"}
    acts.go_on(later() + READABLE)
    assert holding() == []


def test_the_erasure_holds_for_former_addresses_too(moved, database, settings, relay, other_session):
    acts = Acts(database, settings)
    acts.erase(acts.ask(moved, later()), relay, later())
    keys = {
        suppression.email_key(SUPPRESSION_KEY, address(each).mailbox_key) for each in (FIRST, SECOND, THIRD)
    }
    with other_session() as session:
        assert erasures.erased_among(session, keys) == keys
        assert all(suppression.is_suppressed(session, key, suppression.EVERYTHING) for key in keys)


def test_whoever_has_a_former_address_now_loses_nothing(
    moved, database, settings, relay, other_session, mailbox
):
    acts = Acts(database, settings)
    with database.session() as session:
        colleague = make_person(session, FIRST)
        message = Message("Kaarlo", address(FIRST), "Written by whoever has it now", None)
        inquiries.send(session, settings, message, "en", later(2))
        session.commit()
        other = colleague.id
    acts.deliver(relay, later(2))
    before = {path.name for path in (settings.data / "mail").glob("*.eml")}
    acts.erase(acts.ask(moved, later()), relay, later())
    with other_session() as session:
        assert session.get(subjects.Person, other) is not None
        assert [inquiry.subject for inquiry in session.scalars(select(Inquiry))] == [other]
        mine = session.scalars(select(Mail).where(Mail.recipient == FIRST)).all()
        key = suppression.email_key(SUPPRESSION_KEY, address(FIRST).mailbox_key)
        assert not suppression.is_suppressed(session, key, suppression.EVERYTHING)
    # The receipt of the colleague's own message; everything to the one who left is gone, files and all.
    [receipt] = mine
    assert receipt.created_at == later(2)
    kept = list(mailbox.all(FIRST))
    assert len(kept) == 1
    assert {path.name for path in (settings.data / "mail").glob("*.eml")} & before


def test_an_address_that_never_became_theirs_is_forgotten_with_the_change(
    moved, database, settings, relay, other_session
):
    acts, typed = Acts(database, settings), "mistyped@example.fi"
    with database.session() as session:
        account = account_of(session, moved)
        address_changes.ask(session, settings, account, address(typed), "en", later(2))
        session.flush()
        request = session.scalars(select(MailRequest).where(MailRequest.email == typed)).one()
        address_changes.write(session, settings, request, later(2))
        session.delete(request)
        session.commit()
    acts.deliver(relay, later(2))
    with database.session() as session:
        address_changes.stop_waiting(session, account.id, later(2))
        session.commit()
    acts.erase(acts.ask(moved, later()), relay, later())
    with other_session() as session:
        assert session.scalars(select(Mail).where(Mail.recipient == typed)).all() == []
