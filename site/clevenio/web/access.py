"""Who may open what: Flask-Login over session rows, and the gate of the back office."""

from collections.abc import Callable
from typing import Any, Protocol, cast
from uuid import UUID

from flask import Flask, abort, redirect, request, url_for
from flask_login import LoginManager, current_user
from flask_wtf.csrf import CSRFProtect
from werkzeug.wrappers import Response

csrf = CSRFProtect()


class Member(Protocol):
    """Somebody signed in. `kind` is account or staff; only staff have roles."""

    @property
    def id(self) -> UUID: ...

    @property
    def kind(self) -> str: ...

    @property
    def email(self) -> str: ...

    @property
    def language(self) -> str: ...

    @property
    def roles(self) -> frozenset[str]: ...


def install(app: Flask) -> None:
    """Set Flask-Login and Flask-WTF up; who a session belongs to is said by `load_members_with`."""
    manager = LoginManager()
    manager.session_protection = None
    manager.init_app(app)
    manager.user_loader(lambda _session_id: None)
    csrf.init_app(app)


def load_members_with(app: Flask, load: Callable[[str], Member | None]) -> None:
    """Name the function that finds the member behind a session id, or None where it has ended."""
    app.login_manager.user_loader(load)  # type: ignore[attr-defined]


def current_member() -> Member | None:
    """Whoever is signed in, customer or staff."""
    return cast(Member, current_user) if current_user.is_authenticated else None


def current_staff() -> Member:
    """The member of staff who is signed in; 403 where nobody is."""
    member = current_member()
    if member is None or member.kind != "staff":
        abort(403)
    return member


def actor() -> str:
    """The member of staff who is signed in, as the audit trail names them; 403 where nobody is."""
    return f"staff:{current_staff().id}"


def current_account() -> Member:
    """The customer who is signed in; 403 where nobody is."""
    member = current_member()
    if member is None or member.kind != "account":
        abort(403)
    return member


def staff_gate(*roles: str) -> Callable[[], Any]:
    """A `before_request` that sends strangers to the login, stops other roles, and checks form tokens."""

    def gate() -> Response | None:
        member = current_member()
        if member is None or member.kind != "staff":
            if request.method in ("GET", "HEAD"):
                return redirect(url_for("backoffice.login", next=request.path), 303)
            abort(403)
        if roles and not member.roles & {*roles, "administrator"}:
            abort(403)
        csrf.protect()
        return None

    return gate


def account_gate() -> Response | None:
    """A `before_request` for the customer's own pages: strangers go to the login, tokens are checked."""
    member = current_member()
    if member is None or member.kind != "account":
        if request.method in ("GET", "HEAD"):
            return redirect(url_for("accounts.login", next=request.path), 303)
        abort(403)
    csrf.protect()
    return None


__all__ = [
    "Member",
    "account_gate",
    "actor",
    "csrf",
    "current_account",
    "current_member",
    "current_staff",
    "install",
    "load_members_with",
    "staff_gate",
]
