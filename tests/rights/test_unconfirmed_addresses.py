"""An erasure forgets the address that a person asked to move to and never confirmed, however its mail ended."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from clevenio.accounts import address_changes, signups
from clevenio.accounts.models import AddressChange, MailRequest, Signup
from clevenio.accounts.queries import account_of
from clevenio.inquiries import operations as inquiries
from clevenio.inquiries.operations import Message
from clevenio.mail import Folder
from clevenio.outbox import Mail, MailState
from clevenio.people import suppression
from clevenio.people.addresses import address
from clevenio.rights.models import Event, Request, UnderWay
from clevenio.rights.requests import note
from tests.rights.conftest import STAFF, Acts, make_everything
from tests.support.factories import NOW

NEW = "aino.seuraava@kärki.example.fi"
TO = address(NEW).ascii
FILE = "20261126-kept.eml"
LATER = NOW + timedelta(days=1)


@pytest.fixture
def asked(database, settings):
    """`asked(state)`: the id of somebody who asked for another address, whose mail there came that far."""

    def make(state):
        with database.session() as session:
            person = make_everything(session, settings)
            account = account_of(session, person.id)
            address_changes.ask(session, settings, account, address(NEW), "en", NOW)
            session.flush()
            request = session.scalars(select(MailRequest).where(MailRequest.kind == "address")).one()
            if state is not None:
                address_changes.write(session, settings, request, NOW + timedelta(seconds=5))
                session.delete(request)
                session.flush()
                mail = session.scalars(select(Mail).where(Mail.recipient == TO)).one()
                mail.state, mail.reply, mail.finished_at = state, f"250 kept in {FILE}", NOW
                mail.due_at = NOW + timedelta(days=9)
            session.commit()
            return person.id

    return make


def erase(database, settings, person, noted=None):
    relay = Folder(settings.data / "mail")
    acts = Acts(database, settings)
    request = acts.ask(person, LATER)
    with database.session() as session:
        note(session, session.get_one(Request, request), STAFF, "extended", LATER, noted)
        session.commit()
        left = [f"event:{each}" for each in session.scalars(select(Event.id))]
    acts.erase(request, relay, LATER, left)


def keep_file(settings, content, name=FILE):
    file = settings.data / "mail" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(content, encoding="utf-8")
    return file


@pytest.mark.parametrize("state", sorted(set(MailState) - {MailState.SENDING}))
def test_no_mail_to_it_stays_and_none_goes_out(asked, database, settings, other_session, state):
    person = asked(state)
    file = keep_file(settings, f"To: {TO}\n\nmade up\n")
    erase(database, settings, person)
    with other_session() as session:
        assert session.scalars(select(AddressChange)).all() == []
        assert [mail.recipient for mail in session.scalars(select(Mail)) if mail.recipient == TO] == []
    assert not file.exists()


def test_a_mail_there_that_was_not_written_yet_is_not_written_any_more(
    asked, database, settings, other_session
):
    erase(database, settings, asked(None))
    with other_session() as session:
        assert session.scalars(select(MailRequest)).all() == []


@pytest.mark.parametrize("state", [MailState.SENT, None])
def test_no_file_and_no_note_says_it_any_more_whether_or_not_a_mail_tells_of_the_file(
    asked, database, settings, other_session, state
):
    person = asked(state)
    files = [
        keep_file(settings, f"To: {TO}\n\nmade up\n", "20261126-older.eml"),
        keep_file(settings, f"To: boss@example.com\n\nThey would move to {NEW}.\n", "20261126-about.eml"),
    ]
    erase(database, settings, person, noted=f"Wants the answer at {NEW}.")
    assert [file.name for file in files if file.exists()] == []
    with other_session() as session:
        notes = session.scalars(select(Event.note).where(Event.note.is_not(None))).all()
        assert notes == ["Wants the answer at …."]
        assert [former for former in session.scalars(select(UnderWay.former)) if former] == []


def test_it_is_not_held_against_whoever_reads_there(asked, database, settings, other_session):
    """Nobody proved that it was theirs, so the mailbox is not shut by their erasure."""
    erase(database, settings, asked(MailState.SENT))
    with other_session() as session:
        key = suppression.email_key(settings.suppression_key, address(NEW).mailbox_key)
        assert not suppression.is_suppressed(session, key, suppression.EVERYTHING)


def test_a_file_of_somebody_who_wrote_to_us_from_there_stays(asked, database, settings):
    person = asked(MailState.SENT)
    with database.session() as session:
        inquiries.send(session, settings, Message("Kaarlo", address(NEW), "Hello", None), "en", NOW)
        session.commit()
    file = keep_file(settings, f"To: {TO}\n\nfor Kaarlo\n", "20261126-kaarlo.eml")
    erase(database, settings, person)
    assert file.exists()


def test_a_mail_that_somebody_else_waits_for_there_stays(asked, database, settings, other_session):
    person = asked(MailState.FAILED)
    with database.session() as session:
        signup = Signup(
            email=NEW,
            address_key=address(NEW).key,
            profile={"first_name": "Kaarlo"},
            password="x",
            language="fi",
            ticked=[],
            wording={"purposes": []},
            texts={"terms": "2026-11-23"},
            created_at=NOW,
        )
        session.add(signup)
        session.flush()
        signups.send_link(session, settings, signup, NOW + timedelta(minutes=1))
        for mail in session.scalars(select(Mail)):
            mail.due_at = NOW + timedelta(days=9)
        session.commit()
    file = keep_file(settings, f"To: {TO}\n\nfor Kaarlo\n", "20261126-kaarlo.eml")
    erase(database, settings, person)
    assert file.exists()
    with other_session() as session:
        kept = session.scalars(select(Mail).where(Mail.recipient == TO)).one()
        assert (kept.state, bool(kept.message)) == (MailState.PENDING, True)
