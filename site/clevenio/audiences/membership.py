"""Who was in which export and by which identifiers, committed before the batch leaves."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat

from sqlalchemy import ColumnElement, select, text
from sqlalchemy.orm import InstrumentedAttribute

from clevenio.audiences.layouts import Layout
from clevenio.audiences.models import Export, Kind, Membership
from clevenio.database import Database
from clevenio.people.former import FormerIdentifier
from clevenio.people.models import Person

SENT = {
    "email": Membership.has_email,
    "phone": Membership.has_phone,
    "advertising_id": Membership.has_advertising_id,
}

_SQLITE = """
INSERT INTO audience_memberships (person_id, export_id, has_email, has_phone, has_advertising_id)
VALUES (?, ?, ?, ?, ?)
"""
_POSTGRESQL = text("""
INSERT INTO audience_memberships (person_id, export_id, has_email, has_phone, has_advertising_id)
SELECT person, :export, email = 1, phone = 1, advertising_id = 1 FROM unnest(
    CAST(:people AS uuid[]), CAST(:email AS int[]), CAST(:phone AS int[]), CAST(:advertising_id AS int[])
) AS found(person, email, phone, advertising_id)
""")
_FIELDS = ("email", "phone", "advertising_id")


def add_members(
    database: Database, export_id: int, people: Sequence[str], cells: Mapping[str, Sequence[str]]
) -> None:
    """Record people, by their ids as text, and commit.

    `cells` holds what the file has of each identifier, in the order of the people; an empty cell was
    not sent. Statements go straight to the driver: rows of ours would cost more than the digests.
    """
    nothing = [""] * len(people)
    # Numbers, because SQLite's driver is slow to take a bool.
    sent = {field: [1 if cell else 0 for cell in cells.get(field, nothing)] for field in _FIELDS}
    with database.engine.begin() as connection:
        if database.is_sqlite:
            rows = list(zip(people, repeat(export_id), *sent.values(), strict=False))
            connection.exec_driver_sql(_SQLITE, rows)
        else:
            arrays = {"people": _array(people)} | {name: _array(marks) for name, marks in sent.items()}
            connection.execute(_POSTGRESQL, {"export": export_id, **arrays})


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


def _array(values: Iterable[object]) -> str:
    """An array as PostgreSQL reads it: the driver is slow to write many values one by one."""
    return f"{{{','.join(map(str, values))}}}"
