"""Requests that came by the form beyond the limits of its mails: the link follows as soon as these have room again."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clevenio import limits
from clevenio.database import Database
from clevenio.people.addresses import Address, address
from clevenio.rights.asking.operations import MAILS, has_room, mail_link
from clevenio.rights.models import Asker, Channel, Request, State, Submission
from clevenio.settings import Settings

# Where answers go elsewhere, staff compare facts instead (`identity.send_link`).
_HELD = (
    Request.state == State.RECEIVED.value,
    Request.channel == Channel.PAGE.value,
    Request.asker == Asker.PERSON.value,
    Request.answer_to.is_(None),
    Request.answer_way.is_(None),
    Submission.email.is_not(None),
)


def go_on(settings: Settings, database: Database, now: datetime) -> int:
    """Mail one link to each address where requests wait without one and the limits have room; how many were queued."""
    with database.session(write=False) as session:
        due = _due(session, settings, now)
    number = 0
    for key in due:
        with database.session() as session:
            number += _mail(session, settings, key, now)
            session.commit()
    return number


def _due(session: Session, settings: Settings, now: datetime) -> Sequence[str]:
    """The keys of these addresses, whoever waits longest first."""
    query = select(Submission.address_key, func.min(Submission.email))
    waiting = query.join(Request, Request.submission == Submission.id).where(*_HELD)
    found = session.execute(
        waiting.group_by(Submission.address_key).order_by(
            func.min(Request.received_at), Submission.address_key
        )
    )
    return [
        key for key, email in found if key and email and not _is_spent(session, settings, address(email), now)
    ]


def _is_spent(session: Session, settings: Settings, to: Address, now: datetime) -> bool:
    key = settings.secret_keys[0]
    return any(limits.is_spent(session, key, limit, to.mailbox_key, now) for limit in MAILS)


def _mail(session: Session, settings: Settings, key: str, now: datetime) -> bool:
    """One mail for all that waits at an address, in the language of the last; False where somebody was faster."""
    query = select(Request, Submission).join(Submission, Submission.id == Request.submission)
    found = session.execute(
        query.where(Submission.address_key == key, *_HELD)
        .order_by(Request.received_at, Request.kind)
        .with_for_update(of=Request)
    ).all()
    if not found:
        return False
    last, submission = found[-1]
    to = address(submission.email) if submission.email else None
    if to is None or not has_room(session, settings, MAILS, to, now):
        return False
    mail_link(session, settings, to, submission, [each for each, _ in found], last.language, now)
    return True
