"""When it is no longer kept in whose files to platforms somebody was: only once they were taken out."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import aliased

from clevenio.audiences.models import Export, Kind, Membership, State
from clevenio.people.former import FormerIdentifier
from clevenio.people.holds import held_people
from clevenio.sweeps import Sweep


def _is_over(start: datetime, _now: datetime) -> ColumnElement[bool]:
    """Rows that a finished removal file for the same platform, itself old enough, came after, or is."""
    theirs, own, removal = aliased(Membership), aliased(Export), aliased(Export)
    taken_out = (
        select(theirs.export_id)
        .join(removal, removal.id == theirs.export_id)
        .join(own, own.id == Membership.export_id)
        .where(
            theirs.person_id == Membership.person_id,
            removal.platform == own.platform,
            removal.id >= own.id,
            and_(removal.kind == Kind.REMOVAL.value, removal.state == State.FINISHED.value),
            removal.finished_at <= start,
        )
    )
    thrown_away = select(own.id).where(
        own.id == Membership.export_id, own.kind == Kind.DISCARDED.value, own.created_at <= start
    )
    return or_(taken_out.correlate(Membership).exists(), thrown_away.correlate(Membership).exists())


def _tells_nothing(start: datetime, _now: datetime) -> ColumnElement[bool]:
    """When somebody had another value, once no file is on record in which they were."""
    was_in = select(Membership.export_id).where(Membership.person_id == FormerIdentifier.person)
    return and_(
        FormerIdentifier.at <= start,
        FormerIdentifier.sealed.is_(None),
        ~was_in.correlate(FormerIdentifier).exists(),
    )


SWEEPS = (
    Sweep("membership", "memberships", Membership, _is_over, lambda: Membership.person_id.in_(held_people())),
    Sweep(
        "membership",
        "former_identifiers",
        FormerIdentifier,
        _tells_nothing,
        lambda: FormerIdentifier.person.in_(held_people()),
    ),
)
