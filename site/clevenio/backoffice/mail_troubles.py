"""Account mail that did not arrive, came back, or may not have arrived: shown until somebody decides about each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clevenio import audit
from clevenio.accounts import mail_requests, queries
from clevenio.accounts.models import MailRequest
from clevenio.backoffice import lookup
from clevenio.due import Due
from clevenio.errors import BadInput, Missing, Refused
from clevenio.i18n import format_number, ngettext, since
from clevenio.i18n import gettext as _
from clevenio.newsletter.bounces import queries as bounces
from clevenio.newsletter.bounces.models import Bounce
from clevenio.outbox import TROUBLED, Mail, MailState
from clevenio.paging import Page, page_of
from clevenio.people import restrictions, suppression
from clevenio.people.addresses import address
from clevenio.registry import load

REASON = "looking after mail that did not arrive"


@dataclass(frozen=True)
class Trouble:
    """A mail, and what was reported about it, the newest first.

    `kept_out` is why marketing mail does not go to its mailbox any more, in words; empty where it does.
    """

    mail: Mail
    reports: Sequence[Bounce]
    kept_out: str = ""

    @property
    def may_go_again(self) -> bool:
        """Whether its text is still here; it goes with the relay's word that the mail was taken."""
        return bool(self.mail.message)


def look_through(session: Session, key: str, actor: str, page: int, now: datetime) -> Page[Trouble]:
    """A page of the mails that somebody has to decide about, the oldest trouble first.

    It shows addresses, so who saw whose is written into the audit trail.
    """
    query = select(Mail).where(Mail.state.in_(TROUBLED)).order_by(Mail.finished_at, Mail.id)
    found = page_of(session, query, page)
    if found.rows:
        subjects = {_subject(session, key, mail) for mail in found.rows}
        audit.record(
            session,
            actor=actor,
            action="mail.list",
            reason=REASON,
            details={"subjects": sorted(filter(None, subjects))},
            now=now,
        )
    reports = bounces.of_mails(session, [mail.id for mail in found.rows])
    shown = [Trouble(mail, reports.get(mail.id, ())) for mail in found.rows]
    return Page(shown, found.number, found.pages, found.total)


def look_at(session: Session, key: str, actor: str, mail_id: UUID, now: datetime) -> Trouble:
    """One of them with everything that is known. Raises `Missing`; that somebody looked is an entry."""
    mail = session.get(Mail, mail_id)
    if mail is None or mail.state not in TROUBLED:
        raise Missing("There is no such mail, or somebody decided about it already.")
    _record(session, key, actor, "mail.read", mail, now)
    reports = bounces.of_mails(session, [mail.id]).get(mail.id, [])
    shut = [
        str(suppression.REASONS.get(reason, reason))
        for report in reports
        if report.key is not None
        for reason in _kept_out(session, report.key)
    ]
    return Trouble(mail, reports, ", ".join(dict.fromkeys(shut)))


def _kept_out(session: Session, mailbox: str) -> list[str]:
    """Why no marketing mail goes to a mailbox: what came back, or every topic that is shut.

    Who left one topic alone still gets the others.
    """
    rows = suppression.standing(session, mailbox)
    shut = {row.scope for row in rows}
    if suppression.EVERYTHING in shut or shut >= load().topics.keys():
        return [row.reason for row in rows]
    return [row.reason for row in rows if row.reason in set(suppression.Returned)]


def unwritten(session: Session, key: str, actor: str, now: datetime) -> Sequence[MailRequest]:
    """The mails that were asked for and could not be written; they show addresses, so that is an entry, too."""
    found = mail_requests.failed(session)
    if found:
        subjects = {lookup.hashed(session, key, each.email) for each in found}
        audit.record(
            session,
            actor=actor,
            action="mail.list",
            reason=REASON,
            details={"subjects": sorted(filter(None, subjects))},
            now=now,
        )
    return found


