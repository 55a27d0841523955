"""Members of staff, and browsers that are signed in as one."""

from collections.abc import Callable
from functools import cache

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from clevenio.accounts import passwords
from clevenio.people.addresses import address
from clevenio.people.staff_members import StaffMember, StaffRole
from tests.support.application import new_client
from tests.support.factories import NOW

PASSWORD = "a made-up pass phrase of staff"

SignInStaff = Callable[..., FlaskClient]


@cache
def _hashed() -> str:
    return passwords.hashed(PASSWORD)


def make_member(
    session: Session, email: str = "staff@example.com", *roles: str, language: str = "en"
) -> StaffMember:
    """Somebody who accepted an invitation and has `PASSWORD`. Flushes, never commits."""
    to = address(email)
    member = StaffMember(
        email=to.email,
        address_key=to.key,
        email_ascii=to.ascii,
        language=language,
        password=_hashed(),
        invited_at=NOW,
        activated_at=NOW,
        granted=[StaffRole(role=role) for role in roles],
    )
    session.add(member)
    session.flush()
    return member


@pytest.fixture
def sign_in_staff(app: Flask) -> SignInStaff:
    """`sign_in_staff("support")`: a browser signed in, through the login form, as somebody with these roles."""

    def sign_in(*roles: str, email: str | None = None) -> FlaskClient:
        email = email or f"{'-'.join(roles) or 'nobody'}@example.com"
        with app.extensions["clevenio"].database.session() as session:
            make_member(session, email, *roles)
            session.commit()
        client = new_client(app)
        response = client.post("/staff/login", data={"email": email, "password": PASSWORD})
        assert response.status_code == 303, response.text
        return client

    return sign_in
