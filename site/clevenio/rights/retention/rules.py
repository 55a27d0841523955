"""Every sweep there is, in the order in which they run: what hangs on somebody goes before they do."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import Session

from clevenio import buckets, limits, once
from clevenio.accounts import address_changes, mail_requests, sessions, signups
from clevenio.accounts.factors import challenges, totp
from clevenio.audiences import blurring, leavers
from clevenio.audiences import expiry as audiences
from clevenio.consent.advertising import operations as advertising
from clevenio.database import Base, Database
from clevenio.inquiries import queries as inquiries
from clevenio.newsletter import expiry as newsletter
from clevenio.newsletter import operations as subscriptions
from clevenio.outbox import Mail
from clevenio.people import links, usage
from clevenio.people.holds import held_people, held_requests, is_held_address
from clevenio.people.imports import keeping
from clevenio.people.staff_members import StaffMember
from clevenio.registry import load
from clevenio.rights import clocks
from clevenio.rights.access import operations as own_files
from clevenio.rights.disclosures import queries as disclosures
from clevenio.rights.holdings import ALERTS, HOLDINGS, Holding
from clevenio.rights.letters.models import Letter
from clevenio.rights.models import Correction, Event, Keep, Request, Submission
from clevenio.rights.recipients.models import Task
from clevenio.rights.retention.engine import Retention, Sweeping
from clevenio.rights.retention.evidence import Evidence
from clevenio.rights.retention.trail import Trail
from clevenio.rights.retention.unused import Unneeded, Unused, Warnings
from clevenio.settings import Settings
from clevenio.sweeps import Key, Sweep


def retention(
    settings: Settings, database: Database, first: Callable[[], object] = lambda: None
) -> Retention:
    """The engine with every sweep; `first` is done before each batch."""
    return Retention(database, settings.data, sweeps(settings), first)


def sweeps(settings: Settings) -> tuple[Sweeping, ...]:
    """Every sweep of every room."""
    return (
        *limits.SWEEPS,
        *keeping.SWEEPS,
        *buckets.SWEEPS,
        *once.SWEEPS,
        *challenges.SWEEPS,
        *totp.SWEEPS,
        *address_changes.SWEEPS,
        *links.SWEEPS,
        *signups.SWEEPS,
        *subscriptions.SWEEPS,
        *mail_requests.SWEEPS,
        *usage.SWEEPS,
        *sessions.SWEEPS,
        *advertising.SWEEPS,
        *inquiries.SWEEPS,
        *newsletter.SWEEPS,
        *audiences.SWEEPS,
        *blurring.SWEEPS,
        *leavers.SWEEPS,
        *own_files.SWEEPS,
        *disclosures.SWEEPS,
        MAILS,
        STAFF,
        MISUSE,
        REQUESTS,
        DIGESTS,
        TASKS,
        *(_kept(holding) for holding in HOLDINGS if holding.until is not None),
        Warnings(settings),
        Unused(settings),
        Unneeded(settings),
        Evidence(settings),
        Trail(settings),
    )


def _forget_requests(session: Session, keys: Sequence[Key], _now: datetime) -> None:
    """Requests with their history; what was written goes with the last one that was asked in it."""
    requests = [request for (request,) in keys]
    submissions = session.scalars(select(Request.submission).where(Request.id.in_(requests))).all()
    session.execute(delete(Event).where(Event.request.in_(requests)))
    session.execute(delete(Correction).where(Correction.request.in_(requests)))
    session.execute(delete(Letter).where(Letter.request.in_(requests)))
    session.execute(delete(Request).where(Request.id.in_(requests)))
    left = select(Request.id).where(Request.submission == Submission.id).exists()
    session.execute(
        delete(Submission)
        .where(Submission.id.in_(submissions), ~left)
        .execution_options(synchronize_session=False)
    )


def _kept(holding: Holding) -> Sweep:
    """What was kept of erased people and whose time is over; then its id names nobody."""

    def let_go(session: Session, keys: Sequence[Key], _now: datetime) -> None:
        for (number,) in keys:
            keep = session.get_one(Keep, number)
            if holding.forget is not None:
                holding.forget(session, keep.subject)
            session.delete(keep)

    def over(_start: datetime, now: datetime) -> ColumnElement[bool]:
        return (Keep.holding == holding.name) & (Keep.until <= now)

    rule = load().holdings[holding.name].period
    return Sweep(rule, f"kept_{holding.name}", Keep, over, lambda: Keep.subject.in_(held_people()), let_go)


def _started(start: datetime) -> datetime:
    """The first moment of the day on which a period began: its last day counts to its end."""
    return clocks.start_of(clocks.day_of(start))


MAILS = Sweep(
    "mail",
    "mails",
    Mail,
    lambda start, _now: Mail.finished_at <= start,
    lambda: or_(
        is_held_address(Mail.recipient.expression),
        func.coalesce(Mail.person.in_(held_people()), False),
        func.coalesce(Mail.about.in_(held_requests()), False),
    ),
)
STAFF = Sweep(
    "staff_member", "staff_members", StaffMember, lambda start, _now: StaffMember.disabled_at <= start
)
MISUSE = Sweep(
    # A table of a room above this one.
    "audit_trail",
    "misuse_alerts",
    ALERTS,
    lambda start, _now: Base.metadata.tables[ALERTS].c.at <= start,
)
REQUESTS = Sweep(
    "request",
    "requests",
    Request,
    lambda start, _now: Request.ended_at < _started(start),
    lambda: Request.subject.in_(held_people()),
    _forget_requests,
)


def _forget_digests(session: Session, keys: Sequence[Key], _now: datetime) -> None:
    """The task stays open, and nothing in it leads to anybody any more."""
    found = Task.id.in_([task for (task,) in keys])
    session.execute(update(Task).where(found).values(email_hash=None, phone_hash=None))


DIGESTS = Sweep(
    "removal_row",
    "digests_to_tell",
    Task,
    lambda start, _now: (
        (Task.opened_at <= start) & or_(Task.email_hash.is_not(None), Task.phone_hash.is_not(None))
    ),
    act=_forget_digests,
)
TASKS = Sweep(
    "request",
    "recipients_told",
    Task,
    lambda start, _now: Task.closed_at < _started(start),
    lambda: Task.subject.in_(held_people()),
)
