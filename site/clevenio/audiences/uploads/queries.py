"""What waits to be said of files, and how their sizes and rates went over time."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from clevenio.audiences.blurring import tens
from clevenio.audiences.models import PULL, Export, Kind, State
from clevenio.audiences.platforms import platforms
from clevenio.audiences.queries import NEWEST
from clevenio.audiences.uploads.models import Match
from clevenio.due import Due
from clevenio.errors import Missing
from clevenio.i18n import format_date, format_number, local_day, midnight, ngettext
from clevenio.i18n import gettext as _

# A file that was fetched this long ago is asked about.
ASKED_AFTER = timedelta(days=1)
# So long before a platform lets go of people by itself it is said.
WARNED = timedelta(days=30)
MOST = 52
# So long a file that left is shown to the privacy officers, and a mail that was kept up may still tell of it.
SHOWN = timedelta(days=7)
LISTED = 10


def find(session: Session, number: int, *, is_changing: bool = False) -> Export:
    """A file by its number, locked where it is to be changed. Raises `Missing`."""
    found = session.get(Export, number, with_for_update=is_changing or None)
    if found is None:
        raise Missing("There is no such file.")
    return found


def matches(session: Session, export: Export) -> list[Match]:
    """What was entered about a file, the newest reading first."""
    query = select(Match).where(Match.export_id == export.id).order_by(Match.read_on.desc(), Match.id.desc())
    return list(session.scalars(query))


def match(session: Session, export: Export, number: int) -> Match:
    """One of them by its number. Raises `Missing`."""
    found = session.get(Match, number)
    if found is None or found.export_id != export.id:
        raise Missing("There is no such figure.")
    return found


@dataclass
class Course:
    """How one platform's files of a segment went: files, oldest first, and rates by identifier."""

    platform: str
    exports: list[Export] = field(default_factory=list)
    rates: dict[str, list[Match]] = field(default_factory=dict)


def courses(session: Session, segment: str) -> list[Course]:
    """The files of a segment by platform, at most a year of weekly ones."""
    query = (
        select(Export)
        .where(
            Export.segment == segment, Export.kind != Kind.REMOVAL.value, Export.state != State.PREPARED.value
        )
        .order_by(Export.id.desc())
    )
    found: dict[str, Course] = {}
    for export in session.scalars(query.limit(10 * MOST)):
        course = found.setdefault(export.platform, Course(export.platform))
        if not export.is_added_only and len(course.exports) < MOST:
            course.exports.insert(0, export)
    for course in found.values():
        numbers = [export.id for export in course.exports]
        entered = select(Match).where(Match.export_id.in_(numbers)).order_by(Match.read_on, Match.id)
        for match in session.scalars(entered):
            course.rates.setdefault(match.identifier, []).append(match)
    return [found[name] for name in sorted(found)]


def coverage(export: Export) -> float | None:
    """The share of a file's segment that had agreed to the platform, by counts in tens; None where that were nobody."""
    matching = tens(export.rows + sum(export.rejects.values()))
    return 1 - tens(export.rejects.get("no_consent", 0)) / matching if matching else None


def expiring(session: Session, data: Path, now: datetime) -> list[tuple[Export, date]]:
    """Uploaded files whose people a platform lets go of soon, with the last day; the newest of a segment alone."""
    kept = {each.id: each.facts.membership_days for each in platforms(data) if each.facts.membership_days}
    is_there = or_(
        Export.uploaded_on.is_not(None), and_(Export.actor == PULL, Export.finished_at.is_not(None))
    )
    query = select(Export).where(
        Export.kind == Kind.UPLOAD.value, is_there, Export.is_added_only.is_(False), Export.platform.in_(kept)
    )
    newest: dict[tuple[str, str], Export] = {}
    for export in sorted(session.scalars(query), key=lambda each: (_reached(each), each.id)):
        newest[export.platform, export.segment] = export
    ends = ((export, _last(export, kept[export.platform] or 0)) for export in newest.values())
    return sorted(
        ((export, day) for export, day in ends if day - WARNED <= local_day(now)), key=lambda each: each[1]
    )


def _last(export: Export, days: int) -> date:
    return _reached(export) + timedelta(days=days)


def _reached(export: Export) -> date:
    return export.reached_on or local_day(export.created_at)


def left(now: datetime) -> Select[Export]:
    """Audience files that left in the last days, whatever became of them since; the newest first."""
    return (
        select(Export)
        .where(
            Export.kind != Kind.REMOVAL.value,
            # One that died before anything was counted has no row, and nothing of it left.
            Export.rows > 0,
            Export.state != State.PREPARED.value,
            Export.created_at > now - SHOWN,
        )
        .order_by(*NEWEST)
    )


def newest_left(session: Session, now: datetime) -> list[Export]:
    """Those of them that a front page has room for."""
    return list(session.scalars(left(now).limit(LISTED)))


def untold(session: Session, until: datetime, now: datetime) -> list[Export]:
    """Those that left before a moment and of which no mail has told."""
    query = left(now).where(Export.created_at < until, Export.told_at.is_(None))
    return list(session.scalars(query))


def unsaid(session: Session, now: datetime) -> list[Export]:
    """Files that were fetched and of which nobody said whether they were uploaded, the oldest first.

    Of one that the platform fetched by itself there is nothing to say.
    """
    query = select(Export).where(
        Export.kind == Kind.UPLOAD.value,
        Export.uploaded_on.is_(None),
        Export.actor != PULL,
        Export.state != State.PREPARED.value,
        Export.created_at <= now - ASKED_AFTER,
    )
    return list(session.scalars(query.order_by(Export.id)))


def due(session: Session, data: Path, now: datetime) -> Iterator[Due]:
    """What a marketer has to say, and what runs out."""
    names = {each.id: str(each.facts.name) for each in platforms(data)}
    waiting = unsaid(session, now)
    if waiting:
        first = waiting[0]
        text = ngettext(
            "Say of %(num)s file whether it was uploaded or thrown away; it is of %(day)s.",
            "Say of %(num)s files whether they were uploaded or thrown away; the oldest is of %(day)s.",
            len(waiting),
            num=format_number(len(waiting)),
            day=format_date(first.created_at),
        )
        yield Due(text, _("See the files"), "audience_files_staff.files", first.created_at + ASKED_AFTER)
    for export, day in expiring(session, data, now):
        text = _(
            "%(platform)s lets go of the people of “%(segment)s” on %(day)s: upload a new file before.",
            platform=names.get(export.platform, export.platform),
            segment=_("Everybody") if export.segment == "all" else export.segment,
            day=format_date(day),
        )
        yield Due(text, _("To the audiences"), "audiences_staff.audiences", midnight(day))


def latest(session: Session, segment: str, platform: str) -> Export | None:
    """The newest whole file of a segment that left for a platform."""
    query = select(Export).where(
        Export.segment == segment,
        Export.platform == platform,
        Export.kind == Kind.UPLOAD.value,
        Export.state == State.FINISHED.value,
        Export.is_added_only.is_(False),
    )
    return session.scalars(query.order_by(Export.id.desc()).limit(1)).first()


def has_earlier(session: Session, segment: str, platform: str) -> bool:
    """Whether a file of a segment left for a platform before."""
    query = select(Export.id).where(
        Export.segment == segment,
        Export.platform == platform,
        Export.kind == Kind.UPLOAD.value,
        Export.state != State.PREPARED.value,
    )
    return session.scalar(query.limit(1)) is not None
