"""Flask-Login over session rows: who is behind a cookie, letting somebody in, and out again."""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

import flask
from flask import Flask, Response, after_this_request, request
from flask_login import login_user, logout_user
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from clevenio.accounts import devices, sessions, usage
from clevenio.accounts.browsers import browser
from clevenio.accounts.sessions import Finder, Identity, Kind
from clevenio.web.access import current_member, load_members_with
from clevenio.web.kit import kit
from clevenio.web.request import db, now, settings
from clevenio.web.sessions import host_cookie

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SignedIn:
    """A member in a session; fills `clevenio.web.access.Member` and what Flask-Login asks of a user."""

    id: UUID
    kind: str
    email: str
    language: str
    roles: frozenset[str]
    token: str
    confirmed_at: datetime | None

    is_authenticated: ClassVar[bool] = True
    is_active: ClassVar[bool] = True
    is_anonymous: ClassVar[bool] = False

    def get_id(self) -> str:
        """What the cookie holds: the session's id, nobody's name."""
        return self.token


def install(app: Flask, find_staff: Finder) -> None:
    """Say who is behind a session id, customer or staff."""

    def load(token: str) -> SignedIn | None:
        # A session of its own, closed at once: the view may open its own for writing later.
        with kit().database.glance() as connection:
            row = sessions.look(connection, token, now())
            if row is None:
                return None
            member = row.customer
            if row.kind == Kind.STAFF:
                with Session(connection) as session:
                    member = find_staff(session, row.member)
        if member is None:
            return None
        if request.method in ("GET", "HEAD") and sessions.is_due(row, now()):
            _touch(row)
        return _signed_in(member, token, row.confirmed_at)

    load_members_with(app, load)


def sign_in(member: Identity) -> None:
    """Begin a session under a new id, and end the one the browser brought; the view commits.

    Staff are half in by this: `confirm` lets them in once their second factor was right.
    """
    _end_session()
    token = sessions.start(db(), member.kind, member.id, now(), browser(request.user_agent.string))
    flask.session.clear()
    _enter(_signed_in(member, token, now() if member.kind is Kind.ACCOUNT else None))


def confirm(member: Identity) -> bool:
    """Go on under a new id, after this session's member proved in full who they are; the view commits.

    The token of open forms stays, so that what was typed elsewhere can still be sent. False where the
    session has ended meanwhile.
    """
    token = sessions.confirm(db(), this_session(), now())
    if token is None:
        return False
    _enter(_signed_in(member, token, now()))
    return True


def this_session() -> str:
    """The id of the session at hand."""
    return str(flask.session["_user_id"])


def known_browser(owner: devices.Owner) -> str | None:
    """The number under which this browser is known as one that the owner got in with before."""
    return devices.known(settings().secret_keys, _device_cookie(), owner, now())


def know_browser(owner: devices.Owner) -> None:
    """Know this browser from now on, as the owner proved in full who they are; under a new number each time."""
    value = devices.renewed(settings().secret_keys, _device_cookie(), owner, now())

    @after_this_request
    def keep(response: Response) -> Response:
        if response.status_code < 400:
            response.set_cookie(
                host_cookie(devices.NAME, settings()),
                value,
                max_age=devices.lifetime(),
                secure=settings().is_secure,
                httponly=True,
                samesite="Strict",
            )
        return response


def _device_cookie() -> str:
    return request.cookies.get(host_cookie(devices.NAME, settings()), "")


def sign_out() -> None:
    """End this session on the server, and take the cookie back; the view commits."""
    member = current_member()
    if member is not None and member.kind == Kind.ACCOUNT:
        usage.record(db(), member.id, usage.Kind.LOGOUT, now())
    _end_session()
    logout_user()
    flask.session.clear()


def _signed_in(member: Identity, token: str, confirmed_at: datetime | None) -> SignedIn:
    return SignedIn(member.id, member.kind, member.email, member.language, member.roles, token, confirmed_at)


def _enter(member: SignedIn) -> None:
    login_user(member)
    # Flask-Login's own fingerprint of address and browser: we neither use nor keep one.
    flask.session.pop("_id", None)


def _end_session() -> None:
    token = flask.session.get("_user_id")
    if isinstance(token, str):
        sessions.end(db(), token, now())


def _touch(row: sessions.Open) -> None:
    """Posts are left out: each ends in a page, and a view may hold the write lock by then."""
    try:
        with kit().database.session() as session:
            sessions.touch(session, row, now())
            if row.kind == Kind.ACCOUNT:
                usage.record_day(session, row.member, now())
            session.commit()
    except DBAPIError:
        # Reading goes on while nothing can be written; the session only looks older than it is.
        log.warning("the use of a session was not written down", exc_info=True)
