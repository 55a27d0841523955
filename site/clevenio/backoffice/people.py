"""What is known about one person, room by room, as far as somebody's roles may see it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clevenio import audit
from clevenio.accounts import queries as accounts
from clevenio.audiences import queries as audiences
from clevenio.backoffice import returned_mail
from clevenio.consent import ledger, readable
from clevenio.consent.receipts import name
from clevenio.errors import Missing
from clevenio.i18n import gettext as _
from clevenio.i18n import lazy_gettext as _l
from clevenio.inquiries import queries as inquiries
from clevenio.newsletter.bounces import queries as bounces
from clevenio.people import restrictions, suppression
from clevenio.people.addresses import Address
from clevenio.people.models import Person
from clevenio.people.staff_members import Role
from clevenio.registry import load
from clevenio.rights import requests, subjects

SUPPORT, MARKETER, OFFICER = Role.SUPPORT, Role.MARKETER, Role.PRIVACY_OFFICER
LOOKERS = frozenset({SUPPORT, MARKETER, OFFICER})


@dataclass(frozen=True)
class Reason:
    """Why somebody looks a person up, by the words that the trail keeps, and whose work that is."""

    name: str
    kept: str
    roles: frozenset[Role]


REASONS: Mapping[str, Reason] = {
    "inquiry": Reason(_l("answering inquiries"), "answering inquiries", frozenset({SUPPORT})),
    "signup": Reason(_l("answering signups"), "answering signups", frozenset({MARKETER, SUPPORT})),
    "request": Reason(_l("handling a request about rights"), requests.REASON, frozenset({OFFICER})),
    "oversight": Reason(_l("overseeing access"), "overseeing access", frozenset({OFFICER})),
}

# Asks a room about a person; what is false has nothing to show.
Question = Callable[[Session, UUID, Person | None], object]


@dataclass(frozen=True)
class Section:
    """A part of the page: its template's name, whose work needs it, and what it shows."""

    name: str
    roles: frozenset[Role]
    ask: Question


def _choices(session: Session, subject: UUID, _person: Person | None) -> object:
    return readable.acts(ledger.history(session, subject), load())


def _suppressed(session: Session, _subject: UUID, person: Person | None) -> object:
    rows = suppression.standing(session, person.email_suppression) if person else []
    together: dict[tuple[str, datetime], list[str]] = {}
    for row in rows:
        what = _("Everything") if row.scope == suppression.EVERYTHING else name(row.scope)
        together.setdefault((row.reason, row.at), []).append(what)
    return {
        "everything": suppression.EVERYTHING in {row.scope for row in rows},
        "rows": [
            (sorted(names), suppression.REASONS.get(reason, reason), at)
            for (reason, at), names in together.items()
        ],
        "returned": bounces.of_person(session, person.id) if person else [],
        "kinds": returned_mail.KINDS,
    }


SECTIONS = (
    Section("account", LOOKERS, lambda session, subject, _person: accounts.account_of(session, subject)),
    Section(
        "inquiries",
        frozenset({SUPPORT, OFFICER}),
        lambda session, subject, _person: inquiries.of_subject(session, subject),
    ),
    Section("choices", LOOKERS, _choices),
    Section("suppression", LOOKERS, _suppressed),
    Section(
        "audiences",
        frozenset({MARKETER, OFFICER}),
        lambda session, subject, _person: audiences.exports_with(session, subject),
    ),
)


@dataclass(frozen=True)
class Known:
    """Everything that somebody may see about one person. `answers` has a section's name for each part."""

    subject: UUID
    hashed: str
    person: Person | None
    answers: dict[str, object]


def may_look(roles: frozenset[str], whose: frozenset[Role]) -> bool:
    """Whether somebody with these roles works with what belongs to those."""
    return bool(roles & {*whose, Role.ADMINISTRATOR})


def reasons(roles: frozenset[str]) -> dict[str, Reason]:
    """The reasons that somebody with these roles may have."""
    return {code: reason for code, reason in REASONS.items() if may_look(roles, reason.roles)}


def find(
    session: Session, key: str, address: Address, actor: str, reason: Reason, now: datetime
) -> UUID | None:
    """Who has exactly this address; that somebody asked is an audit entry, found or not.

    Somebody whose data is restricted is found by a privacy officer alone (GDPR Art. 18(2)).
    """
    subject = subjects.known_at(session, address)
    _record(session, key, "people.find", subject, actor, reason, now)
    if restrictions.is_restricted(session, address.key) and OFFICER not in reason.roles:
        return None
    return subject


def read(
    session: Session,
    key: str,
    subject: UUID,
    roles: frozenset[str],
    actor: str,
    reason: Reason,
    now: datetime,
) -> Known:
    """The page about a person or the writer of an inquiry; opening it is an entry. Raises `Missing`."""
    person = session.get(Person, subject)
    messages = [] if person else inquiries.of_subject(session, subject)
    key_of = person.address_key if person else messages[0].address_key if messages else None
    is_hidden = key_of and restrictions.is_restricted(session, key_of) and OFFICER not in reason.roles
    if key_of is None or is_hidden:
        raise Missing("Nobody is known by this. They may have been erased.")
    shown = [section for section in SECTIONS if may_look(roles, section.roles)]
    answers = {section.name: section.ask(session, subject, person) for section in shown}
    _record(session, key, "people.read", subject, actor, reason, now)
    return Known(subject, audit.subject_hash(key, subject), person, answers)


def _record(
    session: Session, key: str, action: str, subject: UUID | None, actor: str, reason: Reason, now: datetime
) -> None:
    hashed = audit.subject_hash(key, subject) if subject else None
    audit.record(session, actor=actor, action=action, subject=hashed, reason=reason.kept, now=now)
