"""Members of staff half in and wholly in, and how they prove themselves."""

import pytest
from sqlalchemy import select

from clevenio.audit import AuditEntry
from tests.support.application import form_token
from tests.support.staff import SUPPORT as EMAIL
from tests.support.staff import (
    code_at,
    give_password,
    make_member,
    pass_factor,
)


@pytest.fixture
def bare(database, clock):
    """Somebody without any second factor."""
    with database.session() as session:
        made = make_member(session, EMAIL, "support")
        session.commit()
        return made


@pytest.fixture
def actions(other_session):
    """What the audit trail has, oldest first."""

    def find():
        with other_session() as session:
            return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.sequence)))

    return find


def log_in(client, email=EMAIL):
    assert give_password(client, email).status_code == 303
    return client


def cookie(client):
    return client.get_cookie("session").value


def confirm(client, clock, query=""):
    token = form_token(client.get("/staff/confirmation"))
    data = {"factor_code": code_at(clock.now), "csrf_token": token}
    return client.post(f"/staff/confirmation{query}", data=data)


@pytest.fixture
def inside(client, member, clock):
    """A browser that came in eleven minutes ago."""
    pass_factor(log_in(client), clock.now)
    clock.advance(minutes=11)
    return client


def renew(client, **fields):
    token = form_token(client.get("/staff/"))
    return client.post("/staff/security/recovery-codes", data={"csrf_token": token, **fields})
