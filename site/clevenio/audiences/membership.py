"""Who was in which export and by which identifiers, committed before the batch leaves."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

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


class Members:
    """People who go on record together, by which identifiers the file has of them; mostly that is the same of all."""

    def __init__(self) -> None:
        self.people: defaultdict[tuple[bool, ...], list[str]] = defaultdict(list)

    def add(self, people: Sequence[str], cells: Mapping[str, Sequence[str]]) -> None:
        """Add people, by their ids as text.

        `cells` holds what the file has of each identifier, in the order of the people; an empty cell was not sent.
        """
        if not people:
            return
        found = [cells.get(field, ()) for field in SENT]
        if not any("" in column and any(column) for column in found):
            self.people[tuple(map(any, found))] += people
            return
        columns = [map(bool, column or [""] * len(people)) for column in found]
        for person, *sent in zip(people, *columns, strict=True):
            self.people[tuple(sent)].append(person)


def add_members(database: Database, export_id: int, members: Members) -> None:
    """Record people as members of an export, and commit."""
    if not members.people:
        return
    with database.engine.begin() as connection, in_passing(connection):
        for sent, people in members.people.items():
            values = {"export": export_id, **dict(zip(SENT, sent, strict=True))}
            # Ids need no escaping: they are hexadecimal digits and dashes.
            if database.is_sqlite:
                connection.execute(_SQLITE, {"people": '["' + '","'.join(people) + '"]', **values})
            else:
                connection.execute(_POSTGRESQL, {"people": "{" + ",".join(people) + "}", **values})


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


def was_sent(layout: Layout, field: str, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a file for a platform carried the identifier that the person has now, not one they had before.

    A file that all `conditions` are true of.
    """
    another = (
        select(FormerIdentifier.id)
        .where(
            FormerIdentifier.person == Person.id,
            FormerIdentifier.field == field,
            FormerIdentifier.at >= Export.created_at,
        )
        .correlate(Person, Export)
    )
    return was_in_upload(layout, SENT[field], ~another.exists(), *conditions)