def due(session: Session, now: datetime) -> Iterator[Due]:
    """Mails that failed, came back or ended uncertain, as one thing to do; and those that could not even be written."""
    yield from _due_unwritten(session, now)
    query = select(func.count(), func.min(Mail.finished_at)).where(Mail.state.in_(TROUBLED))
    number, oldest = session.execute(query).one()
    if number:
        text = ngettext(
            "%(num)s mail failed, came back or may not have arrived, %(since)s.",
            "%(num)s mails failed, came back or may not have arrived, the oldest %(since)s.",
            number,
            num=format_number(number),
            since=since(oldest or now, now),
        )
        yield Due(text, _("Decide about the mails"), "mail_troubles_staff.mails", oldest or now)


def _due_unwritten(session: Session, now: datetime) -> Iterator[Due]:
    found = mail_requests.failed(session)
    if found:
        oldest = found[0].failed_at or now
        text = ngettext(
            "%(num)s mail that was asked for could not be written, %(since)s.",
            "%(num)s mails that were asked for could not be written, the oldest %(since)s.",
            len(found),
            num=format_number(len(found)),
            since=since(oldest, now),
        )
        yield Due(text, _("Decide about the mails"), "mail_troubles_staff.mails", oldest)


def send_again(session: Session, key: str, actor: str, mail_id: UUID, now: datetime) -> None:
    """Put a mail back into the queue; that it may then arrive twice is the decision.

    Raises `Missing`, and `Refused` where its text has gone: whatever it was about has to be asked for anew.
    """
    mail = _decided(session, key, actor, "mail.again", mail_id, now)
    if not mail.message:
        raise Refused("The text of this mail has gone, so it cannot be sent again.")
    mail.state, mail.attempts, mail.due_at = MailState.PENDING, 0, now
    mail.claim = mail.finished_at = None


def let_go(session: Session, key: str, actor: str, mail_id: UUID, now: datetime) -> None:
    """Leave it at that: the mail is not sent again, and its text goes. Raises `Missing`.

    So does its address, where it is nobody's we know and nothing waits for it that forgets it later.
    """
    mail = _decided(session, key, actor, "mail.let_go", mail_id, now)
    mail.state, mail.message = MailState.LET_GO, b""
    if mail.person is None and not _is_held(session, mail.recipient):
        mail.recipient, mail.reply = "", None


def _is_held(session: Session, recipient: str) -> bool:
    try:
        named = address(recipient)
    except BadInput:
        return False
    return restrictions.is_restricted(session, named.key) or queries.is_awaited(session, named)


def ask_again(session: Session, key: str, actor: str, request: UUID, now: datetime) -> None:
    """Have a mail that could not be written tried anew. Raises `Missing`."""
    _decided_request(session, key, actor, "mail.again", mail_requests.take_up_again(session, request), now)


def forget_request(session: Session, key: str, actor: str, request: UUID, now: datetime) -> None:
    """Leave it at that: the mail is not written. Raises `Missing`."""
    _decided_request(session, key, actor, "mail.let_go", mail_requests.let_go(session, request), now)


def _decided_request(
    session: Session, key: str, actor: str, action: str, request: MailRequest, now: datetime
) -> None:
    audit.record(
        session,
        actor=actor,
        action=action,
        subject=lookup.hashed(session, key, request.email),
        reason=REASON,
        details={"mail": str(request.id), "kind": request.kind},
        now=now,
    )


def _decided(session: Session, key: str, actor: str, action: str, mail_id: UUID, now: datetime) -> Mail:
    mail = session.get(Mail, mail_id, with_for_update=True)
    if mail is None or mail.state not in TROUBLED:
        raise Missing("There is no such mail, or somebody decided about it already.")
    _record(session, key, actor, action, mail, now)
    return mail


def _record(session: Session, key: str, actor: str, action: str, mail: Mail, now: datetime) -> None:
    audit.record(
        session,
        actor=actor,
        action=action,
        subject=_subject(session, key, mail),
        reason=REASON,
        details={"mail": str(mail.id), "kind": mail.kind},
        now=now,
    )


def _subject(session: Session, key: str, mail: Mail) -> str | None:
    """Whom the trail names for a mail: the person it was for, else whoever has its address."""
    return (
        audit.subject_hash(key, mail.person) if mail.person else lookup.hashed(session, key, mail.recipient)
    )
