"""An administrator, somebody in support, and what the one does to the other."""

import pytest
from sqlalchemy import select

from clevenio.audit import AuditEntry
from clevenio.people.staff_members import StaffMember
from tests.support.application import form_token, new_client
from tests.support.staff import PASSWORD, give_app, make_member, pass_factor

PAGE = "/staff/members"
BOSS, OTHER = "boss@example.com", "other@example.com"


@pytest.fixture
def boss(sign_in_staff, clock):
    return sign_in_staff("administrator", email=BOSS)


@pytest.fixture
def other(database, settings, boss):
    """Somebody in support, with an app."""
    with database.session() as session:
        made = make_member(session, OTHER, "support")
        give_app(session, settings.secret_keys, made)
        session.commit()
        return made


@pytest.fixture
def member(other_session):
    """`member(email)`: as the database has them now."""

    def find(email=OTHER):
        with other_session() as session:
            return session.scalars(select(StaffMember).where(StaffMember.email == email)).one_or_none()

    return find


@pytest.fixture
def last_entry(other_session):
    def find():
        with other_session() as session:
            return session.scalars(select(AuditEntry).order_by(AuditEntry.sequence.desc())).first()

    return find


def post(client, path, page=PAGE, **fields):
    token = form_token(client.get(page))
    return client.post(PAGE + path, data={"csrf_token": token, **fields})


def sign_in(app, clock, email=OTHER):
    client = new_client(app)
    client.post("/staff/login", data={"email": email, "password": PASSWORD})
    clock.advance(seconds=30)
    pass_factor(client, clock.now)
    return client
