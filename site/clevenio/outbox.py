"""Account mail: a row written in the same transaction as what it tells about, delivered after it.

A row is claimed for a while, handed to the relay, and ends as sent, failed or, where the connection
broke after the body had gone, uncertain: that one is shown to staff and never repeated by itself.
"""

import logging
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from sqlalchemy import Index, LargeBinary, String, case, func, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapped, Session, mapped_column

from clevenio import buckets
from clevenio import mail as mails
from clevenio.buckets import Limits
from clevenio.database import Base, Database, UtcDateTime
from clevenio.mail import Rendered
from clevenio.settings import Settings
from clevenio.signing import new_handle
from clevenio.smtp import BROKEN, INTERRUPTED, MOST_UNANSWERED, RESTRICTED, STOPPED, Lost, Reply, Transport

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=5)
# So long a relay is left alone that took several mails and said nothing of them.
HOLD_OFF = timedelta(minutes=1)
# 4xx backs off: minutes until the next try; after the last one the mail has failed.
BACKOFF = (1, 5, 15, 60, 240, 720, 1440)
# Before a relay's answer to our own address, which is no word about the recipient.
OUR_ADDRESS = "our own address: "


class MailState(StrEnum):
    """Where a mail is. One that came back was sent before; staff let go what did not arrive, or may not have."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    RETURNED = "returned"
    LET_GO = "let_go"
    WITHHELD = "withheld"


# What handing one over ends in; the other states come later, or without a relay.
HANDED_OVER = (MailState.SENT, MailState.FAILED, MailState.UNCERTAIN)
# What somebody of the staff decides about.
TROUBLED = (MailState.FAILED, MailState.UNCERTAIN, MailState.RETURNED)


class Mail(Base):
    """One account mail. `message` is the whole message as bytes, emptied once the relay has it.

    `message_id` is what is random in its Message-ID, by which a report about it is known. `about` is what it
    belongs to, by id, where somebody has to see there whether it arrived.
    """

    __tablename__ = "mails"
    # What waits is found among all that was ever sent.
    __table_args__ = (Index("ix_mails_state", "state", "due_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    person: Mapped[UUID | None] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(32))
    sender: Mapped[str] = mapped_column(String(320))
    recipient: Mapped[str] = mapped_column(String(320), index=True)
    subject: Mapped[str] = mapped_column(String(300))
    message: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(16), default=MailState.PENDING)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    claim: Mapped[UUID | None]
    reply: Mapped[str | None] = mapped_column(String(600))
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    message_id: Mapped[str | None] = mapped_column(String(64), index=True)
    about: Mapped[UUID | None] = mapped_column(index=True)


def queue(
    session: Session,
    *,
    kind: str,
    sender: str,
    recipient: str,
    subject: str,
    message: bytes,
    now: datetime,
    person: UUID | None = None,
) -> Mail:
    """Add a mail to this transaction; it leaves after the commit."""
    mail = Mail(
        kind=kind,
        sender=sender,
        recipient=recipient,
        subject=subject[:300],
        message=message,
        message_id=mails.random_part(mails.message_id_of(message))[:64] or None,
        person=person,
        created_at=now,
        due_at=now,
    )
    session.add(mail)
    return mail


def queue_account_mail(
    session: Session,
    settings: Settings,
    template: str,
    *,
    kind: str,
    to: str,
    language: str,
    now: datetime,
    person: UUID | None = None,
    **values: object,
) -> Mail:
    """Render a mail about an account or another act of somebody's own, and queue it in this transaction.

    `to` is an address as mail takes it. The template gets `settings` and `values`; there is nothing
    to unsubscribe from.
    """
    rendered, message = account_mail(
        settings,
        template,
        to=to,
        language=language,
        now=now,
        message_id=new_message_id(settings),
        values=values,
    )
    return queue(
        session,
        kind=kind,
        sender=mails.return_path(settings, settings.account_from),
        recipient=to,
        subject=rendered.subject,
        message=message,
        now=now,
        person=person,
    )


def account_mail(
    settings: Settings,
    template: str,
    *,
    to: str,
    language: str,
    now: datetime,
    message_id: str,
    values: Mapping[str, object],
    headers: Mapping[str, str] | None = None,
) -> tuple[Rendered, bytes]:
    """The mail that `queue_account_mail` queues, in its parts and as it goes over the wire."""
    rendered = mails.render(template, language, settings=settings, unsubscribe=None, **values)
    reply_to = {"Reply-To": settings.reply_to} if settings.reply_to else {}
    message = mails.build(
        rendered,
        sender=settings.account_from,
        to=to,
        language=language,
        message_id=message_id,
        now=now,
        headers={**reply_to, **(headers or {})},
    )
    return rendered, message


def is_leaving(mail: Mail, now: datetime) -> bool:
    """Whether somebody is handing a mail over, so that nothing can be changed about it."""
    is_claimed = mail.state == MailState.PENDING and mail.claim is not None and mail.due_at > now
    return mail.state == MailState.SENDING or is_claimed


def belong(session: Session, recipients: Collection[str], person: UUID) -> None:
    """Mails to an address, in its lower-case forms, that named nobody are this person's from now on.

    For whoever leaves an address: afterwards nothing else tells whose they were.
    """
    session.execute(
        update(Mail)
        .where(Mail.person.is_(None), func.lower(Mail.recipient).in_(recipients))
        .values(person=person)
        .execution_options(synchronize_session=False)
    )


def forget_recipient(session: Session, kind: str, recipient: str) -> None:
    """Forget to whom mails of a kind went that belong to nobody we know, whichever way they ended.

    What they were about has come to nothing, so one that did not arrive is let go. One that waits keeps
    its address.
    """
    troubled = Mail.state.in_(TROUBLED)
    session.execute(
        update(Mail)
        .where(
            Mail.recipient == recipient,
            Mail.kind == kind,
            Mail.person.is_(None),
            Mail.state.not_in((MailState.PENDING, MailState.SENDING)),
        )
        .values(
            recipient="",
            reply=None,
            message=b"",
            state=case((troubled, MailState.LET_GO.value), else_=Mail.state),
        )
    )


def forget(mail: Mail) -> None:
    """Forget to whom a mail went, whichever way it ended. One that failed is let go; one that comes back is still known."""
    mail.recipient, mail.reply, mail.message, mail.person = "", None, b"", None
    if mail.state in (MailState.FAILED, MailState.UNCERTAIN):
        mail.state = MailState.LET_GO


def come_back(mail: Mail, now: datetime) -> None:
    """A report says that this mail did not arrive. It is locked.

    One that is still being handed over had left, and nothing that is said of it afterwards changes that. One that
    waits to be sent again waits on. Where nobody is left to whom it matters, there is nothing to decide.
    """
    if mail.state in (MailState.SENT, MailState.UNCERTAIN, MailState.SENDING):
        mail.state = MailState.RETURNED if mail.recipient or mail.about else MailState.LET_GO
        mail.claim, mail.finished_at = None, now


def new_message_id(settings: Settings) -> str:
    """A new Message-ID: random at our own host, so that it tells nothing (RFC 5322 3.6.4)."""
    return f"<{new_handle()}@{urlsplit(settings.base_url).hostname}>"


def _anything(_mail: Mail) -> bool:
    return True


class Overtaken(Exception):
    """The relay was ready, and the mail is somebody else's by now: our lease had ended."""


