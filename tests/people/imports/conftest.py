"""Importing in a test: a list of rows goes in, a report comes out."""

import csv

import pytest
from sqlalchemy import select

from clevenio.consent import ledger
from clevenio.people import queries
from clevenio.people.imports import working
from clevenio.people.imports.operations import import_people
from clevenio.people.models import Person
from tests.support.factories import NOW


@pytest.fixture
def bring(database, settings, tmp_path):
    """`bring({"email": ...}, ..., is_dry_run=True)` writes a CSV of these rows and imports it."""

    def bring(*rows, now=NOW, path=None, **options):
        if path is None:
            path = tmp_path / "people.csv"
            columns = list(dict.fromkeys(name for row in rows for name in row))
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, columns)
                writer.writeheader()
                writer.writerows(rows)
        with database.session(write=not options.get("is_dry_run")) as session:
            report = import_people(session, settings, path, now=now, **options)
            session.commit()
        return report

    return bring


@pytest.fixture
def proved():
    """`proved("newsletter")`: the four cells of a consent."""

    def proved(*purposes, wording="Send me the newsletter."):
        return {
            "consent": ";".join(purposes),
            "consent_at": "2026-05-31T14:30",
            "consent_source": "trade fair form",
            "consent_wording": wording,
        }

    return proved


@pytest.fixture
def people(other_session):
    """`people()`: everybody committed, by address."""

    def people():
        with other_session() as session:
            return {person.email: person for person in session.scalars(select(Person))}

    return people


@pytest.fixture
def reachable(other_session):
    """`reachable("newsletter")`: addresses whose consent stands and is not suppressed."""

    def reachable(purpose):
        with other_session() as session:
            found = select(Person.email).where(queries.is_mailable(purpose, [ledger.Basis.CONSENT]))
            return set(session.scalars(found))

    return reachable


@pytest.fixture
def marketer(sign_in_staff):
    return sign_in_staff("marketer")


@pytest.fixture
def work(app):
    """The worker, once."""
    kit = app.extensions["clevenio"]
    return lambda: working.go_on(kit.database, kit.settings, kit.clock)
