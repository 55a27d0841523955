"""Inquiries as tests send them."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from uuid import UUID, uuid4

import pytest

from clevenio.inquiries import operations, queries
from clevenio.inquiries.models import Inquiry
from clevenio.inquiries.operations import Message
from clevenio.outbox import Mail
from clevenio.people.addresses import address
from clevenio.people.staff_members import StaffMember
from tests.support.factories import NOW
from tests.support.staff import make_member

HEALTH = "I have diabetes"
TEXT = f"Hello, how do I begin? {HEALTH} and need regular breaks.\nBest wishes,\nAino"


def a_message(text: str = "How do I begin?", email: str = "aino@example.com", **values: Any) -> Message:
    """What somebody typed into the form."""
    return Message(name="Aino Esimerkki", address=address(email), message=text, company=None, **values)


def parsed(mail: Mail) -> EmailMessage:
    """A mail that waits to be sent, as its reader gets it."""
    return message_from_bytes(mail.message.replace(b"\r\n", b"\n"), policy=policy.default)


@pytest.fixture
def answering(database, settings):
    """`answering("Message")`: a member of staff and an inquiry that came in; their ids."""

    def arrive(
        text: str = "How do I begin?", language: str = "en", **values: Any
    ) -> tuple[StaffMember, UUID]:
        with database.session() as session:
            member = make_member(session, f"answers{uuid4().hex[:6]}@example.com", "support")
            inquiry = operations.send(session, settings, a_message(text, **values), language, NOW)
            assert inquiry
            session.commit()
            return member, inquiry.id

    return arrive


@pytest.fixture
def thread(other_session):
    """`thread(inquiry)`: what was answered, as another session sees it, with its mail."""

    def read(inquiry_id: UUID) -> list[Any]:
        with other_session() as session:
            return queries.sent(session, session.get_one(Inquiry, inquiry_id))

    return read