def deliver_due(
    database: Database,
    transport: Transport,
    clock: Callable[[], datetime],
    may_leave: Callable[[Mail], bool] = _anything,
    limits: Limits | None = None,
) -> int:
    """Deliver what is due, one mail at a time; returns how many were tried.

    `may_leave` is asked of each when its turn comes; one that may not is withheld for good. Each counts
    against `limits` and waits for none of them: campaigns have what is left. A relay that said nothing of the last
    few is tried with one a minute, whoever calls: else nobody would know of any of them. One that is not there ends the
    round: each of the others would wait for it as long.
    """
    now = clock()
    with database.session() as session:
        _give_up_on_unknown(session, now)
        _give_up_on_hopeless(session, now)
        is_silent = _is_silent(session, now)
        session.commit()
    if is_silent:
        return 0
    tried, goes_on = 0, True
    while goes_on and (mail := _claim(database, clock(), limits or Limits())) is not None:
        if may_leave(mail):
            goes_on = _deliver(database, transport, mail, clock)
        else:
            _set(database, mail, state=MailState.WITHHELD, finished_at=clock(), reply=RESTRICTED)
        tried += 1
    return tried


def is_waiting(session: Session, now: datetime) -> bool:
    """Whether a mail is due."""
    due = select(Mail.id).where(Mail.state == MailState.PENDING, Mail.due_at <= now).limit(1)
    return session.scalar(due) is not None


