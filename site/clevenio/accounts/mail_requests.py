"""Account mails that somebody asked for by an address: noted at once, looked into by the worker.

Noting costs the same for every address, so neither the answer nor its duration tells whether an
account is open there, a signup waits, or nobody is known. What there is to say goes to the mailbox.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from clevenio import limits, once, outbox
from clevenio.accounts import address_changes, mails, password_changes, queries, signups
from clevenio.accounts.models import MailRequest
from clevenio.database import Database
from clevenio.errors import Missing
from clevenio.people import restrictions
from clevenio.people.addresses import Address, address
from clevenio.settings import Settings
from clevenio.sweeps import Sweep

log = logging.getLogger(__name__)


class Asked(StrEnum):
    """Which mail was asked for."""

    RESET = password_changes.KIND
    VERIFICATION = "verification"
    ADDRESS = address_changes.KIND


def ask(session: Session, settings: Settings, kind: str, to: Address, language: str, now: datetime) -> None:
    """Note that the mail was asked for; the same form again within ten minutes is one request.

    `kind` is one of `Asked`, or of those that a room above answers.
    """
    if once.first_time(session, settings.secret_keys[0], kind, {"email": to.key}, now):
        session.add(MailRequest(kind=kind, email=to.email, language=language, created_at=now))


def answer_due(
    database: Database, settings: Settings, now: datetime, more: "Mapping[str, Answer] | None" = None
) -> int:
    """Look into every request, each in a transaction of its own; returns how many there were.

    `more` are the answers of rooms above, by kind.
    """
    answers = {**ANSWERS, **(more or {})}
    answered = 0
    while True:
        with database.session() as session:
            request = _claim(session, now)
            if request is None:
                return answered
            which, failures = request.id, request.attempts + 1
            try:
                answers[request.kind](session, settings, request, now)
                session.commit()
                answered += 1
            except Exception:
                # Whatever is wrong with one holds up no other, and the request itself is not lost.
                log.exception("a mail that was asked for could not be written")
                session.rollback()
                _put_off(session, which, failures, now)
                session.commit()


def _put_off(session: Session, request: UUID, failures: int, now: datetime) -> None:
    """Until later, as often as a relay may put a mail off; then it has failed, and staff are told."""
    values: dict[str, object] = {"attempts": failures}
    if failures > len(outbox.BACKOFF):
        values["failed_at"] = now
    else:
        values["due_at"] = now + timedelta(minutes=outbox.BACKOFF[failures - 1])
    session.execute(update(MailRequest).where(MailRequest.id == request).values(values))


def failed(session: Session) -> Sequence[MailRequest]:
    """Those that have failed for good and that nobody has decided about; the oldest trouble first."""
    query = select(MailRequest).where(MailRequest.failed_at.is_not(None))
    return session.scalars(query.order_by(MailRequest.failed_at, MailRequest.id)).all()


def take_up_again(session: Session, request: UUID) -> MailRequest:
    """Look into one that had failed anew, from the start. Raises `Missing`."""
    found = _failed(session, request)
    found.attempts, found.due_at, found.failed_at = 0, None, None
    return found


def let_go(session: Session, request: UUID) -> MailRequest:
    """Forget one that has failed. Raises `Missing`."""
    found = _failed(session, request)
    session.delete(found)
    return found


def _failed(session: Session, request: UUID) -> MailRequest:
    found = session.get(MailRequest, request, with_for_update=True)
    if found is None or found.failed_at is None:
        raise Missing("There is no such mail, or somebody decided about it already.")
    return found


def _claim(session: Session, now: datetime) -> MailRequest | None:
    """The oldest request that is due, taken out of the table in this transaction."""
    is_due = or_(MailRequest.due_at.is_(None), MailRequest.due_at <= now)
    oldest = (
        select(MailRequest.id)
        .where(is_due, MailRequest.failed_at.is_(None))
        .order_by(MailRequest.created_at)
        .limit(1)
    )
    taken = delete(MailRequest).where(
        MailRequest.id == oldest.with_for_update(skip_locked=True).scalar_subquery()
    )
    return session.scalars(taken.returning(MailRequest)).one_or_none()


def _reset(session: Session, settings: Settings, request: MailRequest, now: datetime) -> None:
    """A link to a new password, where an account is open; else there is nobody to write to."""
    account = queries.account_at(session, address(request.email).key)
    if account is not None and queries.may_enter(account):
        password_changes.send_link(session, settings, account, now)


def _verification(session: Session, settings: Settings, request: MailRequest, now: datetime) -> None:
    """The mail of a signup again; an address with an account is told so, as it is when signing up."""
    to = address(request.email)
    account = queries.account_at(session, to.key)
    signup = queries.waiting_signup(session, to.key, now - signups.kept())
    if (account is None and signup is None) or restrictions.is_restricted(session, to.key):
        return
    if not limits.take(session, settings.secret_keys[0], signups.MAILS, to.mailbox_key, now):
        return
    if account is not None:
        mails.queue_known(session, settings, account.person, now)
    elif signup is not None:
        signups.send_link(session, settings, signup, now)


Answer = Callable[[Session, Settings, MailRequest, datetime], None]
ANSWERS: Mapping[str, Answer] = {
    Asked.RESET: _reset,
    Asked.VERIFICATION: _verification,
    Asked.ADDRESS: address_changes.write,
}


SWEEPS = (
    Sweep("unwritten_mail", "mail_requests", MailRequest, lambda start, _now: MailRequest.failed_at <= start),
)
