"""Who may open what: Flask-Login over session rows, and the gates of the back office.

Three of them stand one behind another: signed in, the second factor passed, and, for what is worth
more than the rest, confirmed within the last minutes (OWASP ASVS 5.0, 7.5).
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Protocol, cast
from uuid import UUID

from flask import Flask, abort, current_app, redirect, request, url_for
from flask_login import LoginManager, current_user
from flask_wtf.csrf import CSRFProtect
from werkzeug.wrappers import Response

from clevenio.web.request import now
from clevenio.web.safe_next import this_page

RECENT = timedelta(minutes=10)
csrf = CSRFProtect()


class Member(Protocol):
    """Somebody signed in. `kind` is account or staff; only staff have roles.

    `confirmed_at` is when they last proved in full who they are; None is staff whose second factor is
    still to come, and who may open nothing but the way to it.
    """

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

    @property
    def confirmed_at(self) -> datetime | None: ...


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
    """The member of staff who is signed in, second factor and all; 403 where nobody is."""
    member = arriving_staff()
    if member.confirmed_at is None:
        abort(403)
    return member


def arriving_staff() -> Member:
    """The member of staff behind this session, also before the second factor; 403 where nobody is."""
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
    """A `before_request` that sends strangers to the login and whoever is half in to the second factor.

    It stops other roles, and checks form tokens.
    """

    def gate() -> Any:
        member = current_member()
        if member is None or member.kind != "staff":
            return _lead_to("backoffice.login")
        if member.confirmed_at is None:
            return lead_to_factor()
        if roles and not member.roles & {*roles, "administrator"}:
            abort(403)
        csrf.protect()
        return None

    return gate


def arrival_gate() -> Any:
    """A `before_request` for the way in itself: the password was right, the second factor may come yet.

    Form tokens are checked by `csrf.protect`, once it is known who may come here at all.
    """
    member = current_member()
    return _lead_to("backoffice.login") if member is None or member.kind != "staff" else None


def lead_to_factor() -> Any:
    """Whoever is half in goes on to the second factor."""
    return _lead_to("second_factor.question")


def _lead_to(endpoint: str) -> Any:
    """Whoever looks is led to where they get in; whoever posts is refused, and loses nothing of what they typed."""
    if request.method not in ("GET", "HEAD"):
        return current_app.extensions["clevenio.refuse_post"]()
    return redirect(url_for(endpoint, next=this_page()), 303)


def refuse_posts_with(app: Flask, refuse: Callable[[], Any]) -> None:
    """Name the function that answers a post to the back office by somebody who is not wholly in."""
    app.extensions["clevenio.refuse_post"] = refuse


def ask_again_with(app: Flask, ask: Callable[[], Any]) -> None:
    """Name the function that asks for a factor once more; None from it means that it was given."""
    app.extensions["clevenio.ask_again"] = ask


def recent_gate() -> Any:
    """A `before_request` for what takes a fresh proof: None where the last one is ten minutes old at most.

    Else a page that asks, and the request goes on from there; it never acts without.
    """
    confirmed = current_staff().confirmed_at
    if confirmed is not None and now() < confirmed + RECENT:
        return None
    return current_app.extensions["clevenio.ask_again"]()


def recently_confirmed(view: Callable[..., Any]) -> Callable[..., Any]:
    """`recent_gate` for a single view of staff: `@bp.post(...)` above, `@recently_confirmed` below."""

    @wraps(view)
    def guarded(*args: Any, **values: Any) -> Any:
        response = recent_gate()
        return view(*args, **values) if response is None else response

    return guarded


def account_gate() -> Response | None:
    """A `before_request` for the customer's own pages: strangers go to the login, tokens are checked."""
    member = current_member()
    if member is None or member.kind != "account":
        if request.method in ("GET", "HEAD"):
            return redirect(url_for("accounts.login", next=this_page()), 303)
        abort(403)
    csrf.protect()
    return None


__all__ = [
    "RECENT",
    "Member",
    "account_gate",
    "actor",
    "arrival_gate",
    "arriving_staff",
    "ask_again_with",
    "csrf",
    "current_account",
    "current_member",
    "current_staff",
    "install",
    "lead_to_factor",
    "load_members_with",
    "recent_gate",
    "recently_confirmed",
    "refuse_posts_with",
    "staff_gate",
]
