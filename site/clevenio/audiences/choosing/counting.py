"""Counting a segment for a platform as a marketer may see it."""

from datetime import datetime
from typing import NamedTuple

from clevenio.audiences.blurring import Shown, show
from clevenio.audiences.layouts import Platform
from clevenio.audiences.preview import preview, required
from clevenio.audiences.segments import Choice
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


def added(database: Database, choice: Choice, platform: Platform) -> int | None:
    """How many of those who get in were in no earlier file of the segment; None where there is no earlier file."""
    with database.session(write=False) as session:
        if not uploads.has_earlier(session, choice.name, platform.id):
            return None
        return preview(session, platform, choice, is_added_only=True).rows
