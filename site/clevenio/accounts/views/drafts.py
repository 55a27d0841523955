"""A form that was posted when its login had ended, or another had begun: nothing is done, and nothing typed is lost."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import g, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from clevenio.accounts.drafts import Draft, mark, seal, unseal, whose
from clevenio.accounts.forms import LoginForm
from clevenio.accounts.sessions import Kind
from clevenio.errors import Refused
from clevenio.web.access import current_account, current_member
from clevenio.web.forms import SWITCH, SignedInForm, typed_fields
from clevenio.web.rendering import render
from clevenio.web.request import now, settings

# The field that says whose form it was.
MARK = "whose"


@dataclass(frozen=True)
class _Kept:
    form: type[SignedInForm]
    page: str
    show: Callable[[Any], str]

    @property
    def names(self) -> set[str]:
        """The fields that are carried along: all of the form's own but passwords."""
        return set(typed_fields(self.form))


_KEPT: dict[str, _Kept] = {}


def keep(endpoint: str, form: type[SignedInForm], page: str, show: Callable[[Any], str]) -> None:
    """Lose nothing of a form that is posted to an endpoint: `show` makes its `page` with the form as typed."""
    _KEPT[endpoint] = _Kept(form, page, show)


def form_of(endpoint: str) -> type[SignedInForm] | None:
    """The form that is posted to an endpoint, of those of which nothing is lost."""
    kept = _KEPT.get(endpoint)
    return kept.form if kept else None


def ask_to_log_in() -> ResponseReturnValue:
    """Nobody is logged in any more: nothing was done, and the login page carries what was typed."""
    return _login_for(request.endpoint, LoginForm(MultiDict({"draft": _sealed() or ""}))), 403


def ask_in_this_language(form: LoginForm) -> str:
    """The login page once more, with the address and the draft that it carried in the other language."""
    draft = unseal(settings().secret_keys, form.draft.data or "", now())
    return _login_for(draft.endpoint if draft else None, form)


def show_in_this_language() -> str | None:
    """The form as it stands in the page, nothing done, where the other language was asked for; else None.

    Raises `Refused` where the form is another account's, or it cannot be told whose.
    """
    is_asked = SWITCH in request.form and request.endpoint in _KEPT
    return _shown(_own(), "switched") if is_asked else None


def show_again() -> ResponseReturnValue | None:
    """Somebody logged in anew since the form was opened: as it was typed, to whom it belongs, and to nobody else.

    None where nothing is kept of it. Raises `Refused` where it is another account's.
    """
    return (_shown(_own(), "stale"), 400) if _typed() else None


def after_login(sealed: str | None, account: UUID) -> str | None:
    """What whoever logged in had typed before, in its form, to be saved by a press; None where there is nothing."""
    draft = unseal(settings().secret_keys, sealed, now()) if sealed else None
    is_theirs = draft is not None and draft.endpoint in _KEPT and draft.account == account
    return _shown(draft, "again") if draft and is_theirs else None


def mark_of(account: UUID) -> str:
    """What the account's forms carry in `MARK`."""
    return mark(settings().secret_keys, account)


def login_page(form: LoginForm, action: str = "", ended: bool = False) -> str:
    """The page to log in, with what `form` carries; `ended` says that a login has."""
    member = current_member()
    is_staff = member is not None and member.kind == Kind.STAFF
    switching = "accounts.log_in" if form.draft.data else None
    return render(
        "accounts/login.html",
        form=form,
        action=action,
        ended=ended,
        is_staff=is_staff,
        switching=switching,
    )


def switching() -> str | None:
    """Where the page's form goes to be shown in the other language, if it holds what only this answer knows."""
    answered = request.endpoint if request.method == "POST" and request.endpoint in _KEPT else None
    found: str | None = g.get("switching", answered)
    return found


def _login_for(endpoint: str | None, form: LoginForm) -> str:
    kept = _KEPT.get(endpoint or "")
    following = url_for(kept.page if kept else "accounts.account")
    return login_page(form, action=url_for("accounts.login", next=following), ended=True)


def _own() -> Draft:
    """What was typed, if it is the account's that is logged in. Raises `Refused` where it is not."""
    found = _typed()
    if found is None or found.account != current_account().id:
        raise Refused(
            "Somebody else has used this browser to log in since the page was opened, so nothing was saved."
        )
    return found


def _typed() -> Draft | None:
    endpoint = request.endpoint or ""
    account = whose(settings().secret_keys, request.form.get(MARK, ""))
    if endpoint not in _KEPT or account is None:
        return None
    names = _KEPT[endpoint].names
    fields = tuple((name, value) for name, value in request.form.items(multi=True) if name in names)
    return Draft(endpoint, fields, account)


def _sealed() -> str | None:
    draft = _typed()
    return seal(settings().secret_keys, draft, now()) if draft else None


def _shown(draft: Draft, why: str) -> str:
    kept = _KEPT[draft.endpoint]
    g.drafted, g.here, g.switching = why, kept.page, draft.endpoint
    return kept.show(kept.form(MultiDict(list(draft.fields))))
