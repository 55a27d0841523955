"""Opening an entry in the register of breaches, and adding to it; nothing is changed or removed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from clevenio import audit
from clevenio.errors import BadInput, Refused
from clevenio.rights.breaches import queries
from clevenio.rights.breaches.models import Addition, Aspect, Breach, Decision, Role
from clevenio.rights.breaches.standing import NOTIFIED, Standing

REASON = "keeping the register of breaches"


@dataclass(frozen=True)
class Entry:
    """What is written down about one aspect, normalised."""

    aspect: Aspect
    text: str
    moment: datetime | None = None
    decision: Decision | None = None
    delay: str | None = None
    people: int | None = None
    records: int | None = None


@dataclass(frozen=True)
class Opening:
    """What is known when an entry is opened: the incident in a line, the facts, when and how it became known."""

    role: Role
    incident: str
    facts: str
    known_at: datetime
    known_how: str


def open_entry(session: Session, opening: Opening, actor: str, now: datetime) -> Breach:
    """Open an entry. Raises `BadInput` where the incident became known in the future."""
    breach = Breach(id=uuid4(), role=opening.role.value, opened_at=now, opened_by=actor)
    session.add(breach)
    session.flush()
    for entry in (
        Entry(Aspect.INCIDENT, opening.incident),
        Entry(Aspect.KNOWN, opening.known_how, moment=opening.known_at),
        Entry(Aspect.FACTS, opening.facts),
    ):
        _write(session, breach, entry, actor, now)
    return breach


def add(session: Session, breach_id: UUID, entry: Entry, actor: str, now: datetime) -> Addition:
    """Add to an entry.

    Raises `Missing` where there is none, `BadInput` for a time still to come, one before the incident became
    known, or a late notification without its reason (Art. 33(1)), and `Refused` for what is not the company's
    to do, or for closing while something is still to be done.
    """
    standing = queries.locked(session, breach_id)
    if entry.aspect in (Aspect.AUTHORITY, Aspect.PEOPLE, Aspect.CONTROLLERS):
        _check_duty(standing, entry)
    if entry.aspect is Aspect.CLOSED and [step.aspect for step in standing.steps] != [Aspect.CLOSED]:
        raise Refused("Something is still to be done here, so the entry stays open.")
    return _write(session, standing.breach, entry, actor, now)


def _check_duty(standing: Standing, entry: Entry) -> None:
    if entry.aspect not in standing.duties:
        raise Refused("This is not for us to do: we are not in that role here.")
    if entry.moment is not None and entry.moment < standing.known_at:
        raise BadInput("This is before the incident became known to us.", reason="early", field="moment")
    is_first = entry.decision in NOTIFIED and standing.notified is None
    is_late = is_first and entry.moment is not None and entry.moment > standing.deadline
    if is_late and not entry.delay:
        raise BadInput(
            "More than 72 hours had passed: write the reason for the delay.", reason="late", field="delay"
        )


def _write(session: Session, breach: Breach, entry: Entry, actor: str, now: datetime) -> Addition:
    if entry.moment is not None and entry.moment > now:
        raise BadInput("This time is still to come.", reason="future", field="moment")
    addition = Addition(
        breach=breach.id,
        aspect=entry.aspect.value,
        at=now,
        actor=actor,
        text=entry.text,
        moment=entry.moment,
        decision=entry.decision.value if entry.decision else None,
        delay=entry.delay,
        people=entry.people,
        records=entry.records,
    )
    session.add(addition)
    session.flush()
    audit.record(
        session,
        actor=actor,
        action="breach.add",
        reason=REASON,
        details={"breach": str(breach.id), "aspect": addition.aspect, "hash": addition.digest()},
        now=now,
    )
    return addition


def export(session: Session, actor: str, now: datetime, breach: UUID | None = None) -> None:
    """Note that the register, or one entry of it, was taken out."""
    details = {"breach": str(breach)} if breach else {}
    audit.record(session, actor=actor, action="breach.export", reason=REASON, details=details, now=now)
