"""Writing a disclosure down, and noting something about it later."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio import audit
from clevenio.errors import BadInput, Refused
from clevenio.people import suppression
from clevenio.people.addresses import Address
from clevenio.rights import subjects
from clevenio.rights.disclosures import queries
from clevenio.rights.disclosures.models import Disclosure, Kind, Named, Note, Outcome
from clevenio.rights.models import Request
from clevenio.settings import Settings

REASON = "keeping the register of disclosures"


@dataclass(frozen=True)
class Entry:
    """What is written down, normalised. `addresses` and `request` say about whom, unless it is about everybody."""

    kind: Kind
    recipient: str
    reference: str | None
    asked_on: date
    outcome: Outcome
    disclosed_on: date | None
    content: str
    ground: str
    is_about_all: bool
    addresses: tuple[Address, ...]
    request: UUID | None
    secrecy: str | None
    decided_by: UUID


def enter(session: Session, settings: Settings, entry: Entry, actor: str, now: datetime) -> Disclosure:
    """Write a disclosure down, with whom it is about and the hash of the entry in the audit trail.

    Raises `BadInput` where the request is not known, where it is about nobody, and where it was disclosed
    before it was asked for.
    """
    if entry.disclosed_on is not None and entry.disclosed_on < entry.asked_on:
        raise BadInput("This is before it was asked for.", reason="early", field="disclosed_on")
    named = _named(session, settings, entry)
    if not named and not entry.is_about_all:
        raise BadInput(
            "Name whom it is about: by address, by a request, or everybody.",
            reason="nobody",
            field="addresses",
        )
    found = Disclosure(
        id=uuid4(),
        kind=entry.kind.value,
        recipient=entry.recipient,
        reference=entry.reference,
        asked_on=entry.asked_on,
        outcome=entry.outcome.value,
        disclosed_on=entry.disclosed_on,
        content=entry.content,
        ground=entry.ground,
        is_about_all=entry.is_about_all,
        secrecy=entry.secrecy,
        decided_by=f"staff:{entry.decided_by}",
        recorded_at=now,
        recorded_by=actor,
    )
    session.add(found)
    session.add_all(Named(disclosure=found.id, key=key, subject=subject) for key, subject in named.items())
    session.flush()
    _trail(session, settings, found, named.values(), actor, now)
    return found


def _named(session: Session, settings: Settings, entry: Entry) -> dict[str, UUID | None]:
    """Ids of whom it is about, by the suppression key of their address."""
    found: dict[str, UUID | None] = {
        suppression.email_key(settings.suppression_key, each.mailbox_key): subjects.known_at(session, each)
        for each in entry.addresses
    }
    if entry.request is not None:
        request = session.scalar(select(Request).where(Request.id == entry.request))
        if request is None:
            raise BadInput("There is no request with this number.", reason="unknown", field="request")
        found[request.key] = request.subject
    return found


def _trail(
    session: Session,
    settings: Settings,
    found: Disclosure,
    people: Iterable[UUID | None],
    actor: str,
    now: datetime,
) -> None:
    """An entry for each person; of a secret one a single entry, which is in nobody's copy of their data."""
    hashes = sorted(audit.subject_hash(settings.suppression_key, each) for each in people if each is not None)
    details: dict[str, object] = {"disclosure": str(found.id), "hash": found.digest()}
    if found.secrecy is not None:
        details["subjects"] = hashes
    for subject in hashes if hashes and found.secrecy is None else [None]:
        audit.record(
            session,
            actor=actor,
            action="disclosure.enter",
            subject=subject,
            reason=REASON,
            details=details,
            now=now,
        )


def note(
    session: Session, disclosure: UUID, text: str, actor: str, now: datetime, *, ends_secrecy: bool = False
) -> Note:
    """Add to an entry. Raises `Missing`, and `Refused` where there is no secrecy to end."""
    found = queries.one(session, disclosure)
    if ends_secrecy and found.secrecy is None:
        raise Refused("This was never kept from anybody.")
    added = Note(disclosure=disclosure, at=now, actor=actor, text=text, ends_secrecy=ends_secrecy)
    session.add(added)
    session.flush()
    _record(session, "disclosure.note", actor, now, disclosure=str(disclosure), ends_secrecy=ends_secrecy)
    return added


def look_up(
    session: Session, settings: Settings, named: Address, actor: str, now: datetime
) -> list[Disclosure]:
    """The disclosures about whoever has this address; that somebody looked is an entry, found or not.

    Such an entry names them only where they may know what was found.
    """
    subject = subjects.of_address(session, settings, named)
    found = list(queries.about(session, subject))
    is_open = len(found) == queries.number_told(session, subject)
    audit.record(
        session,
        actor=actor,
        action="disclosure.find",
        subject=subject.trail if is_open and subjects.known_at(session, named) else None,
        reason=REASON,
        now=now,
    )
    return found


def read(session: Session, disclosure: UUID, actor: str, now: datetime) -> Disclosure:
    """One entry; that somebody read it is an entry in the trail. Raises `Missing`."""
    found = queries.one(session, disclosure)
    _record(session, "disclosure.read", actor, now, disclosure=str(disclosure))
    return found


def export(session: Session, actor: str, now: datetime) -> None:
    """Note that the register was taken out."""
    _record(session, "disclosure.export", actor, now)


def _record(session: Session, action: str, actor: str, now: datetime, **details: object) -> None:
    audit.record(session, actor=actor, action=action, reason=REASON, details=details, now=now)
