"""A segment may be a part of another one: saved by its number, read by what it holds.

So and, or and not go as deep as somebody likes, and each part has a name of its own. What an export keeps, a campaign
freezes and a preview counts holds the parts as they were, not their numbers.
"""

import json
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio.audiences.models import Segment
from clevenio.errors import BadInput, Refused

Criteria = Mapping[str, Sequence[str]]
NOT = "not:"
PART = "segment"
PLACES = (PART, NOT + PART)


def expanded(session: Session, criteria: Criteria) -> dict[str, list[str]]:
    """The criteria with each part, given by its number, as text that `part` reads: its name and what it asks for."""
    found = {name: list(values) for name, values in criteria.items()}
    for place in PLACES:
        if place in found:
            found[place] = [
                written(each.name, expanded(session, each.criteria)) for each in _of(session, found[place])
            ]
    return found


def written(name: str, criteria: Criteria) -> str:
    """A part as text."""
    return json.dumps({"name": name, "criteria": criteria}, ensure_ascii=False, sort_keys=True)


def part(text: str) -> tuple[str, Criteria]:
    """The name of a part and what it asks for."""
    found = json.loads(text)
    return found["name"], found["criteria"]


def locked(session: Session) -> Sequence[Segment]:
    """Every segment, which nobody changes until the transaction ends; all in one order, so that nobody waits in a circle."""
    query = select(Segment).order_by(Segment.id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).all()


def require_parts(session: Session, own: int | None, criteria: Criteria) -> None:
    """Check the parts of a segment that is about to be saved; nobody changes another one until the transaction ends.

    Raises `BadInput` where a part does not exist, and `Refused` where the segment would be a part of itself.
    """
    if not any(criteria.get(place) for place in PLACES):
        return
    known = {each.id: numbers(each.criteria) for each in locked(session)}
    seen: set[int] = set()
    waiting = numbers(criteria)
    while waiting:
        number = waiting.pop()
        if number == own:
            raise Refused("This segment would be a part of itself. Choose other parts.")
        if number not in known:
            raise BadInput("There is no such segment.")
        if number not in seen:
            seen.add(number)
            waiting |= known[number]


def numbers(criteria: Criteria) -> set[int]:
    """The parts that criteria name by their numbers, as they are saved."""
    return {int(value) for place in PLACES for value in criteria.get(place, ())}


def _of(session: Session, values: Iterable[str]) -> list[Segment]:
    query = select(Segment).where(Segment.id.in_({int(value) for value in values}))
    return list(session.scalars(query.order_by(Segment.id)))
