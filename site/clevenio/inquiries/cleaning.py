"""What follows a redaction's transaction: kept mail that repeated a passage, and the bytes on the disk.

Whoever removed a passage still knows what to search the disk for; the row does not. So where this was
interrupted, a tick writes the file anew in any case.
"""

import logging
import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from clevenio.database import Database
from clevenio.inquiries.models import Redaction
from clevenio.inquiries.redaction import Removed
from clevenio.settings import Settings

log = logging.getLogger(__name__)
# As long as whoever removed it may still be at it.
PATIENCE = timedelta(minutes=2)


def clean(settings: Settings, database: Database, removed: Removed, now: datetime) -> None:
    """Let nothing of what was removed stay on the disk; where that fails now, a tick tries again."""
    _clean(settings, database, removed.id, removed.texts, now)


def go_on(settings: Settings, database: Database, now: datetime) -> None:
    """Finish what was interrupted; a tick calls it."""
    with database.session(write=False) as session:
        waiting = select(Redaction.id).where(Redaction.cleaned_at.is_(None), Redaction.at <= now - PATIENCE)
        found = session.scalars(waiting).all()
    for redaction in found:
        _clean(settings, database, redaction, None, now)


def _clean(
    settings: Settings, database: Database, redaction_id: UUID, texts: Sequence[str] | None, now: datetime
) -> None:
    try:
        with database.session(write=False) as session:
            redaction = session.get(Redaction, redaction_id)
            files = (redaction.files or []) if redaction else []
        for name in files:
            (settings.data / "mail" / Path(name).name).unlink(missing_ok=True)
        if not database.is_sqlite:
            # Its tables are written anew for all who wait for it together and have no files any more.
            if files:
                with database.session() as session:
                    _forget_files(session, redaction_id)
                    session.commit()
            return
        if texts is None:
            database.rewrite()
        if database.scrub(_needles(texts or ())):
            with database.session() as session:
                _finish(session, redaction_id, now)
                session.commit()
    except (DBAPIError, sqlite3.Error, OSError):
        # A full disk, say. The row stays as it is, so a tick tries again.
        log.exception("the disk could not be cleaned after a redaction")


def _needles(texts: Sequence[str]) -> list[bytes]:
    """Both halves of each text: a long one may stand across two pages, and one half is whole in either case."""
    found = []
    for text in texts:
        content = text.encode()
        middle = len(content) // 2
        found += [half for half in (content[:middle], content[middle:]) if half]
    return found


def _forget_files(session: Session, redaction_id: UUID) -> None:
    redaction = session.get(Redaction, redaction_id)
    if redaction is not None:
        redaction.files = None


def _finish(session: Session, redaction_id: UUID, now: datetime) -> None:
    redaction = session.get(Redaction, redaction_id)
    if redaction is not None:
        redaction.cleaned_at, redaction.files = now, None
