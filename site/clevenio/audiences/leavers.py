"""Whom a platform still has and whose values have gone here: the identifiers that take them out, as they were sent.

Made in the transaction that lets the values go, and kept until a member of staff says that the platform
was told, three months at most. A digest is personal data all the same; nothing else of the person is here.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from clevenio.audiences.layouts import Column, Platform
from clevenio.audiences.models import Export, Kind, Leaver, Membership
from clevenio.audiences.removals import identifiers_of
from clevenio.sweeps import Sweep


def keep(
    session: Session,
    platform: Platform,
    person: UUID,
    key: str | None,
    now: datetime,
    *,
    member: UUID | None = None,
    only: str | None = None,
) -> None:
    """Keep what a person's row in the removal file needs, under their id or that of `member`.

    `key` is the suppression key of the address, by which somebody who comes back is recognised. `only` takes
    one identifier. Where nothing was sent that could be taken out, or only a company's name, nothing is kept.
    """
    columns = _columns(platform)
    values = identifiers_of(session, platform.layout, person)
    cells = {
        field: columns[field].cells([value])[0]
        for field, value in values.items()
        if value is not None and only in (None, field)
    }
    if any(cells.values()):
        session.merge(Leaver(member=member or person, platform=platform.id, key=key, created_at=now, **cells))
        session.flush()


def keep_value(
    session: Session, platform: Platform, member: UUID, key: str, field: str, value: str, now: datetime
) -> None:
    """Keep one identifier that somebody has left, as it was sent. Nothing is kept where the platform has no place for it."""
    columns = _columns(platform)
    cell = columns[field].cells([value])[0] if field in columns else ""
    if cell:
        session.add(Leaver(member=member, platform=platform.id, key=key, created_at=now, **{field: cell}))
        session.flush()


def _columns(platform: Platform) -> dict[str, Column]:
    """The column that an identifier goes out by, where a file has several of it the first."""
    layout = platform.layout
    return {field: layout.columns[place] for field, place in layout.first.items()}


def forget(session: Session, platform: str, member: UUID) -> None:
    """The platform has been told."""
    session.execute(delete(Leaver).where(Leaver.platform == platform, Leaver.member == member))


def platforms_with(session: Session, person: UUID) -> int:
    """For how many platforms something may have to be kept of somebody: at most those that received them."""
    received = select(Export.platform).join(Membership, Membership.export_id == Export.id)
    which = (Membership.person_id == person, Export.kind == Kind.UPLOAD.value)
    return session.scalar(select(func.count()).select_from(received.where(*which).distinct().subquery())) or 0


SWEEPS = (Sweep("removal_row", "leavers", Leaver, lambda start, _now: Leaver.created_at <= start),)
