"""Somebody moved to another address: a platform that received the old one takes that out, and not its holder."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio.accounts.address_changes import Outcome
from clevenio.accounts.mails import KIND
from clevenio.accounts.models import Account, AddressChange
from clevenio.audiences import leavers
from clevenio.audiences.platforms import platforms
from clevenio.outbox import Mail
from clevenio.people import suppression
from clevenio.people.addresses import Address, address
from clevenio.people.models import Person
from clevenio.rights.recipients import uploads
from clevenio.rights.recipients.models import Cause, Task
from clevenio.settings import Settings

FIELD = "email"


def left(session: Session, settings: Settings, now: datetime) -> None:
    """Tasks for the addresses that accounts have left lately: a change is known for as long as its links are."""
    told = select(Task.id).where(
        Task.subject == Account.person_id, Task.field == FIELD, Task.opened_at >= AddressChange.ended_at
    )
    query = (
        select(AddressChange, Account.person_id)
        .join(Account, Account.id == AddressChange.account_id)
        .where(AddressChange.outcome == Outcome.MOVED.value, ~told.exists())
    )
    for change, person in session.execute(query).all():
        old = _left_by(session, change, person)
        if old is not None:
            _take_out(session, settings, person, old, change, now)


def _left_by(session: Session, change: AddressChange, person: UUID) -> Address | None:
    """The address that a change ended, as the mail that told of it there has it; None where somebody has it again."""
    query = select(Mail.recipient).where(
        Mail.person == person,
        Mail.kind == KIND,
        Mail.created_at == change.ended_at,
        Mail.recipient.not_in(("", address(change.email).ascii)),
    )
    found = session.scalar(query.limit(1))
    if found is None:
        return None
    old = address(found)
    has_it = select(Person.id).where(Person.mailbox_key == old.mailbox_key)
    return None if session.scalar(has_it.limit(1)) else old


def _take_out(
    session: Session, settings: Settings, person: UUID, old: Address, change: AddressChange, now: datetime
) -> None:
    key = suppression.email_key(settings.suppression_key, old.mailbox_key)
    for chosen in platforms(settings.data):
        upload = uploads.newest(session, chosen.id, person, FIELD, change.ended_at)
        standing = uploads.standing(session, person, chosen.id, upload) if upload else None
        if not upload or (standing is not None and standing.closed_at is not None):
            continue
        task = uploads.task(chosen, person, upload, Cause.RECTIFICATION, None, now)
        task.field, task.member = FIELD, uuid4()
        session.add(task)
        leavers.keep_value(session, chosen, task.member, key, FIELD, old.key, now)
