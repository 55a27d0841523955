"""Logging in and out."""

from dataclasses import replace

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from clevenio.accounts import guessing, operations, passwords, queries, usage
from clevenio.accounts.forms import LoginForm
from clevenio.accounts.members import know_browser, known_browser, sign_in, sign_out
from clevenio.accounts.views.blueprint import bp
from clevenio.accounts.views.drafts import after_login, ask_in_this_language, login_page
from clevenio.i18n import gettext as _
from clevenio.web.access import current_member
from clevenio.web.blueprints import Localized
from clevenio.web.forms import SWITCH
from clevenio.web.network import client_network
from clevenio.web.request import db, now, settings
from clevenio.web.safe_next import safe_path

LOGIN = Localized(fi="/kirjaudu", en="/login")
LOGOUT = Localized(fi="/kirjaudu-ulos", en="/logout")


@bp.get(LOGIN)
def login() -> ResponseReturnValue:
    member = current_member()
    if member is not None and member.kind == "account":
        return redirect(_after_login(), 303)
    return login_page(LoginForm(None))


@bp.post(LOGIN)
def log_in() -> ResponseReturnValue:
    """One answer, and one duration, whether the password is wrong or nobody has the address."""
    form = LoginForm()
    if SWITCH in request.form:
        return ask_in_this_language(form)
    if not form.validate():
        return login_page(form), 422
    session, whose, typed = db(), form.address_key(), form.password.data or ""
    kept = queries.credentials(session, whose)
    browser = known_browser(kept.owner)
    key, network = settings().secret_keys[0], client_network()
    tried = guessing.Try(guessing.CUSTOMERS, key, whose, network, now(), browser)
    if not tried.begin(session):
        form.form_errors.append(
            _("Too many wrong passwords. Wait a quarter of an hour, or choose a new one by e-mail.")
        )
        return login_page(form), 429
    begun = usage.begin_login(session, kept.person, now())
    # Ends the transaction: comparing takes its time on purpose, and nobody waits for it meanwhile.
    session.commit()
    is_right = passwords.matches(kept.password, typed)
    if not is_right or kept.member is None or kept.password is None:
        return _wrong(form)
    renewed = passwords.renewed(kept.password, typed)
    if not operations.keep_password(session, kept.member.id, kept.password, renewed):
        return _wrong(form)
    tried.succeed(session)
    usage.complete_login(session, begun, kept.member.id, now())
    sign_in(kept.member)
    know_browser(replace(kept.owner, password=renewed or kept.password))
    session.commit()
    return after_login(form.draft.data, kept.member.id) or redirect(_after_login(), 303)


def _wrong(form: LoginForm) -> ResponseReturnValue:
    form.password.errors = [_("The address and the password do not belong together. Check both.")]
    return login_page(form), 422


def _after_login() -> str:
    return safe_path(request.args.get("next"), url_for("accounts.account"))


@bp.post(LOGOUT)
def log_out() -> ResponseReturnValue:
    # No form token is asked for: a page left open from an earlier login must log out as well, and that the
    # post comes from our own pages is checked before.
    if current_member() is not None:
        sign_out()
        db().commit()
    return redirect(url_for("pages.home"), 303)
