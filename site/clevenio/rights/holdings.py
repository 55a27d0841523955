"""What each table does with somebody who is erased: the one list of it, which a test holds against the schema.

A new table goes into `HOLDINGS`, with what becomes of its rows, or into `IMPERSONAL`, with the reason
why none of its rows is about a customer. Holdings act in this order, the person's own row last.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from clevenio.accounts.factors.models import Passkey, RecoveryCode, TotpFactor
from clevenio.accounts.models import (
    Account,
    AddressChange,
    Agreement,
    Announcement,
    LoginSession,
    MailRequest,
    Signup,
)
from clevenio.accounts.sessions import Kind as Login
from clevenio.audiences.models import Membership
from clevenio.audit import AuditEntry
from clevenio.consent import ledger
from clevenio.database import Base
from clevenio.i18n import lazy_gettext as _l
from clevenio.inquiries.models import Inquiry
from clevenio.newsletter.models import Delivery, Departure
from clevenio.outbox import Mail
from clevenio.people.models import Link, Person, Suppression
from clevenio.people.restrictions import Restriction
from clevenio.people.usage import UsageEvent, UseDay
from clevenio.registry import load
from clevenio.rights import clocks
from clevenio.rights.models import Event, Request
from clevenio.rights.subjects import Subject, came_from, mails_of

Where = Callable[[Subject], ColumnElement[bool]]


class Treatment(StrEnum):
    """What becomes of rows: they go, they stay and name nobody, or they stay on a named ground."""

    DELETED = "deleted"
    ANONYMISED = "anonymised"
    KEPT = "kept"


@dataclass(frozen=True)
class Holding:
    """One kind of data. `what`, `why` and `until_words` are read by the person and by staff.

    `count` says how many rows there are, None where they name nobody to count by; `act` does what
    `treatment` says. `until` gives the end of what is kept under the person's id, in words where
    `until_words` has them; `forget` removes it then, where its table lets rows go.
    """

    name: str
    tables: tuple[str, ...]
    what: str
    treatment: Treatment
    count: Callable[[Session, Subject], int | None]
    act: Callable[[Session, Subject], None] = lambda _session, _subject: None
    why: str = ""
    until_words: str = ""
    until: Callable[[datetime], datetime] | None = None
    forget: Callable[[Session, Any], None] | None = None


def _counted(model: type[Base], where: Where) -> Callable[[Session, Subject], int]:
    def count(session: Session, subject: Subject) -> int:
        return session.scalar(select(func.count()).select_from(model).where(where(subject))) or 0

    return count


def _deleted(name: str, model: type[Base], what: str, where: Where) -> Holding:
    def act(session: Session, subject: Subject) -> None:
        session.execute(delete(model).where(where(subject)).execution_options(synchronize_session=False))

    return Holding(name, (model.__tablename__,), what, Treatment.DELETED, _counted(model, where), act)


def _came_from(subject: Subject, column: Any, at: Any) -> ColumnElement[bool]:
    return came_from(subject.address, subject.former, column, at)


def _links(subject: Subject) -> ColumnElement[bool]:
    """Confirmations that wait at the address, verifications of its signups, and whatever names the person."""
    email = Link.data["email"].as_string()
    return and_(
        Link.purpose != "unsubscribe",
        or_(
            Link.person == subject.id,
            _came_from(subject, email, Link.created_at),
            Link.data["signup"].as_string().in_(map(str, subject.signups)),
        ),
    )


def _ways_out(subject: Subject) -> ColumnElement[bool]:
    return and_(Link.purpose == "unsubscribe", Link.person == subject.id)


def _departures(subject: Subject) -> ColumnElement[bool]:
    return Departure.handle.in_(select(Link.handle).where(_ways_out(subject)))


def _logins(subject: Subject) -> ColumnElement[bool]:
    return and_(LoginSession.kind == Login.ACCOUNT.value, LoginSession.member == subject.account)


def _inquiries(subject: Subject) -> ColumnElement[bool]:
    return or_(Inquiry.subject == subject.id, _came_from(subject, Inquiry.address_key, Inquiry.received_at))


def _requests(subject: Subject) -> ColumnElement[bool]:
    """Mails that wait to be written: to the person, and to an address they would have moved to."""
    changes = select(AddressChange.id).where(AddressChange.account_id == subject.account)
    return or_(_came_from(subject, MailRequest.email, MailRequest.created_at), MailRequest.about.in_(changes))


def _changes(subject: Subject) -> ColumnElement[bool]:
    email = func.lower(AddressChange.email)
    return or_(AddressChange.account_id == subject.account, email == subject.address.key)


def _forget_reasons(session: Session, subject: Subject) -> None:
    session.execute(
        update(Departure)
        .where(_departures(subject))
        .values(reason=None)
        .execution_options(synchronize_session=False)
    )


def _cut_ways_out(session: Session, subject: Subject) -> None:
    session.execute(
        update(Link)
        .where(_ways_out(subject))
        .values(person=None)
        .execution_options(synchronize_session=False)
    )


def _cut_deliveries(session: Session, subject: Subject) -> None:
    for number in session.scalars(select(Delivery.id).where(Delivery.person == subject.id)).all():
        # Each another id: rows that share one would still tell one story.
        session.execute(
            update(Delivery)
            .where(Delivery.id == number)
            .values(person=uuid4(), handle=None, reply=None)
            .execution_options(synchronize_session=False)
        )


def _after(period: str, now: datetime) -> datetime:
    return clocks.end_of_period(now, load().periods[period])


def _agreements_end(now: datetime) -> datetime:
    return clocks.end_of_period(clocks.end_of_year(now), load().periods["agreement"])


def _forget_memberships(session: Session, subject: Any) -> None:
    session.execute(delete(Membership).where(Membership.person_id == subject))


HOLDINGS: tuple[Holding, ...] = (
    _deleted("sessions", LoginSession, _l("Logins"), _logins),
    _deleted("links", Link, _l("Links that were mailed and wait"), _links),
    Holding(
        "departures",
        ("departures",),
        _l("Reasons given when leaving a list"),
        Treatment.ANONYMISED,
        _counted(Departure, _departures),
        _forget_reasons,
    ),
    Holding(
        "ways_out",
        ("links",),
        _l("Unsubscribe links: they lead to a page that says everything was erased"),
        Treatment.ANONYMISED,
        _counted(Link, _ways_out),
        _cut_ways_out,
    ),
    Holding(
        "deliveries",
        ("deliveries",),
        _l("Which newsletters were sent; only the number of mails remains"),
        Treatment.ANONYMISED,
        _counted(Delivery, lambda subject: Delivery.person == subject.id),
        _cut_deliveries,
    ),
    _deleted("mails", Mail, _l("Mail about the account"), mails_of),
    _deleted("inquiries", Inquiry, _l("Messages from the contact page"), _inquiries),
    _deleted(
        "signups",
        Signup,
        _l("Signups that wait for verification"),
        lambda subject: _came_from(subject, Signup.address_key, Signup.created_at),
    ),
    _deleted(
        "usage",
        UsageEvent,
        _l("What was done with the account and when"),
        lambda subject: UsageEvent.person == subject.id,
    ),
    _deleted(
        "use_days",
        UseDay,
        _l("On which days the account was used"),
        lambda subject: UseDay.person == subject.id,
    ),
    _deleted(
        "mail_requests",
        MailRequest,
        _l("Mails that were asked for and not written yet"),
        _requests,
    ),
    _deleted("address_changes", AddressChange, _l("Changes of the address"), _changes),
    _deleted(
        "announcements",
        Announcement,
        _l("Which new versions of terms and policies were told of by mail"),
        lambda subject: Announcement.account == subject.account,
    ),
    _deleted(
        "totp", TotpFactor, _l("Authenticator apps"), lambda subject: TotpFactor.member == subject.account
    ),
    _deleted("passkeys", Passkey, _l("Passkeys"), lambda subject: Passkey.member == subject.account),
    _deleted(
        "recovery_codes",
        RecoveryCode,
        _l("Recovery codes"),
        lambda subject: RecoveryCode.member == subject.account,
    ),
    _deleted(
        "account",
        Account,
        _l("The account and its password"),
        lambda subject: Account.person_id == subject.id,
    ),
    _deleted(
        "restrictions",
        Restriction,
        _l("The note that the data is frozen"),
        lambda subject: Restriction.address_key == subject.address.key,
    ),
    Holding(
        "consent",
        (
            "consent_decisions",
            "consent_heads",
            "consent_standing",
            "consent_tombstones",
            "consent_buried_links",
            "consent_removal_permits",
        ),
        _l("Decisions about marketing, without name and address"),
        Treatment.KEPT,
        lambda session, subject: len(ledger.history(session, subject.id)),
        why=_l("so that it can be shown what was agreed to and taken back (GDPR Art. 17(3)(e))"),
        until=partial(_after, "consent_evidence"),
    ),
    Holding(
        "agreements",
        ("agreements",),
        _l("Which terms were accepted and when, without name and address"),
        Treatment.KEPT,
        _counted(Agreement, lambda subject: Agreement.person == subject.id),
        why=_l("because agreements are part of the bookkeeping (GDPR Art. 17(3)(b))"),
        until=_agreements_end,
    ),
    Holding(
        "memberships",
        ("audience_memberships",),
        _l("In which files to advertising platforms data was, without name and address"),
        Treatment.KEPT,
        _counted(Membership, lambda subject: Membership.person_id == subject.id),
        why=_l("so that it can be shown who received data (GDPR Art. 5(2))"),
        until=partial(_after, "consent_evidence"),
        forget=_forget_memberships,
    ),
    Holding(
        "suppression",
        ("suppressions", "erasures"),
        _l("A keyed hash of the address and of the phone number"),
        Treatment.KEPT,
        lambda session, subject: (
            _counted(Suppression, lambda s: Suppression.key == s.key)(session, subject) + 1
        ),
        why=_l("so that no file or old copy brings the data back or marketing is sent (GDPR Art. 21)"),
        until_words=_l("without end; your own return lifts it"),
    ),
    Holding(
        "request",
        ("rights_requests", "rights_events", "rights_keeps", "rights_under_way"),
        _l("This request and its answer, without name and address"),
        Treatment.KEPT,
        _counted(Request, lambda subject: Request.subject == subject.id),
        why=_l("to show that it was answered in time (GDPR Art. 5(2))"),
        until_words=_l("three years after the answer"),
    ),
    Holding(
        "trail",
        ("audit_entries", "misuse_alerts"),
        _l("Who of us looked at the data and why, under a keyed hash"),
        Treatment.KEPT,
        _counted(AuditEntry, lambda subject: AuditEntry.subject == subject.trail),
        why=_l("to be able to find misuse (GDPR Art. 32)"),
        until_words=_l("six years after each entry"),
        # No entry about them comes later, save those of whoever looks for entries about them.
        until=partial(_after, "audit_trail"),
    ),
    Holding(
        "attempts",
        ("attempts", "posts"),
        _l("Keyed hashes that count how often something was tried"),
        Treatment.KEPT,
        lambda _session, _subject: None,
        why=_l("to stop guessing and doubled forms (GDPR Art. 32)"),
        until_words=_l("sixty days at most"),
    ),
    _deleted(
        "person", Person, _l("Name, address, phone and company"), lambda subject: Person.id == subject.id
    ),
)

# Tables of which no row is about a customer, and why that is so.
IMPERSONAL = {
    "audit_heads": "where the audit trail ends",
    "misuse_read_up_to": "how far the audit trail was looked through",
    "audit_seals": "hashes over the whole audit trail",
    "audit_checks": "when the audit trail was found whole",
    "consent_notices": "wordings that were shown to many",
    "consent_seals": "hashes over the whole ledger",
    "consent_shown": "how often the question was shown, and nothing of to whom",
    "advertising_counts": "how many came by a campaign, and nothing of whom",
    "campaigns": "texts sent to many",
    "editions": "the words of a campaign",
    "audience_segments": "choices by role, country and company",
    "audience_exports": "counts and digests of whole files",
    "audience_downloads": "links of staff to files",
    "passkey_challenges": "random numbers of sessions, for minutes",
    "staff_members": "the company's own people; their access ends with their work",
    "staff_roles": "the company's own people",
}


def forget_notes(session: Session, request: Request, forms: tuple[str, ...]) -> None:
    """Take the forms of an address out of what was noted about a request, should somebody have typed it."""
    for event in session.scalars(select(Event).where(Event.request == request.id)):
        event.note = without(event.note, forms)


def without(text: str | None, forms: tuple[str, ...]) -> str | None:
    """A text in which an address, however capitalised, gives way to an ellipsis."""
    for form in filter(None, forms):
        text = re.sub(re.escape(form), "…", text, flags=re.IGNORECASE) if text else text
    return text
