"""What the back office asks about audiences."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio.audiences.models import Export, Segment
from clevenio.audiences.segments import ALL, Choice
from clevenio.errors import Missing

LATEST = 20


def segment(session: Session, key: str) -> Choice:
    """A segment by its number, or `all`. Raises `Missing`."""
    if key == ALL:
        return Choice(ALL, {})
    found = session.get(Segment, int(key)) if key.isascii() and key.isdigit() and len(key) < 10 else None
    if found is None:
        raise Missing("There is no such segment.")
    return Choice(found.name, found.criteria)


def latest_exports(session: Session) -> list[Export]:
    """The last files that were asked for, the newest first."""
    return list(session.scalars(select(Export).order_by(Export.id.desc()).limit(LATEST)))
