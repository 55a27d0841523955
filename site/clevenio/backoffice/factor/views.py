"""Asking for a second factor: after the password, and again before exports, roles and factors."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from clevenio.accounts import members, sessions
from clevenio.accounts.drafts import Draft
from clevenio.accounts.factors import operations as factors
from clevenio.accounts.factors import passkeys, totp
from clevenio.accounts.factors.operations import Method
from clevenio.audiences.staff import used_up
from clevenio.backoffice import operations as backoffice
from clevenio.backoffice.factor import acts, carrying, operations
from clevenio.backoffice.factor.forms import EntryForm, FactorForm
from clevenio.backoffice.factor.operations import Asked, TooMany
from clevenio.backoffice.forms import LoginForm
from clevenio.backoffice.handover.views import after_login, login_page, of
from clevenio.errors import BadToken, Refused
from clevenio.web.access import arrival_gate, arriving_staff, csrf, current_staff, recently_confirmed
from clevenio.web.blueprints import StaffBlueprint
from clevenio.web.errors import say
from clevenio.web.headers import no_store
from clevenio.web.network import client_network
from clevenio.web.rendering import render
from clevenio.web.request import db, now, settings
from clevenio.web.safe_next import safe_path, this_page

bp = Blueprint("second_factor", __name__, url_prefix="/staff")
bp.before_request(arrival_gate)
bp.before_request(csrf.protect)
bp.after_request(no_store)
again = StaffBlueprint("confirmation", url_prefix="/confirmation")


def wanted() -> str | None:
    """Where somebody was on the way to, if that is a page of the back office."""
    path = safe_path(request.args.get("next"), "")
    return path if path.startswith("/staff/") else None


def _onward() -> ResponseReturnValue:
    return redirect(wanted() or url_for("backoffice.home"), 303)


@bp.get("/factor")
def question() -> ResponseReturnValue:
    member = arriving_staff()
    if member.confirmed_at is not None:
        return _onward()
    if not factors.has_any(db(), member.id):
        return redirect(url_for("factor_setup.choice"), 303)
    return _question(EntryForm(None))


@bp.post("/factor")
def answer() -> ResponseReturnValue:
    form, member = EntryForm(), arriving_staff()
    found = _prove(form)
    if isinstance(found, int):
        return _question(form), found
    operations.enter(db(), member.id, found, now())
    return go_on() or after_login(form.draft.data, member.id) or _onward()


def question_with(form: LoginForm) -> str | None:
    """The question right after the password, with what was typed before; None where nothing was.

    Where there is no factor yet, what was typed waits on the page to sign in until one has been set up.
    """
    draft, member = form.draft.data, arriving_staff().id
    if draft and factors.has_any(db(), member):
        return _question(EntryForm(MultiDict({"draft": draft})))
    return login_page(form, without_factor=True) if of(draft, member) else None


def _question(form: EntryForm) -> str:
    action = url_for("second_factor.answer", next=wanted())
    return _page("backoffice/factor/question.html", form, action=action)


@bp.post("/factor/challenge")
def challenge() -> ResponseReturnValue:
    """What the browser needs to ask for a passkey; a script fetches it."""
    made = passkeys.sign_in_options(
        db(), factors.site(settings()), sessions.hash_of(members.this_session()), arriving_staff().id, now()
    )
    db().commit()
    return Response(made, mimetype="application/json")


@again.get("")
def confirmation() -> ResponseReturnValue:
    act = _wanted_act()
    return _page("backoffice/factor/confirmation.html", FactorForm(None), carried=[], to="", act=act)


@again.post("")
def confirm() -> ResponseReturnValue:
    asked = ask_again()
    if asked is None and _wanted()[0] in acts.FILES:
        posted = request.args.get("posted")
        return redirect(url_for("confirmation_staff.offer", posted=posted, next=wanted()), 303)
    return asked or _onward()


@again.get("/file")
@recently_confirmed
def offer() -> ResponseReturnValue:
    """From where a file is taken once one has proved oneself; raises `BadToken` where there is none to be taken."""
    endpoint, values = _wanted()
    page = acts.FILES.get(endpoint)
    if page is None:
        raise BadToken
    if "token" in values and (used := used_up(values["token"])) is not None:
        return used
    return render(
        "backoffice/factor/proved.html",
        act=acts.name(endpoint),
        back=url_for(page),
        draft=_posted(),
        to=wanted(),
        form=FactorForm(None),
    )


def ask_again() -> ResponseReturnValue | None:
    """None once this very request brought a factor; else the page that asks for one.

    What was posted is carried along by that page, and goes where it was going once the factor is
    right, so nothing typed is lost. Passwords and files are not carried: those forms stay open. A file
    would leave the browser on the page that asked: it is offered there first, by a press of its own.
    """
    if request.method in ("GET", "HEAD"):
        return redirect(url_for("confirmation_staff.confirmation", next=this_page()), 303)
    form = FactorForm()
    answered = bool(form.factor_code.data or form.factor_passkey.data)
    is_file = request.endpoint in acts.FILES
    if is_file and not answered:
        return redirect(url_for("confirmation_staff.confirmation", posted=_packed(form)), 303)
    found = _prove(form) if answered or request.endpoint == "confirmation_staff.confirm" else 403
    if isinstance(found, int):
        # Whoever answers on the page of its own is asked there again, in the same words.
        act = acts.name(request.endpoint) or _wanted_act()
        values = {"carried": _carried(form), "to": request.full_path.rstrip("?"), "act": act}
        return _page("backoffice/factor/confirmation.html", form, **values), found
    operations.confirm(db(), current_staff().id, found, now())
    if (out := go_on()) is not None:
        return out
    return redirect(url_for("confirmation_staff.offer", posted=_packed(form)), 303) if is_file else None


def _packed(form: FactorForm) -> str:
    draft = Draft(request.full_path.rstrip("?"), tuple(_carried(form)), current_staff().id)
    return carrying.pack(settings().secret_keys, draft, now())


def _posted() -> Draft | None:
    """What was posted for a file before a proof was asked for, where the address carries it."""
    return carrying.unpack(settings().secret_keys, request.args.get("posted"), arriving_staff().id, now())


def _carried(form: FactorForm) -> list[tuple[str, str]]:
    own = {field.name for field in form}
    return [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in own and "password" not in name
    ]


def _wanted() -> tuple[str, Mapping[str, str]]:
    """The page that somebody was on the way to, or where they posted for a file, and what its address names."""
    draft = _posted()
    path, method = (draft.endpoint, "POST") if draft else (wanted() or "", "GET")
    try:
        endpoint, values = current_app.url_map.bind("").match(path.partition("?")[0], method)
    except HTTPException:
        return "", {}
    return str(endpoint), values


def _wanted_act() -> str:
    """What the page is for that somebody was on the way to, where it takes a fresh proof."""
    return acts.name(_wanted()[0])


def _prove(form: FactorForm) -> Method | int:
    """By what it was proved; the status of the answer where it was not, and the form says why."""
    browser = members.known_browser(backoffice.owner(db(), arriving_staff().id))
    login = sessions.hash_of(members.this_session())
    asked = Asked(arriving_staff().id, login, client_network(), browser)
    try:
        return operations.prove(db(), settings(), asked, form.answer(), now())
    except (TooMany, Refused) as problem:
        db().commit()
        form.factor_code.errors = [say(problem)]
        return 429 if isinstance(problem, TooMany) else 422


def go_on() -> ResponseReturnValue | None:
    """Under a new session id, the browser known; or back to the login where the session has ended meanwhile."""
    member = backoffice.admit(db(), settings(), arriving_staff().id, now())
    before = sessions.hash_of(members.this_session())
    is_in = member is not None and members.confirm(member)
    if is_in:
        members.know_browser(backoffice.owner(db(), arriving_staff().id))
    totp.go_on(db(), before, sessions.hash_of(members.this_session()))
    db().commit()
    return None if is_in else redirect(url_for("backoffice.login"), 303)


def _page(template: str, form: FactorForm, **values: Any) -> str:
    has_passkeys = bool(passkeys.of(db(), arriving_staff().id))
    return render(template, form=form, has_passkeys=has_passkeys, **values)
