"""The blueprint of the account's pages, and what each of its modules needs."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, current_app, request

from clevenio.accounts import queries
from clevenio.accounts.models import Account
from clevenio.web.access import account_gate, current_account
from clevenio.web.blueprints import SiteBlueprint, public_endpoints
from clevenio.web.forms import SignedInForm
from clevenio.web.headers import no_store
from clevenio.web.rendering import render
from clevenio.web.request import db

bp = SiteBlueprint("accounts")


@bp.after_request
def _keep_out_of_caches(response: Response) -> Response:
    is_public = request.endpoint in public_endpoints(current_app)
    return response if is_public else no_store(response)


def signed_in(view: Callable[..., Any]) -> Callable[..., Any]:
    """Only for whoever is logged in to an account; a post carries its token."""

    @wraps(view)
    def guarded(*args: Any, **values: Any) -> Any:
        return account_gate() or view(*args, **values)

    return guarded


def own_account() -> Account:
    """The account of whoever is logged in."""
    return queries.account(db(), current_account().id)


def own_page(template: str, /, **values: object) -> str:
    """A page of the account; its template extends `accounts/layout.html`."""
    return render(template, **{"person": own_account().person, "token_form": SignedInForm(None), **values})
