"""Holding somebody's data back from every rule, and ending that: staff's acts, each an entry of the trail."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio import audit
from clevenio.consent import ledger
from clevenio.due import Due
from clevenio.errors import BadInput
from clevenio.i18n import gettext as _
from clevenio.i18n import ngettext
from clevenio.people import holds
from clevenio.people.addresses import Address
from clevenio.people.holds import Ground, Hold
from clevenio.people.models import Person
from clevenio.people.operations import find
from clevenio.settings import Settings


@dataclass(frozen=True)
class Held:
    """A hold that stands, and whom it is on."""

    hold: Hold
    person: Person | None


def put(
    session: Session,
    settings: Settings,
    named: Address,
    ground: Ground,
    reason: str,
    actor: str,
    now: datetime,
) -> Hold:
    """Hold the person with exactly this address. Raises `BadInput` where nobody has it, or it is held already."""
    person = find(session, named)
    if person is None:
        raise BadInput("Nobody is known by this address.", field="email")
    if any(hold.ground == ground for hold in holds.of(session, person.id)):
        raise BadInput("This person’s data is already held on this ground.", field="ground")
    hold = holds.put(session, person.id, ground, reason, actor, now)
    _record(session, settings, "retention.hold", [person.id], actor, now, reason)
    return hold


def hold_for_agreement(session: Session, settings: Settings, person: UUID, now: datetime) -> bool:
    """Hold somebody whose mail stands on an agreement that the ledger names, until staff say that it has ended.

    Whether it still runs no rule can know. False where the ledger names none, or where a hold for an agreement
    ended after it was named.
    """
    over = holds.ended(session, person, Ground.AGREEMENT)
    named = {
        str(each.evidence.get("agreement", ""))
        for each in ledger.latest(session, person).values()
        if (each.state, each.basis) == (ledger.State.GRANTED, ledger.Basis.CUSTOMER)
        and (over is None or each.at > over)
    }
    if named:
        holds.put(session, person, Ground.AGREEMENT, ", ".join(sorted(named)), holds.BY_RULE, now)
        _record(session, settings, "retention.hold", [person], holds.BY_RULE, now)
    return bool(named)


def confirm(session: Session, settings: Settings, hold: UUID, actor: str, now: datetime) -> Hold:
    """Say that a hold which a rule put is right. Raises `Missing` where none stands."""
    found = holds.confirm(session, hold, actor)
    _record(session, settings, "retention.hold_confirmed", [found.person], actor, now)
    return found


def due(session: Session, _now: datetime) -> Iterator[Due]:
    """What waits for the privacy officer: holds that a rule put, and nobody has looked at."""
    waiting = [hold.since for hold in holds.running(session) if hold.set_by == holds.BY_RULE]
    if waiting:
        text = ngettext(
            "%(num)s unused account stays because an agreement is named for it.",
            "%(num)s unused accounts stay because an agreement is named for each.",
            len(waiting),
        )
        yield Due(text, _("Say whether it runs"), "holds_staff.overview", min(waiting))


def end(session: Session, settings: Settings, hold: UUID, actor: str, now: datetime) -> Hold:
    """End a hold: the rules go on as if it had never been. Twice is once. Raises `Missing`."""
    ended = holds.end(session, hold, now)
    if ended.ended_at == now:
        _record(session, settings, "retention.release", [ended.person], actor, now)
    return ended


def read(session: Session, settings: Settings, actor: str, now: datetime) -> list[Held]:
    """Every hold that stands, the newest first, with whom it is on; looking is an entry."""
    standing = holds.running(session)
    people = {
        person.id: person
        for person in session.scalars(select(Person).where(Person.id.in_({each.person for each in standing})))
    }
    if standing:
        whose = [each.person for each in standing]
        _record(session, settings, "retention.holds", whose, actor, now)
    return [Held(hold, people.get(hold.person)) for hold in standing]


def _record(
    session: Session,
    settings: Settings,
    action: str,
    people: Sequence[UUID],
    actor: str,
    now: datetime,
    reason: str | None = None,
) -> None:
    hashes = [audit.subject_hash(settings.suppression_key, person) for person in people]
    alone = hashes[0] if len(hashes) == 1 else None
    details = {} if alone else {"subjects": hashes}
    audit.record(session, actor=actor, action=action, now=now, subject=alone, reason=reason, details=details)
