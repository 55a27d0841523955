"""Whoever fetches their own file leaves an entry of the audit trail: by which door, and nothing of what was in it."""

import pytest
from sqlalchemy import select

from clevenio.audit import AuditEntry
from clevenio.people import operations as people
from clevenio.people.addresses import address
from clevenio.rights import subjects
from clevenio.rights.access import operations
from clevenio.rights.models import Kind
from tests.support.factories import NOW

EMAIL = "aino@example.com"


@pytest.fixture
def entries(other_session):
    def found():
        with other_session() as session:
            query = (
                select(AuditEntry).where(AuditEntry.action == "rights.fetch").order_by(AuditEntry.sequence)
            )
            return [(each.actor, each.details) for each in session.scalars(query)]

    return found


def test_by_the_account_and_by_the_mailed_link(
    sign_in_account, sign_in_staff, client, clock, database, settings, entries
):
    customer = sign_in_account(EMAIL)
    with database.session() as session:
        person = people.find(session, address(EMAIL))
        subject = subjects.of_person(session, settings, person)
        file = operations.keep(session, settings, subject, Kind.ACCESS, "en", NOW).id
        path = operations.offer(session, settings, subject, Kind.PORTABILITY, "en", NOW)
        session.commit()
    assert customer.get(f"/en/account/data/copy/{file}").status_code == 200
    assert client.get(path).status_code == 200
    assert len(entries()) == 1
    assert client.post(path).status_code == 200
    assert client.post(path).status_code == 404
    assert entries() == [
        ("person", {"kind": "access", "by": "account"}),
        ("person", {"kind": "portability", "by": "link"}),
    ]
    officer = sign_in_staff("privacy_officer")
    page = officer.get("/staff/audit?action=rights.fetch").text
    assert "The person themselves" in page
    assert "Fetched the copy of their own data" in page
