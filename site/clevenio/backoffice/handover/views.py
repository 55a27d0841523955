"""A post whose session had ended: nothing is done, and what was typed waits behind password and second factor."""

from uuid import UUID

import flask
from flask import current_app, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import validate_csrf
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException
from wtforms.validators import ValidationError

from clevenio.accounts import sessions
from clevenio.accounts.drafts import Draft, seal, unseal
from clevenio.accounts.sessions import Kind
from clevenio.accounts.views import drafts
from clevenio.backoffice.forms import LoginForm
from clevenio.backoffice.handover.forms import FORMS
from clevenio.web.access import current_member
from clevenio.web.forms import SignedInForm
from clevenio.web.rendering import render
from clevenio.web.request import db, now, settings


def refuse() -> ResponseReturnValue:
    """Nobody is wholly in: nothing was done. The login carries what was typed, or shows it where it may not."""
    kept = FORMS.get(request.endpoint or "")
    fields = kept.typed(request.form.items(multi=True)) if kept else ()
    member = _who_typed() if fields else None
    draft = seal(settings().secret_keys, Draft(request.path, fields, member), now()) if member else None
    typed = kept.shown(fields) if kept and not draft else []
    return login_page(LoginForm(MultiDict({"draft": draft or ""})), ended=True, typed=typed), 403


def form_of(endpoint: str) -> tuple[type[SignedInForm], str] | None:
    """The form of a signed-in page that is posted to an endpoint, and what stands before the names of its fields."""
    kept = FORMS.get(endpoint)
    if kept:
        return kept.form, kept.prefix
    own = drafts.form_of(endpoint)
    return (own, "") if own else None


def login_page(
    form: LoginForm,
    ended: bool = False,
    typed: list[tuple[str, str]] | None = None,
    without_factor: bool = False,
) -> str:
    """The page to sign in, with what `form` carries; `ended` says that a session has.

    It says so where signing in ends a customer's login, for a browser holds one at a time, and where the
    password was right and a second factor has to be set up first, elsewhere, so that nothing typed is lost.
    """
    member = current_member()
    return render(
        "backoffice/login.html",
        form=form,
        ended=ended,
        typed=typed or [],
        without_factor=without_factor,
        is_customer=member is not None and member.kind == Kind.ACCOUNT,
    )


def after_login(sealed: str | None, member: UUID) -> str | None:
    """What whoever is in now had typed before, to be sent by a press; None where there is nothing of theirs."""
    draft = of(sealed, member)
    kept = FORMS.get(_endpoint(draft.endpoint)) if draft else None
    if draft is None or kept is None:
        return None
    typed = kept.shown(draft.fields)
    return render(
        "backoffice/handover/typed.html", draft=draft, typed=typed, act=kept.act, form=SignedInForm(None)
    )


def of(sealed: str | None, member: UUID) -> Draft | None:
    """The draft, if it is this member's and not too old."""
    draft = unseal(settings().secret_keys, sealed, now()) if sealed else None
    return draft if draft and draft.account == member else None


def _who_typed() -> UUID | None:
    """Whose session has ended, where its own token shows that the form was opened in that very session."""
    token = flask.session.get("_user_id")
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError:
        return None
    return sessions.whose(db(), Kind.STAFF, token) if isinstance(token, str) else None


def _endpoint(path: str) -> str:
    try:
        return str(current_app.url_map.bind("").match(path, "POST")[0])
    except HTTPException:
        return ""
