"""Sessions, opened under the signed-in addresses only, so that public pages know nobody."""

import re
from typing import NoReturn

from flask import Flask, Request, current_app, request
from flask.sessions import NullSession, SecureCookieSession, SecureCookieSessionInterface

from clevenio.settings import Settings

# The addresses that have a session: the account, login and logout, and the back office.
SIGNED_IN = re.compile(r"/(staff|fi/(tili|kirjaudu|kirjaudu-ulos)|en/(account|login|logout))(/|$)")


class NoSession(NullSession):
    """What a public page gets: reads find nothing, a write fails loudly."""

    def _fail(self, *args: object, **kwargs: object) -> NoReturn:
        raise RuntimeError("a public page has no session: this address is not among the signed-in ones")

    __setitem__ = __delitem__ = clear = pop = popitem = update = setdefault = _fail


class SignedInSessions(SecureCookieSessionInterface):
    """Flask's signed cookie, which holds a random session id, a form token, and what was done just before."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """A session under the signed-in addresses, none elsewhere."""
        if not SIGNED_IN.match(request.path):
            return NoSession()
        return super().open_session(app, request)


def host_cookie(name: str, settings: Settings) -> str:
    """What a cookie of this very host is called; `__Host-` keeps others from planting one over HTTPS."""
    return f"__Host-{name}" if settings.is_secure else name


def install(app: Flask) -> None:
    """Set the cookie's name and flags."""
    settings = app.extensions["clevenio"].settings
    app.config.update(
        SESSION_COOKIE_NAME=host_cookie("session", settings),
        SESSION_COOKIE_SECURE=settings.is_secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        SESSION_REFRESH_EACH_REQUEST=False,
    )
    app.session_interface = SignedInSessions()


def has_session_cookie() -> bool:
    """Whether the browser sent a session along."""
    return current_app.config["SESSION_COOKIE_NAME"] in request.cookies