def _is_silent(session: Session, now: datetime) -> bool:
    """Whether nobody knows of the last few mails, and the newest of them was tried within a minute."""
    lately = select(Mail.id).where(Mail.state == MailState.UNCERTAIN, Mail.finished_at > now - HOLD_OFF)
    if session.scalar(lately.limit(1)) is None:
        return False
    ended = select(Mail.state).where(Mail.state.in_(HANDED_OVER)).order_by(Mail.finished_at.desc())
    last = session.scalars(ended.limit(MOST_UNANSWERED)).all()
    return len(last) == MOST_UNANSWERED and set(last) == {MailState.UNCERTAIN}


def _give_up_on_unknown(session: Session, now: datetime) -> None:
    """A claim that ran out while the body was on its way: nobody knows whether it arrived."""
    session.execute(
        update(Mail)
        .where(Mail.state == MailState.SENDING, Mail.due_at <= now)
        .values(state=MailState.UNCERTAIN, finished_at=now, reply=INTERRUPTED)
    )


def _give_up_on_hopeless(session: Session, now: datetime) -> None:
    """A mail at which the worker itself died as often as a relay may put one off: it has failed."""
    session.execute(
        update(Mail)
        .where(Mail.state == MailState.PENDING, Mail.due_at <= now, Mail.attempts > len(BACKOFF))
        .values(state=MailState.FAILED, finished_at=now, reply=STOPPED)
    )


def _claim(database: Database, now: datetime, limits: Limits) -> Mail | None:
    """The oldest mail that is due, leased to this caller until `LEASE` from now."""
    with database.session() as session:
        oldest = (
            select(Mail.id)
            .where(Mail.state == MailState.PENDING, Mail.due_at <= now)
            .order_by(Mail.due_at)
            .limit(1)
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )
        mail = session.scalars(
            update(Mail)
            .where(Mail.id == oldest)
            .values(due_at=now + LEASE, claim=uuid4(), attempts=Mail.attempts + 1)
            .returning(Mail)
        ).one_or_none()
        if mail is not None:
            rates = (*limits.overall, *limits.of_domain(mail.recipient))
            buckets.take(session, rates, 1, now, owed=True)
        session.commit()
        return mail


def _deliver(database: Database, transport: Transport, mail: Mail, clock: Callable[[], datetime]) -> bool:
    """Deliver one; whether the next may follow at once, which it may not where the relay is not there."""
    is_there = True
    try:
        reply = transport.deliver(
            mail.sender, mail.recipient, mail.message, lambda: _begin(database, mail, clock())
        )
    except Overtaken:
        return True
    except Lost as lost:
        if lost.after_data:
            _set(database, mail, state=MailState.UNCERTAIN, finished_at=clock(), reply=str(lost))
            return lost.in_a_row < MOST_UNANSWERED
        # It costs one mail a try, not everybody's, and the worker one wait.
        is_there, reply = False, Reply(421, str(lost))
    except (DBAPIError, OSError):
        # Trouble of ours with every mail, not with this one: it waits for the end of its lease, and this
        # was no attempt.
        with suppress(DBAPIError):
            _set(database, mail, attempts=Mail.attempts - 1)
        raise
    except Exception:
        # Whatever is wrong with one holds up no other.
        log.exception("a mail could not be handed over")
        transport.close()
        if _has_left(database, mail):
            _set(database, mail, state=MailState.UNCERTAIN, finished_at=clock(), reply=BROKEN)
            return True
        reply = Reply(451, BROKEN)
    now, text = clock(), OUR_ADDRESS * reply.about_sender + reply.said
    if reply.is_sent:
        _set(database, mail, state=MailState.SENT, finished_at=now, reply=text, message=b"")
    elif reply.is_final or mail.attempts > len(BACKOFF):
        _set(database, mail, state=MailState.FAILED, finished_at=now, reply=text)
    else:
        due = now + timedelta(minutes=BACKOFF[mail.attempts - 1])
        _set(database, mail, state=MailState.PENDING, due_at=due, claim=None, reply=text)
    return is_there


def _begin(database: Database, mail: Mail, now: datetime) -> None:
    if not _set(database, mail, state=MailState.SENDING, due_at=now + LEASE):
        raise Overtaken


def _has_left(database: Database, mail: Mail) -> bool:
    """Whether the body of this mail was on its way."""
    with database.session(write=False) as session:
        return session.scalar(select(Mail.state).where(Mail.id == mail.id)) == MailState.SENDING


def _set(database: Database, mail: Mail, **values: object) -> bool:
    """Write down how far this mail came, if it is still ours; whether it is."""
    with database.write() as connection:
        ours = update(Mail).where(Mail.id == mail.id, Mail.claim == mail.claim)
        return connection.execute(ours.values(**values)).rowcount == 1
