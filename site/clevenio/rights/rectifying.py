"""Correcting what is wrong, with what stood there before and on whose word (GDPR Art. 16)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio.errors import Refused
from clevenio.people import identifiers, roles
from clevenio.people import operations as people
from clevenio.people.models import Person
from clevenio.people.text import line
from clevenio.rights import subjects
from clevenio.rights.holdings import HOLDINGS
from clevenio.rights.models import OTHER, VERIFIED, Correction, Kind, Request
from clevenio.rights.recipients import opening
from clevenio.rights.requests import REPEATED, locked, note, require_unfinished, trail
from clevenio.settings import Settings

LONGEST = 300
# What can be corrected here, and the rule that makes its stored form. An address is changed in the account.
RULES: Mapping[str, Callable[[str], str]] = {
    "first_name": identifiers.name,
    "last_name": identifiers.name,
    "name": identifiers.name,
    "phone": identifiers.phone,
    "company": identifiers.company,
    "website": lambda value: identifiers.website(value).address,
    "role": lambda value: line(value, roles.LONGEST),
    "country": identifiers.country,
    "postal_code": identifiers.postal_code,
    OTHER: lambda value: line(value, LONGEST),
}
# Kinds of data in which a person may find something wrong.
CORRECTABLE = ("person", "inquiries", "signups")


@dataclass(frozen=True)
class Wanted:
    """A correction, normalised: `value` None takes what stands there away."""

    field: str
    value: str | None
    source: str
    effect: str | None


def rectify(
    session: Session, settings: Settings, request_id: UUID, wanted: Wanted, actor: str, now: datetime
) -> Correction:
    """Correct one field of the person, as an open request asks, or write down what was corrected elsewhere.

    Raises `Refused` where the request is not open, and for a field of somebody whom no list knows.
    """
    request = locked(session, request_id)
    require_unfinished(session, request)
    subject = subjects.of_request(session, settings, request)
    if request.kind != Kind.RECTIFICATION or request.state not in VERIFIED:
        raise Refused("Only an open request for correction can be carried out.")
    if subject is None or (subject.person is None and wanted.field != OTHER):
        raise Refused("Nobody is known under this address: there is nothing to correct here.")
    if (before := _same(session, request.id, wanted, actor, now)) is not None:
        return before
    correction = Correction(
        request=request.id,
        field=wanted.field,
        new=wanted.value,
        source=wanted.source,
        effect=wanted.effect,
        at=now,
        actor=actor,
    )
    session.add(correction)
    if subject.person is not None and wanted.field != OTHER:
        person = session.get_one(Person, subject.person.id, with_for_update=True, populate_existing=True)
        correction.old = _stands(person, wanted.field)
        if correction.old != correction.new:
            opening.rectified(session, settings, subject, request, wanted.field, now)
        people.change(settings.suppression_key, person, _profile(wanted), now)
    else:
        opening.rectified(session, settings, subject, request, OTHER, now)
    note(session, request, actor, "corrected", now)
    trail(session, settings, request, actor, "rights.rectify", now, field=wanted.field)
    return correction


def standing(person: Person) -> list[tuple[str, str]]:
    """What stands there now, by the name of each field that has something."""
    found = ((name, _stands(person, name)) for name in RULES if name != OTHER)
    return [(name, value) for name, value in found if value]


def _stands(person: Person, field: str) -> str | None:
    if field == "role" and person.role and not person.role_other:
        return str(roles.LABELS[roles.Role(person.role)])
    found: str | None = person.role_other if field == "role" else getattr(person, field)
    return found


def _profile(wanted: Wanted) -> dict[str, str | None]:
    """A correction in the columns of a person: a website brings its domain along, a role is one we know by name or its words."""
    if wanted.field == "website":
        site = identifiers.website(wanted.value) if wanted.value else None
        return {"website": site.address if site else None, "website_domain": site.domain if site else None}
    if wanted.field == "role":
        role, other = roles.called(wanted.value) if wanted.value else (None, None)
        return {"role": role.value if role else None, "role_other": other}
    return {wanted.field: wanted.value}


def _same(session: Session, request: UUID, wanted: Wanted, actor: str, now: datetime) -> Correction | None:
    """The last correction, where it is this one: the form was posted twice."""
    last = next(reversed(of_request(session, request)), None)
    if last is None or last.at <= now - REPEATED or last.actor != actor:
        return None
    said = Wanted(last.field, last.new, last.source, last.effect)
    return last if said == wanted else None


def is_outstanding(session: Session, settings: Settings, request: Request) -> bool:
    """Whether nothing was corrected on a request although there is something of theirs to correct."""
    subject = subjects.of_request(session, settings, request)
    if subject is None or of_request(session, request.id):
        return False
    return any(holding.count(session, subject) for holding in HOLDINGS if holding.name in CORRECTABLE)


def of_request(session: Session, request: UUID) -> Sequence[Correction]:
    """What was corrected on a request, the oldest first."""
    query = select(Correction).where(Correction.request == request)
    return session.scalars(query.order_by(Correction.id)).all()
