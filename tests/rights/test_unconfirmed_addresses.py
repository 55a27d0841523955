"""An erasure forgets the address that a person asked to move to and never confirmed, however its mail ended."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from clevenio.accounts import address_changes, operations
from clevenio.accounts.models import AddressChange, MailRequest, Signup
from clevenio.accounts.queries import account_of
from clevenio.mail import Folder
from clevenio.outbox import Mail, MailState
from clevenio.people.addresses import address
from tests.rights.conftest import Acts, make_everything
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


def erase(database, settings, person):
    relay = Folder(settings.data / "mail")
    acts = Acts(database, settings)
    acts.erase(acts.ask(person, LATER), relay, LATER)


@pytest.mark.parametrize("state", sorted(set(MailState) - {MailState.SENDING}))
def test_no_mail_to_it_stays_and_none_goes_out(asked, database, settings, other_session, state):
    person = asked(state)
    file = settings.data / "mail" / FILE
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(f"To: {TO}\n\nmade up\n".encode())
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
        operations.send_link(session, settings, signup, NOW + timedelta(minutes=1))
        for mail in session.scalars(select(Mail)):
            mail.due_at = NOW + timedelta(days=9)
        session.commit()
    erase(database, settings, person)
    with other_session() as session:
        kept = session.scalars(select(Mail).where(Mail.recipient == TO)).one()
        assert (kept.state, bool(kept.message)) == (MailState.PENDING, True)
