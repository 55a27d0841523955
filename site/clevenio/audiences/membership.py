"""Who was in which export, written in batches and committed before the batch leaves."""

from collections.abc import Sequence
from itertools import repeat
from typing import Any

from sqlalchemy import Select, insert, literal, text
from sqlalchemy.orm import Session

from clevenio.audiences.models import Membership
from clevenio.database import Database


def add_members(database: Database, export_id: int, people: Sequence[Any]) -> None:
    """Record people, by their ids as the driver gave them, and commit.

    Statements go straight to the driver: rows of ours would cost more than the digests.
    """
    with database.engine.begin() as connection:
        if database.is_sqlite:
            connection.exec_driver_sql(
                "INSERT INTO audience_memberships (person_id, export_id) VALUES (?, ?)",
                list(zip(people, repeat(export_id))),
            )
        else:
            connection.execute(
                text(
                    "INSERT INTO audience_memberships (person_id, export_id) "
                    "SELECT unnest(CAST(:people AS uuid[])), :export"
                ),
                {"people": list(people), "export": export_id},
            )


def add_members_from(database: Database, export_id: int, people: Select[Any]) -> None:
    """Record the people a query finds, in the database itself, and commit."""
    with database.session() as session:
        insert_members(session, export_id, people)
        session.commit()


def insert_members(session: Session, export_id: int, people: Select[Any]) -> None:
    """Record the people a query finds, in this transaction."""
    rows = people.add_columns(literal(export_id))
    session.execute(insert(Membership).from_select(["person_id", "export_id"], rows))
