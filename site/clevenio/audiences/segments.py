"""Segments: a choice of people as data, turned into a condition.

A segment is a mapping from criterion to values: every criterion must hold, any of its values will
do. The segment `all` always exists, is not saved, and holds everybody.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import ColumnElement, and_, or_, select, true
from sqlalchemy.orm import Session

from clevenio.audiences.models import Segment
from clevenio.consent import ledger
from clevenio.errors import BadInput, Missing, Refused
from clevenio.i18n import LANGUAGES, NAMES
from clevenio.i18n import gettext as _
from clevenio.people import identifiers
from clevenio.people.models import Person
from clevenio.people.roles import LABELS
from clevenio.registry import load

ALL = "all"
Criteria = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Choice:
    """A segment to export: its name and what it meant at this moment."""

    name: str
    criteria: Criteria


def _company(values: Sequence[str]) -> ColumnElement[bool]:
    """A company by its name as written, or by its website's domain."""
    domains = [value.lower().removeprefix("www.") for value in values]
    return or_(Person.company.in_(values), Person.website_domain.in_(domains))


def _topic(values: Sequence[str]) -> ColumnElement[bool]:
    return or_(*(Person.id.in_(ledger.permitted(topic)) for topic in values))


# A new criterion is a line here and its allowed values below.
CRITERIA: dict[str, Callable[[Sequence[str]], ColumnElement[bool]]] = {
    "role": Person.role.in_,
    "company": _company,
    "language": Person.language.in_,
    "topic": _topic,
}


def allowed(criterion: str) -> Sequence[str] | None:
    """The values that a criterion may have; None where it is free text."""
    fixed: dict[str, Sequence[str]] = {
        "role": tuple(identifiers.Role),
        "language": LANGUAGES,
        "topic": tuple(load().topics),
    }
    return fixed.get(criterion)


def condition(criteria: Criteria) -> ColumnElement[bool]:
    """The people of a segment, as a condition on `Person`; everybody where nothing is asked."""
    return and_(true(), *(CRITERIA[name](values) for name, values in criteria.items() if values))


def checked(criteria: Criteria) -> dict[str, list[str]]:
    """Criteria fit to be saved: known, tidy, without repetition, empty ones left out. Raises `BadInput`."""
    found: dict[str, list[str]] = {}
    for name, values in criteria.items():
        if name not in CRITERIA:
            raise BadInput("There is no criterion %(name)s.", name=name)
        tidy = [text for text in (identifiers.line(value, 200) for value in values) if text]
        known = allowed(name)
        for value in tidy:
            if known is not None and value not in known:
                raise BadInput("%(value)s is no value of %(name)s.", value=value, name=name)
        if tidy:
            found[name] = list(dict.fromkeys(tidy))
    return found


def save(
    session: Session, name: str, description: str, criteria: Criteria, *, actor: str, now: datetime
) -> Segment:
    """A new segment under a name of its own. Raises `BadInput`, or `Refused` where the name is taken."""
    title = identifiers.line(name, 64)
    if not title:
        raise BadInput("Give the segment a name.", reason="empty")
    if title.lower() == ALL or session.scalar(select(Segment.id).where(Segment.name == title)) is not None:
        raise Refused("There is already a segment of this name.")
    segment = Segment(
        name=title,
        description=identifiers.line(description, 300),
        criteria=checked(criteria),
        created_at=now,
        created_by=actor,
    )
    session.add(segment)
    session.flush()
    return segment


def saved(session: Session) -> list[Segment]:
    """Every saved segment by name; `all` is not among them."""
    return list(session.scalars(select(Segment).order_by(Segment.name)))


def find(session: Session, name: str) -> Choice:
    """A segment by its name, `all` included. Raises `Missing`."""
    if name == ALL:
        return Choice(ALL, {})
    segment = session.scalar(select(Segment).where(Segment.name == name))
    if segment is None:
        raise Missing("There is no segment %(name)s.", name=name)
    return Choice(segment.name, cast(Criteria, segment.criteria))


def in_words(criteria: Criteria) -> list[tuple[str, str]]:
    """Criteria as pairs of a name and its values, in the current language."""
    names = {
        "role": _("Role"),
        "company": _("Companies"),
        "language": _("Language"),
        "topic": _("Agreed to get"),
    }
    return [
        (names[name], ", ".join(_value(name, value) for value in values)) for name, values in criteria.items()
    ]


def _value(name: str, value: str) -> str:
    if name == "role":
        return str(LABELS[identifiers.Role(value)])
    if name == "language":
        return NAMES[value]
    return load().name_of(value) if name == "topic" else value
