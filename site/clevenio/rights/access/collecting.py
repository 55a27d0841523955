"""Everything that the classified tables hold about one person, and nothing about anybody else.

Rows are found as an erasure finds them, and then looked at more narrowly: an address or a phone may have
been somebody else's, and what names them is theirs.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select, true
from sqlalchemy.orm import Session

from clevenio.consent import ledger
from clevenio.people.models import Person
from clevenio.registry import Origin, StoredTable, load
from clevenio.rights.holdings import HOLDINGS, Part
from clevenio.rights.models import Asker, Request
from clevenio.rights.subjects import Subject

Row = Mapping[str, Any]
# What is handed out: all but what protects somebody, or names somebody else.
OUT = (Origin.GIVEN, Origin.OBSERVED, Origin.OURS, Origin.INTERNAL)
# Columns that say whose a row is.
REQUESTED = {
    "rights_events": "request",
    "rights_corrections": "request",
    "rights_letters": "request",
    "rights_submissions": "id",
}
PERSONS, ACCOUNTS = ("person", "person_id", "subject"), ("account", "account_id")


@dataclass(frozen=True)
class Extract:
    """The rows of one table, with the columns that are handed out."""

    holding: str
    table: StoredTable
    rows: tuple[Row, ...]


def collect(session: Session, subject: Subject, origins: Iterable[Origin] = OUT) -> Iterator[Extract]:
    """Each kind of data in turn, table by table; those without a row are in it, empty."""
    wanted, registry = tuple(origins), load()
    for holding in HOLDINGS:
        if holding.name == "consent":
            yield from _consent(session, subject, wanted)
        for part in holding.parts:
            table = registry.tables[part.table.name]
            names = list(table.of(*wanted))
            if names:
                yield Extract(holding.name, table, tuple(_rows(session, subject, part, names)))


def _rows(session: Session, subject: Subject, part: Part, names: list[str]) -> Iterator[Row]:
    columns = [part.table.c[name] for name in names]
    query = select(*columns).where(part.where(subject), _is_theirs(part, subject))
    for row in session.execute(query.order_by(*part.table.primary_key)):
        yield {name: plain(value) for name, value in zip(names, row, strict=True)}


def _is_theirs(part: Part, subject: Subject) -> ColumnElement[bool]:
    """Whether a row names nobody else: not another person, not another account, and no phone others may share."""
    columns = part.table.c
    conditions: list[ColumnElement[bool]] = [true()]
    for name in PERSONS:
        # In the trail and its alerts a subject is a hash already, and so is nobody else's.
        if name in columns and columns[name].type.python_type is UUID:
            other = select(Person.id).where(Person.id == columns[name], Person.id != subject.id)
            conditions.append(~other.exists())
    conditions += [
        or_(columns[name].is_(None), columns[name] == subject.account) for name in ACCOUNTS if name in columns
    ]
    if part.table.name in ("suppressions", "erasures"):
        conditions.append(columns["key"] == subject.key)
    if part.table.name in REQUESTED:
        conditions.append(columns[REQUESTED[part.table.name]].in_(_proven(subject, part.table.name)))
    return and_(*conditions)


def _proven(subject: Subject, table: str) -> Select[UUID]:
    """Requests, or what was written in them, that were seen to be the person's own: others may be a stranger's words."""
    what = Request.submission if table == "rights_submissions" else Request.id
    return select(what).where(
        Request.subject == subject.id,
        Request.asker == Asker.PERSON.value,
        Request.identity.is_not(None),
    )


def _consent(session: Session, subject: Subject, origins: tuple[Origin, ...]) -> Iterator[Extract]:
    """Decisions, as the ledger tells them: all of them, and where they stand now."""
    registry = load()
    history = ledger.history(session, subject.id)
    standing = ledger.latest(session, subject.id).values()
    for name, found in (("consent_decisions", history), ("consent_standing", standing)):
        table = registry.tables[name]
        names = [each for each in table.of(*origins) if each != "since"]
        if names:
            rows = tuple({each: plain(getattr(row, each)) for each in names} for row in found)
            yield Extract("consent", table, rows)


def plain(value: Any) -> Any:
    """A value as JSON has it: moments and days in ISO 8601, identifiers in hyphens."""
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    return value
