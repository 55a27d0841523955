"""Who was in which export and by which identifiers, committed before the batch leaves."""

import json
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import ColumnElement, select, text
from sqlalchemy.orm import InstrumentedAttribute

from clevenio.audiences.layouts import Layout
from clevenio.audiences.models import Export, Kind, Membership
from clevenio.audiences.passing import in_passing
from clevenio.database import Database
from clevenio.people.former import FormerIdentifier
from clevenio.people.models import Person

SENT = {
    "email": Membership.has_email,
    "phone": Membership.has_phone,
    "advertising_id": Membership.has_advertising_id,
}

# All ids of a batch in one value: drivers are slow to take many values one by one.
_SQLITE = text("""
INSERT INTO audience_memberships (person_id, export_id, has_email, has_phone, has_advertising_id)
SELECT value, :export, :email, :phone, :advertising_id FROM json_each(:people)
""")
_POSTGRESQL = text("""
INSERT INTO audience_memberships (person_id, export_id, has_email, has_phone, has_advertising_id)
SELECT value, :export, :email, :phone, :advertising_id FROM unnest(CAST(:people AS uuid[])) AS found(value)
""")
_FIELDS = ("email", "phone", "advertising_id")


def add_members(
    database: Database, export_id: int, people: Sequence[str], cells: Mapping[str, Sequence[str]]
) -> None:
    """Record people, by their ids as text, and commit.

    `cells` holds what the file has of each identifier, in the order of the people; an empty cell was
    not sent.
    """
    with database.engine.begin() as connection, in_passing(connection):
        for sent, group in _alike(people, cells):
            if database.is_sqlite:
                values = {"people": json.dumps(group)}
                connection.execute(_SQLITE, {"export": export_id, **sent, **values})
            else:
                values = {"people": f"{{{','.join(group)}}}"}
                connection.execute(_POSTGRESQL, {"export": export_id, **sent, **values})


def was_in_upload(
    layout: Layout, *conditions: ColumnElement[bool] | InstrumentedAttribute[bool]
) -> ColumnElement[bool]:
    """Whether the person was in a file for a platform that all of these are true of."""
    return (
        select(Membership.person_id)
        .join(Export, Export.id == Membership.export_id)
        .where(
            Membership.person_id == Person.id,
            Export.platform == layout.id,
            Export.kind == Kind.UPLOAD.value,
            *conditions,
        )
        .correlate(Person)
        .exists()
    )


def was_sent(layout: Layout, field: str) -> ColumnElement[bool]:
    """Whether a file for a platform carried the identifier that the person has now, not one they had before."""
    another = (
        select(FormerIdentifier.id)
        .where(
            FormerIdentifier.person == Person.id,
            FormerIdentifier.field == field,
            FormerIdentifier.at >= Export.created_at,
        )
        .correlate(Person, Export)
    )
    return was_in_upload(layout, SENT[field], ~another.exists())


def _alike(
    people: Sequence[str], cells: Mapping[str, Sequence[str]]
) -> Iterator[tuple[dict[str, bool], Sequence[str]]]:
    """The people of each set of identifiers that was sent; mostly there is one set alone."""
    found = [cells.get(field, ()) for field in _FIELDS]
    if not any("" in column and any(column) for column in found):
        yield {field: any(column) for field, column in zip(_FIELDS, found, strict=True)}, people
        return
    groups: dict[tuple[bool, ...], list[str]] = {}
    columns = [map(bool, column or [""] * len(people)) for column in found]
    for person, *sent in zip(people, *columns, strict=True):
        groups.setdefault(tuple(sent), []).append(person)
    for marks, group in groups.items():
        yield dict(zip(_FIELDS, marks, strict=True)), group
