"""How somebody's rows are found, counted, and treated when they are erased: the code beside the registry.

What a kind of data is, what becomes of it and why stands in `registry/holdings.toml`, which tables and
columns it has in `registry/tables.toml`. Each kind with somebody in it has a `Holding` of the same
name here; a test holds both against the schema. Holdings act in this order, the person's own row last.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, and_, delete, func, insert, or_, select, true, update
from sqlalchemy.orm import Session, aliased

from clevenio.accounts.factors.models import Passkey, RecoveryCode, TotpFactor
from clevenio.accounts.models import (
    Account,
    AddressChange,
    Agreement,
    AgreementRemoval,
    Announcement,
    LoginSession,
    MailRequest,
    Signup,
)
from clevenio.accounts.sessions import Kind as Login
from clevenio.audiences import leavers
from clevenio.audiences.models import Leaver, Membership
from clevenio.audit import AuditEntry
from clevenio.consent import ledger
from clevenio.database import Base
from clevenio.inquiries.models import Answer, Inquiry, Redaction
from clevenio.newsletter.bounces.models import Bounce
from clevenio.newsletter.models import Delivery, Departure
from clevenio.outbox import Mail
from clevenio.people.erasures import Erasure
from clevenio.people.former import FormerIdentifier
from clevenio.people.holds import Hold
from clevenio.people.imports.models import FilePart
from clevenio.people.models import Link, Person, Suppression
from clevenio.people.restrictions import Restriction
from clevenio.people.usage import UsageEvent, UseDay
from clevenio.registry import Holding as Described
from clevenio.registry import Period, Treatment, load
from clevenio.rights import clocks, mailed
from clevenio.rights.access.models import DataFile
from clevenio.rights.disclosures import queries as disclosures
from clevenio.rights.disclosures.models import Disclosure, Named, Note
from clevenio.rights.letters.models import Letter
from clevenio.rights.models import Correction, Event, Keep, Request, Submission, UnderWay
from clevenio.rights.recipients.models import Task
from clevenio.rights.retention.models import Warned
from clevenio.rights.subjects import Subject, came_from, mails_of

ALERTS = "misuse_alerts"
Where = Callable[[Subject], ColumnElement[bool]]
__all__ = ["HOLDINGS", "Holding", "Part", "Treatment"]


@dataclass(frozen=True)
class Part:
    """A table, by its model or its name, in which a kind of data is, and which of its rows are somebody's."""

    model: type[Base] | str
    where: Where

    @property
    def table(self) -> Table:
        """The table itself."""
        name = self.model if isinstance(self.model, str) else self.model.__tablename__
        return Base.metadata.tables[name]


def _number(session: Session, model: type[Base] | Table, which: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(model).where(which)) or 0


@dataclass(frozen=True)
class Holding:
    """One kind of data, as the registry describes it under this name.

    `parts` find somebody's rows, `act` treats them; `counted` says how many there are where that is not
    all of them, None where they name nobody to count by. `until` gives the end of what is kept under
    the person's id; `forget` removes it then, where its table lets rows go. `is_left_by_all` false: an erasure of
    somebody without rows leaves none.
    """

    name: str
    parts: tuple[Part, ...] = ()
    act: Callable[[Session, Subject], None] = lambda _session, _subject: None
    counted: Callable[[Session, Subject], int | None] | None = None
    until: Callable[[datetime], datetime] | None = None
    forget: Callable[[Session, Any], None] | None = None
    is_left_by_all: bool = True

    def count(self, session: Session, subject: Subject) -> int | None:
        """How many rows somebody has; None where nobody can tell."""
        if self.counted is not None:
            return self.counted(session, subject)
        return sum(_number(session, part.table, part.where(subject)) for part in self.parts)

    def is_held(self, session: Session, subject: Subject) -> bool:
        """Whether there is a row of somebody, whatever an answer counts."""
        return any(_number(session, part.table, part.where(subject)) for part in self.parts)

    @property
    def described(self) -> Described:
        """What the registry says of it."""
        return load().holdings[self.name]

    @property
    def what(self) -> str:
        """What an erasure calls it, in the current language."""
        return str(self.described.after_erasure)

    @property
    def treatment(self) -> Treatment:
        """What an erasure does to its rows."""
        return self.described.erased

    @property
    def why(self) -> str:
        """Why it is kept; empty where it is not."""
        return str(self.described.why or "")

    @property
    def until_words(self) -> str:
        """Its end in words; empty where it has a date or goes at once."""
        return str(self.described.until or "")


def _deleted(name: str, model: type[Base], where: Where, *more: Part) -> Holding:
    parts = (Part(model, where), *more)

    def act(session: Session, subject: Subject) -> None:
        for part in parts:
            session.execute(delete(part.table).where(part.where(subject)))

    return Holding(name, parts, act)


def _came_from(subject: Subject, column: Any, at: Any) -> ColumnElement[bool]:
    return came_from(subject.address, subject.former, column, at)


