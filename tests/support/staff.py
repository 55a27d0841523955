"""Members of staff, and browsers that are signed in as one."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from clevenio.accounts import passwords
from clevenio.accounts.factors import sealing
from clevenio.accounts.factors.models import TotpFactor
from clevenio.people.addresses import address
from clevenio.people.staff_members import StaffMember, StaffRole
from tests.support.application import form_token, new_client
from tests.support.factories import NOW

PASSWORD = "a made-up pass phrase of staff"
SUPPORT = "support@example.com"
# What the app of every made-up member shares with the site, in base32.
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

SignInStaff = Callable[..., FlaskClient]


@cache
def _hashed() -> str:
    return passwords.hashed(PASSWORD)


def make_member(
    session: Session,
    email: str = "staff@example.com",
    *roles: str,
    language: str = "en",
    now: datetime = NOW,
) -> StaffMember:
    """Somebody who accepted an invitation at this moment and has `PASSWORD`. Flushes, never commits."""
    to = address(email)
    member = StaffMember(
        email=to.email,
        address_key=to.key,
        email_ascii=to.ascii,
        language=language,
        password=_hashed(),
        invited_at=now,
        activated_at=now,
        granted=[StaffRole(role=role) for role in roles],
    )
    session.add(member)
    session.flush()
    return member


def code_at(moment: datetime, secret: str = SECRET) -> str:
    """The six digits that an app shows at a moment."""
    return pyotp.TOTP(secret).at(moment)


def give_app(session: Session, keys: Sequence[str], member: StaffMember, secret: str = SECRET) -> TotpFactor:
    """An authenticator app in force, which shows `code_at`. Flushes, never commits."""
    app = TotpFactor(member=member.id, secret=sealing.seal(keys, secret), created_at=NOW, confirmed_at=NOW)
    session.add(app)
    session.flush()
    return app


def give_password(
    client: FlaskClient,
    email: str = SUPPORT,
    password: str = PASSWORD,
    query: str = "",
    network: str = "127.0.0",
    **options: Any,
) -> TestResponse:
    """The first step of the way in, through the form."""
    data, base = {"email": email, "password": password}, {"REMOTE_ADDR": f"{network}.7"}
    return client.post(f"/staff/login{query}", data=data, environ_base=base, **options)


def give_code(
    client: FlaskClient, code: str, query: str = "", network: str = "127.0.0", **options: Any
) -> TestResponse:
    """The second step, through the form."""
    data = {"factor_code": code, "csrf_token": form_token(client.get("/staff/factor"))}
    base = {"REMOTE_ADDR": f"{network}.7"}
    return client.post(f"/staff/factor{query}", data=data, environ_base=base, **options)


def pass_factor(client: FlaskClient, moment: datetime, query: str = "") -> TestResponse:
    """The second step with the code of a moment."""
    return give_code(client, code_at(moment), query)


def set_app_up(client: FlaskClient, moment: datetime) -> TestResponse:
    """Set an app up through its page, as who has no factor does after the password."""
    page = client.get("/staff/security/app")
    found = re.search(r'id="key">([A-Z2-7 ]+)<', page.text)
    assert found, page.text
    code = code_at(moment, found[1].replace(" ", ""))
    return client.post("/staff/security/app", data={"code": code, "csrf_token": form_token(page)})


@pytest.fixture
def sign_in_staff(app: Flask) -> SignInStaff:
    """`sign_in_staff("support")`: a browser signed in as somebody with these roles.

    It takes the login form and the second factor as everybody does.
    """

    def sign_in(*roles: str, email: str | None = None) -> FlaskClient:
        email = email or f"{'-'.join(roles) or 'nobody'}@example.com"
        kit = app.extensions["clevenio"]
        with kit.database.session() as session:
            member = make_member(session, email, *roles, now=kit.clock())
            give_app(session, kit.settings.secret_keys, member)
            session.commit()
        client = new_client(app)
        response = client.post("/staff/login", data={"email": email, "password": PASSWORD})
        assert response.status_code == 303, response.text
        assert pass_factor(client, kit.clock()).status_code == 303
        return client

    return sign_in
