"""A small site full of other people's things: a victim, an attacker, staff, and what they left behind."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Row, Table, select
from sqlalchemy.orm import Session

from clevenio.consent.notices import TOPICS
from clevenio.database import Base, Database
from clevenio.inquiries import operations as inquiries
from clevenio.people import links
from clevenio.people.addresses import address
from clevenio.people.staff_members import Role
from clevenio.settings import Settings
from tests.support.accounts import SignInAccount, make_account
from tests.support.application import Clock
from tests.support.factories import grant
from tests.support.staff import SignInStaff

VICTIM = {
    "first_name": "Vihtori-Uhri",
    "last_name": "Salaisuutinen",
    "phone": "+358401112223",
    "company": "Salattu Kuosi Oy",
}
VICTIM_EMAIL = "vihtori.uhri@example.com"
SECRETS = (VICTIM_EMAIL, *VICTIM.values())
ROLES = [role.value for role in Role]


@dataclass
class World:
    """Browsers by actor, the victim's ids, and the means to look at rows."""

    app: Flask
    database: Database
    settings: Settings
    now: datetime
    browsers: dict[str, FlaskClient] = field(default_factory=dict)
    person: UUID | None = None
    account: UUID | None = None
    inquiry: UUID | None = None

    def token(self, purpose: str, person: UUID | None = None, **data: object) -> str:
        """A new link of any purpose, signed by the ring that its room uses."""
        keys = self.settings.secret_keys if purpose == "invite" else self.settings.mail_keys
        with self.database.session() as session:
            made = links.make(
                session, keys, purpose, self.now, person=person, data={"language": "en", **data}
            )
            session.commit()
            return made

    def rows_of(self, *ids: UUID | None) -> dict[str, list[tuple[object, ...]]]:
        """Every row of every table that points at one of these ids, as it stands now."""
        with self.database.session(write=False) as session:
            found = {
                table.name: _rows(session, table, {*ids} - {None}) for table in Base.metadata.sorted_tables
            }
        return {name: rows for name, rows in found.items() if rows}

    def table(self, name: str) -> list[Row[tuple[object, ...]]]:
        """A whole table."""
        with self.database.session(write=False) as session:
            return list(session.execute(select(Base.metadata.tables[name])))

    def ids_of(self, *ids: UUID | None) -> set[str]:
        """Every identifier that stands in those rows: what an attacker might have learned."""
        rows = [value for rows in self.rows_of(*ids).values() for row in rows for value in row]
        return {str(value) for value in rows if isinstance(value, UUID)}


def _rows(session: Session, table: Table, ids: set[UUID | None]) -> list[tuple[object, ...]]:
    rows = (tuple(row) for row in session.execute(select(table)))
    return sorted(
        (row for row in rows if any(isinstance(value, UUID) and value in ids for value in row)), key=str
    )


@pytest.fixture
def world(
    app: Flask,
    database: Database,
    settings: Settings,
    clock: Clock,
    client: FlaskClient,
    sign_in_account: SignInAccount,
    sign_in_staff: SignInStaff,
) -> World:
    """A victim with an account, choices, an inquiry and links; a customer, staff of each role, and nobody."""
    made = World(app, database, settings, clock.now)
    with database.session() as session:
        account = make_account(session, VICTIM_EMAIL, **VICTIM)
        grant(session, account.person, *TOPICS)
        made.person, made.account = account.person_id, account.id
        message = inquiries.Message(
            name=VICTIM["last_name"], address=address(VICTIM_EMAIL), message="Salainen viesti", company=None
        )
        inquiry = inquiries.send(session, settings, message, "en", clock.now)
        assert inquiry
        made.inquiry = inquiry.id
        session.commit()
    made.token("unsubscribe", made.person, topic="newsletter")
    made.browsers = {
        "nobody": client,
        "customer": sign_in_account("attacker@example.com"),
        **{role: sign_in_staff(role) for role in ROLES},
    }
    return made