def _logins(subject: Subject) -> ColumnElement[bool]:
    return and_(LoginSession.kind == Login.ACCOUNT.value, LoginSession.member == subject.account)


def _inquiries(subject: Subject) -> ColumnElement[bool]:
    return or_(Inquiry.subject == subject.id, _came_from(subject, Inquiry.address_key, Inquiry.received_at))


def names_in(session: Session, subject: Subject) -> list[str]:
    """How somebody called themselves where they wrote to us, known by name or not."""
    wrote = select(Inquiry.name).where(_inquiries(subject))
    asked = select(Submission.name).where(_submissions(subject), Submission.name.is_not(None))
    return list(session.scalars(wrote.union(asked)))


def _own_inquiries(subject: Subject) -> Select[UUID]:
    return select(Inquiry.id).where(_inquiries(subject))


def _requests(subject: Subject) -> ColumnElement[bool]:
    """Mails that wait to be written: to the person, and to an address they would have moved to."""
    changes = select(AddressChange.id).where(AddressChange.account_id == subject.account)
    return or_(_came_from(subject, MailRequest.email, MailRequest.created_at), MailRequest.about.in_(changes))


def _changes(subject: Subject) -> ColumnElement[bool]:
    email = func.lower(AddressChange.email)
    return or_(AddressChange.account_id == subject.account, email == subject.address.key)


def _keys(subject: Subject) -> list[str]:
    return [key for key in (subject.key, subject.phone_key) if key]


def _erasures(subject: Subject) -> ColumnElement[bool]:
    return Erasure.key.in_(_keys(subject))


def _own_requests(subject: Subject) -> Select[UUID]:
    return select(Request.id).where(Request.subject == subject.id)


def _events(subject: Subject) -> ColumnElement[bool]:
    return Event.request.in_(_own_requests(subject))


def _under_way(subject: Subject) -> ColumnElement[bool]:
    return UnderWay.request.in_(_own_requests(subject))


def _submissions(subject: Subject) -> ColumnElement[bool]:
    """What the person wrote, and what came for the address, whoever wrote it."""
    theirs = select(Request.submission).where(Request.subject == subject.id)
    asked = aliased(Request)
    came = select(asked.id).where(
        asked.submission == Submission.id,
        _came_from(subject, Submission.address_key, asked.received_at),
    )
    return or_(
        Submission.id.in_(theirs),
        Submission.address_key == subject.address.key,
        came.correlate(Submission).exists(),
    )


def _corrections(subject: Subject) -> ColumnElement[bool]:
    return Correction.request.in_(_own_requests(subject))


def _letters(subject: Subject) -> ColumnElement[bool]:
    return Letter.request.in_(_own_requests(subject))


def requests_of(subject: Subject) -> Select[UUID]:
    """What the person asked, and what came for the address, by its id."""
    came = select(Submission.id).where(_submissions(subject))
    return select(Request.id).where(or_(Request.subject == subject.id, Request.submission.in_(came)))


def _forget_submissions(session: Session, subject: Subject) -> None:
    """Answers go with the questions. Of other notes stays what whoever erases has read and leaves (`remarks`)."""
    session.execute(
        update(Event)
        .where(Event.request.in_(requests_of(subject)), Event.act.in_(("answer", "answer_by_other")))
        .values(note=None)
        .execution_options(synchronize_session=False)
    )
    for part in (Part(Correction, _corrections), Part(Letter, _letters)):
        session.execute(
            delete(part.table).where(part.where(subject)).execution_options(synchronize_session=False)
        )
    ended = (Request.subject == subject.id, Request.ended_at.is_not(None))
    session.execute(
        update(Request)
        .where(*ended)
        .values(answer_to=None, answer_way=None, answer_place=None)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        delete(Submission).where(_submissions(subject)).execution_options(synchronize_session=False)
    )


def _after(holding: str, now: datetime) -> datetime:
    return clocks.end_of_period(now, _period(holding))


def _agreements_end(now: datetime) -> datetime:
    return clocks.end_of_period(clocks.end_of_year(now), _period("agreements"))


def _period(holding: str) -> Period:
    registry = load()
    return registry.periods[registry.holdings[holding].period]


def _forget_agreements(session: Session, subject: Any) -> None:
    """By a permit that the table's trigger looks for; it never leaves this transaction."""
    session.execute(insert(AgreementRemoval).values(person=subject))
    session.execute(delete(Agreement).where(Agreement.person == subject, ~_has_account()))
    session.execute(delete(AgreementRemoval).where(AgreementRemoval.person == subject))


def _has_account() -> ColumnElement[bool]:
    """Whether the account that an agreement was made for is open: then it runs."""
    return select(Account.id).where(Account.id == Agreement.account).exists()


def _in_files(session: Session, _subject: Subject) -> int | None:
    """None while a file waits in which anybody may be: it is encrypted, and nobody is looked up in it."""
    return None if _number(session, FilePart, true()) else 0


def _forget_memberships(session: Session, subject: Any) -> None:
    session.execute(delete(Membership).where(Membership.person_id == subject))


