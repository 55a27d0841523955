"""Counting a segment for a platform as a marketer may see it."""

from datetime import datetime
from typing import NamedTuple

from clevenio.audiences.blurring import Shown, is_few, show, tens
from clevenio.audiences.encoding import cells, header, lines
from clevenio.audiences.files import Piece
from clevenio.audiences.layouts import Platform, Unit
from clevenio.audiences.models import Export
from clevenio.audiences.preview import preview, required
from clevenio.audiences.segments import Choice
from clevenio.audiences.selection import upload
from clevenio.audiences.uploads import queries as uploads
from clevenio.database import Database
from clevenio.settings import Settings


class Counted(NamedTuple):
    """The counts as they may be shown, and whether a file may be made: that is asked of what they really are."""

    shown: Shown
    is_enough: bool


def count(
    database: Database,
    settings: Settings,
    choice: Choice,
    platform: Platform,
    now: datetime,
    *,
    with_columns: bool = False,
) -> Counted:
    """Count, then remember what was shown, in a short transaction of its own."""
    with database.session(write=False) as reading:
        counts = preview(reading, platform, choice, with_columns=with_columns)
    with database.session() as writing:
        shown = show(writing, choice, platform.id, counts, now)
        writing.commit()
    return Counted(shown, counts.rows >= required(settings, platform.facts))


class Added(NamedTuple):
    """How many are new, as it may be shown, and whether they are enough for a file of their own."""

    rows: int
    is_blurred: bool
    is_enough: bool


def added(
    database: Database, settings: Settings, choice: Choice, platform: Platform, shown: Shown
) -> Added | None:
    """Those who get in and were in no earlier file of the segment; None where there is no earlier file.

    They are no more exact than the counts beside them, else what is blurred there could be reckoned from them.
    """
    with database.session(write=False) as session:
        if not uploads.has_earlier(session, choice.name, platform.id):
            return None
        rows = preview(session, platform, choice, is_added_only=True).rows
    is_enough = rows >= required(settings, platform.facts)
    is_blurred = shown.is_blurred or is_few(rows)
    return Added(tens(rows) if is_blurred else rows, is_blurred, is_enough)


def same_as(database: Database, choice: Choice, platform: Platform) -> Export | None:
    """The newest file of a company list, where a new one would be the same to the byte; people are never compared."""
    if platform.layout.unit is not Unit.COMPANY:
        return None
    with database.session(write=False) as session:
        latest = uploads.latest(session, choice.name, platform.id)
        if latest is None or len(latest.files) != 1:
            return None
        rows = session.execute(upload(platform.layout, choice.criteria).rows).all()
        piece = Piece(header(platform.facts.headers))
        if rows:
            piece.add(lines(platform.layout, cells(platform.layout, list(zip(*rows, strict=True)), (), {})))
        return latest if piece.facts() == latest.files[0] else None
