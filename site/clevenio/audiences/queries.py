"""What the back office asks about audiences."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from clevenio.audiences.layouts import Platform
from clevenio.audiences.models import Export, Kind, Membership, Segment
from clevenio.audiences.nesting import numbers
from clevenio.audiences.platforms import platforms
from clevenio.audiences.removals import rows_to_remove
from clevenio.audiences.segments import ALL, Choice, chosen, saved
from clevenio.due import Due
from clevenio.errors import Missing
from clevenio.i18n import format_number, ngettext
from clevenio.i18n import gettext as _
from clevenio.paging import within

LATEST = 5
NEWEST = (Export.created_at.desc(), Export.id.desc())


def segment(session: Session, key: str, now: datetime) -> Choice:
    """A segment by its number, or `all`, as it is at this moment. Raises `Missing`."""
    return Choice(ALL, {}) if key == ALL else chosen(session, saved_segment(session, key), now)


def saved_segment(session: Session, key: str) -> Segment:
    """A saved segment by its number. Raises `Missing`."""
    found = session.get(Segment, int(key)) if key.isascii() and key.isdigit() and len(key) < 10 else None
    if found is None:
        raise Missing("There is no such segment.")
    return found


def others(session: Session, segment: Segment | None = None) -> list[tuple[int, str]]:
    """The segments that may be a part of this one, or of a new one, by number and name: not itself, nor what it is in."""
    found = saved(session)
    if segment is None:
        return [(each.id, each.name) for each in found]
    above, size = {segment.id}, 0
    while size < len(above):
        size = len(above)
        above |= {each.id for each in found if numbers(each.criteria) & above}
    return [(each.id, each.name) for each in found if each.id not in above]


def latest_exports(session: Session) -> list[Export]:
    """The last files that were asked for, the newest first."""
    return list(session.scalars(exports().limit(LATEST)))


@dataclass(frozen=True)
class Wanted:
    """Which files are looked for."""

    kind: str = ""
    platform: str = ""
    since: date | None = None
    until: date | None = None


def exports(wanted: Wanted = Wanted()) -> Select[Export]:
    """The files that are looked for, the newest first: by when they were made, which is when they were fetched."""
    query = select(Export).order_by(*NEWEST)
    for column, value in ((Export.kind, wanted.kind), (Export.platform, wanted.platform)):
        if value:
            query = query.where(column == value)
    return within(query, Export.created_at, wanted.since, wanted.until)


def exports_with(session: Session, person: UUID) -> list[Export]:
    """The files that a person was in, the newest first."""
    query = select(Export).join(Membership, Membership.export_id == Export.id)
    return list(session.scalars(query.where(Membership.person_id == person).order_by(*NEWEST)))


def waiting(session: Session, chosen: Iterable[Platform]) -> dict[str, int]:
    """How many rows each platform has to let go of; looked for only where it got a file."""
    reached = select(Export.platform).where(Export.kind == Kind.UPLOAD.value).distinct()
    served = set(session.scalars(reached))
    return {each.id: rows_to_remove(session, each) if each.id in served else 0 for each in chosen}


def due(session: Session, data: Path, now: datetime) -> Iterator[Due]:
    """Removal files that wait to be downloaded, platform by platform."""
    found = platforms(data)
    numbers = waiting(session, found)
    for platform in found:
        if platform.problem is not None:
            text = _(platform.problem.message, **platform.problem.values)
            yield Due(text, _("To the audiences"), "audiences_staff.audiences", now, is_urgent=True)
        if number := numbers[platform.id]:
            text = ngettext(
                "%(num)s row has to leave %(platform)s.",
                "%(num)s rows have to leave %(platform)s.",
                number,
                num=format_number(number),
                platform=platform.facts.name,
            )
            yield Due(text, _("Get the removal file"), "audiences_staff.audiences", now)
