"""The blueprint of the account's pages, and what each of its modules needs."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from flask import Response, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import Forbidden

from clevenio.accounts import agreements, queries
from clevenio.accounts.agreements import Matter
from clevenio.accounts.models import Account
from clevenio.accounts.views import drafts
from clevenio.i18n import local_day
from clevenio.web import mailed
from clevenio.web.access import account_gate, current_account, current_member
from clevenio.web.blueprints import SiteBlueprint, public_endpoints
from clevenio.web.forms import SignedInForm
from clevenio.web.headers import no_store
from clevenio.web.rendering import render
from clevenio.web.request import db, now

bp = SiteBlueprint("accounts")
mailed.keep(bp)
# What every page of the account knows of its person from rooms above: the name that templates use, and the
# function that finds it, None where there is nothing to say. `leaving` is a deletion that was asked for.
TOLD: dict[str, Callable[[UUID], object]] = {}


@bp.after_request
def _keep_out_of_caches(response: Response) -> Response:
    is_public = request.endpoint in public_endpoints(current_app)
    return response if is_public else no_store(response)


def signed_in(view: Callable[..., Any]) -> Callable[..., Any]:
    """Only for whoever is logged in to an account; a post carries its token.

    A page leads first to new versions of what was agreed to, where these have to be accepted. What
    was typed beforehand is taken all the same: nothing of it is lost.
    """

    @wraps(view)
    def guarded(*args: Any, **values: Any) -> Any:
        return _gate() or _lead_to_new_versions() or view(*args, **values)

    return guarded


def signed_in_always(view: Callable[..., Any]) -> Callable[..., Any]:
    """As `signed_in`, for what stays open whatever has to be accepted: proof, safety, withdrawal, leaving."""

    @wraps(view)
    def guarded(*args: Any, **values: Any) -> Any:
        return _gate() or view(*args, **values)

    return guarded


def _gate() -> ResponseReturnValue | None:
    """Whoever may not act here is stopped; a form whose login or token has ended is not lost by it."""
    try:
        return account_gate() or drafts.show_in_this_language()
    except CSRFError:
        shown = drafts.show_again()
        if shown is None:
            raise
        return shown
    except Forbidden:
        if current_member() is not None:
            raise
        return drafts.ask_to_log_in()


def new_matters() -> list[Matter]:
    """The versions that are to be put before whoever is logged in."""
    return agreements.matters(db(), current_account().id, local_day(now()))


def _lead_to_new_versions() -> ResponseReturnValue | None:
    if request.method not in ("GET", "HEAD"):
        return None
    found = new_matters()
    # What is only to be known waits at the door, which is the first page after a login.
    is_asked = agreements.come_first(found) or (
        request.endpoint == "accounts.account" and any(matter.is_due for matter in found)
    )
    return redirect(url_for("accounts.new_versions", next=request.path), 303) if is_asked else None


def own_account() -> Account:
    """The account of whoever is logged in."""
    return queries.account(db(), current_account().id)


def own_page(template: str, /, **values: object) -> str:
    """A page of the account; its template extends `accounts/layout.html`."""
    person = own_account().person
    known = {
        "person": person,
        "token_form": SignedInForm(None),
        "mark": drafts.mark_of(current_account().id),
        "drafted": g.get("drafted"),
        "switching": drafts.switching(),
        "here": g.get("here", request.endpoint),
        **{name: ask(person.id) for name, ask in TOLD.items()},
    }
    return render(template, **{**known, **values})