HOLDINGS: tuple[Holding, ...] = (
    _deleted("sessions", LoginSession, _logins),
    _deleted("links", Link, mailed.links),
    Holding("departures", (Part(Departure, mailed.departures),), mailed.forget_reasons),
    Holding("ways_out", (Part(Link, mailed.ways_out),), mailed.cut_ways_out),
    Holding("bounces", (Part(Bounce, mailed.bounces),), mailed.cut_bounces),
    Holding(
        "deliveries", (Part(Delivery, lambda subject: Delivery.person == subject.id),), mailed.cut_deliveries
    ),
    _deleted("mails", Mail, mails_of),
    # First what goes with them, so that each is counted and none is left to the database.
    _deleted("inquiry_answers", Answer, lambda subject: Answer.inquiry.in_(_own_inquiries(subject))),
    _deleted("inquiry_redactions", Redaction, lambda subject: Redaction.inquiry.in_(_own_inquiries(subject))),
    _deleted("inquiries", Inquiry, _inquiries),
    _deleted("signups", Signup, lambda subject: _came_from(subject, Signup.address_key, Signup.created_at)),
    _deleted("usage", UsageEvent, lambda subject: UsageEvent.person == subject.id),
    _deleted("use_days", UseDay, lambda subject: UseDay.person == subject.id),
    _deleted("mail_requests", MailRequest, _requests),
    _deleted("address_changes", AddressChange, _changes),
    _deleted(
        "announcements",
        Announcement,
        lambda subject: Announcement.account == subject.account,
        Part(Warned, lambda subject: Warned.account == subject.account),
    ),
    _deleted("totp", TotpFactor, lambda subject: TotpFactor.member == subject.account),
    _deleted("passkeys", Passkey, lambda subject: Passkey.member == subject.account),
    _deleted("recovery_codes", RecoveryCode, lambda subject: RecoveryCode.member == subject.account),
    _deleted("account", Account, lambda subject: Account.person_id == subject.id),
    _deleted(
        "restrictions",
        Restriction,
        lambda subject: Restriction.address_key == subject.address.key,
        Part(Hold, lambda subject: Hold.person == subject.id),
    ),
    Holding(
        "submissions",
        (Part(Submission, _submissions), Part(Correction, _corrections), Part(Letter, _letters)),
        _forget_submissions,
    ),
    Holding(
        "consent",
        counted=lambda session, subject: len(ledger.history(session, subject.id)),
        until=partial(_after, "consent"),
    ),
    Holding(
        "agreements",
        (Part(Agreement, lambda subject: Agreement.person == subject.id),),
        until=_agreements_end,
        forget=_forget_agreements,
    ),
    Holding(
        "memberships",
        (Part(Membership, lambda subject: Membership.person_id == subject.id),),
        until=partial(_after, "memberships"),
        forget=_forget_memberships,
    ),
    Holding(
        "leavers",
        (Part(Leaver, lambda subject: Leaver.subject == subject.id),),
        counted=lambda session, subject: leavers.platforms_with(session, subject.id),
        is_left_by_all=False,
    ),
    Holding(
        "suppression",
        (Part(Suppression, lambda subject: Suppression.key.in_(_keys(subject))), Part(Erasure, _erasures)),
        # One more than there are: the erasure itself leaves one.
        counted=lambda session, subject: _number(session, Suppression, Suppression.key == subject.key) + 1,
    ),
    Holding(
        "request",
        (
            Part(Request, lambda subject: Request.subject == subject.id),
            Part(Event, _events),
            Part(Keep, lambda subject: Keep.subject == subject.id),
            Part(UnderWay, _under_way),
            Part(Task, lambda subject: Task.subject == subject.id),
        ),
        counted=lambda session, subject: _number(session, Request, Request.subject == subject.id),
    ),
    Holding(
        "trail",
        (
            Part(AuditEntry, lambda subject: AuditEntry.subject == subject.trail),
            # A model of a room above this one.
            Part(ALERTS, lambda subject: Base.metadata.tables[ALERTS].c.subject == subject.trail),
        ),
        counted=lambda session, subject: _number(session, AuditEntry, AuditEntry.subject == subject.trail),
        # No entry about them comes later, save those of whoever looks for entries about them.
        until=partial(_after, "trail"),
    ),
    Holding(
        "disclosures",
        (
            Part(Disclosure, disclosures.told),
            Part(Named, disclosures.naming),
            Part(Note, disclosures.noted),
        ),
        counted=disclosures.number_told,
    ),
    # Whoever was erased is left out when the file is read.
    Holding("import_files", counted=_in_files, is_left_by_all=False),
    Holding("attempts", counted=lambda _session, _subject: None),
    _deleted("data_files", DataFile, lambda subject: DataFile.subject == subject.id),
    _deleted(
        "person",
        Person,
        lambda subject: Person.id == subject.id,
        Part(FormerIdentifier, lambda subject: FormerIdentifier.person == subject.id),
    ),
)
