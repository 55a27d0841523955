"""Segments: choices of people under a name, saved and changed.

The segment `all` always exists, is not saved, and holds everybody.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio.audiences import nesting
from clevenio.audiences.criteria import Criteria, checked, condition, resolved
from clevenio.audiences.models import Export, Kind, Segment, State
from clevenio.audiences.pulls.models import Pull
from clevenio.errors import BadInput, Missing, Refused
from clevenio.people import identifiers

ALL = "all"
_is_used: list[Callable[[Session, str], bool]] = []
__all__ = ["ALL", "Choice", "Criteria", "change", "condition", "find", "save", "saved", "version"]


@dataclass(frozen=True)
class Choice:
    """A segment to export: its name and what it meant at this moment.

    `asked` is what was saved, in which a duration is not yet a day; it stays the same from one week to the next.
    """

    name: str
    criteria: Criteria
    asked: Criteria | None = None

    @property
    def key(self) -> str:
        """What is asked for, whatever it is called: two segments of one key are the same people."""
        asked = self.criteria if self.asked is None else self.asked
        tidy = {name: sorted(values) for name, values in asked.items() if values}
        return hashlib.sha256(json.dumps(tidy, sort_keys=True).encode()).hexdigest()


class Overtaken(Refused):
    """A segment is another one by now than whoever wanted to change it saw."""

    def __init__(self) -> None:
        super().__init__("Somebody changed this segment meanwhile.")


def save(
    session: Session, name: str, description: str, criteria: Criteria, *, actor: str, now: datetime
) -> Segment:
    """A new segment under a name of its own. Raises `BadInput`, or `Refused` where the name is taken."""
    segment = Segment(
        name=_free(session, name, None),
        description=identifiers.line(description, 300),
        criteria=_fit(session, criteria, None),
        created_at=now,
        created_by=actor,
    )
    session.add(segment)
    session.flush()
    return segment


def change(
    session: Session, segment: Segment, name: str, description: str, criteria: Criteria, *, seen: str
) -> None:
    """Change a segment as its reader saw it: `seen` is that `version`.

    Raises `BadInput`, `Refused` where the name is taken, or is another than the one under which files were made,
    `Overtaken` where somebody else changed it meanwhile, `Missing` where they deleted it.
    """
    if segment not in nesting.locked(session):
        raise Missing("There is no such segment.")
    if version(segment) != seen:
        raise Overtaken
    free = _free(session, name, segment.id)
    if free != segment.name and _has_files(session, segment):
        raise Refused(
            "Files were made under this name, by which later ones know whom they held. Keep the name, or save a segment of "
            "another name."
        )
    segment.name = free
    segment.description = identifiers.line(description, 300)
    segment.criteria = _fit(session, criteria, segment.id)
    session.flush()


def kept_while(is_used: Callable[[Session, str], bool]) -> None:
    """Name what knows whether a campaign rests on a segment, given by its key; called once at start."""
    _is_used[:] = [is_used]


def why_kept(session: Session, segment: Segment) -> Refused | None:
    """Why a segment cannot be deleted: somebody or something is explained by it, or rests on it. None where it can."""
    if _has_files(session, segment):
        return Refused("Files were made of this segment, and it says who was in them. It stays.")
    if session.scalar(select(Pull.id).where(Pull.segment_id == segment.id).limit(1)) is not None:
        return Refused("A pull address was made for this segment. It stays.")
    if above := [each.name for each in saved(session) if segment.id in nesting.numbers(each.criteria)]:
        return Refused(
            "This segment is a part of “%(name)s”. Take it out there before you delete it.", name=above[0]
        )
    if any(is_used(session, str(segment.id)) for is_used in _is_used):
        return Refused("A campaign was written for this segment. It stays.")
    return None


def _has_files(session: Session, segment: Segment) -> bool:
    left = select(Export.id).where(
        Export.segment == segment.name,
        Export.kind != Kind.REMOVAL.value,
        Export.state != State.PREPARED.value,
        Export.rows > 0,
    )
    return session.scalar(left.limit(1)) is not None


def delete(session: Session, segment: Segment) -> None:
    """Delete a segment of which nothing was made. Raises `Refused` as `why_kept` says."""
    # Nobody makes it a part of another one meanwhile.
    nesting.locked(session)
    if (kept := why_kept(session, segment)) is not None:
        raise kept
    session.delete(segment)
    session.flush()


def version(segment: Segment) -> str:
    """What tells a segment from what it was before a change."""
    said = json.dumps([segment.name, segment.description, segment.criteria], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def saved(session: Session) -> list[Segment]:
    """Every saved segment by name; `all` is not among them."""
    return list(session.scalars(select(Segment).order_by(Segment.name)))


def find(session: Session, name: str, now: datetime) -> Choice:
    """A segment by its name, `all` included, as it is at a moment. Raises `Missing`."""
    if name == ALL:
        return Choice(ALL, {})
    segment = session.scalar(select(Segment).where(Segment.name == name))
    if segment is None:
        raise Missing("There is no segment %(name)s.", name=name)
    return chosen(session, segment, now)


def chosen(session: Session, segment: Segment, now: datetime) -> Choice:
    """What a saved segment means at this moment, its parts included."""
    asked = nesting.expanded(session, segment.criteria)
    return Choice(segment.name, resolved(asked, now), asked)


def _fit(session: Session, criteria: Criteria, own: int | None) -> dict[str, list[str]]:
    """Criteria fit to be saved. Raises `BadInput` and `Refused`."""
    found = checked(criteria)
    nesting.require_parts(session, own, found)
    return found


def _free(session: Session, name: str, own: int | None) -> str:
    """The name, where no other segment has it, nor one that reads alike: its own may be left as it is."""
    title = identifiers.line(name, 64)
    if not title:
        raise BadInput("Give the segment a name.", reason="empty")
    others = {each.name: each.id for each in saved(session)}
    if title.lower() == ALL or others.get(title, own) != own:
        raise Refused("There is already a segment of this name.")
    if title in others:
        return title
    if alike := [name for name, number in others.items() if number != own and _read(name) == _read(title)]:
        raise Refused(
            "There is already a segment “%(name)s”. Choose a name that differs by more than capital letters.",
            name=alike[0],
        )
    return title


def _read(name: str) -> str:
    """A name as people hear it: without its capital letters, and with single spaces."""
    return " ".join(name.split()).casefold()
