"""A new password for whoever forgot it: the request, and the link in the mail."""

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from clevenio.accounts import guessing, mail_requests, password_changes, passwords
from clevenio.accounts.devices import Owner
from clevenio.accounts.forms import MailMeForm, ResetForm
from clevenio.accounts.mail_requests import Asked
from clevenio.accounts.members import know_browser
from clevenio.accounts.models import Account
from clevenio.accounts.sessions import Kind
from clevenio.accounts.views.blueprint import bp
from clevenio.errors import BadToken
from clevenio.i18n import current_language
from clevenio.i18n import gettext as _
from clevenio.web.blueprints import Localized
from clevenio.web.languages import speak
from clevenio.web.network import client_network, has_room
from clevenio.web.rendering import render
from clevenio.web.request import db, now, nudge, settings

RESET = Localized(fi="/uusi-salasana", en="/new-password")
RESET_SENT = Localized(fi="/uusi-salasana/posti", en="/new-password/mail")


@bp.public(RESET, is_measured=False)
def forgotten() -> str:
    return render("accounts/forgotten.html", form=MailMeForm(None))


@bp.post(RESET)
def ask_for_reset() -> ResponseReturnValue:
    """One answer, one status and one duration: whether there is anybody, the worker looks later."""
    form = MailMeForm()
    if not form.validate():
        return render("accounts/forgotten.html", form=form), form.status
    if not has_room("reset"):
        form.form_errors.append(_("Too many e-mails were asked for from your network. Try again in an hour."))
        return render("accounts/forgotten.html", form=form), 429
    mail_requests.ask(db(), settings(), Asked.RESET, form.address(), current_language(), now())
    db().commit()
    nudge("account-mail")
    return redirect(url_for("accounts.reset_sent"), 303)


@bp.public(RESET_SENT)
def reset_sent() -> str:
    return render("accounts/reset_sent.html")


@bp.get("/r/<token>")
def reset(token: str) -> ResponseReturnValue:
    account = _account(token)
    if account is None:
        return _done(token) or _ended()
    return render("accounts/reset.html", form=ResetForm(None), account=account)


@bp.post("/r/<token>")
def set_new_password(token: str) -> ResponseReturnValue:
    """The link is used up by a password that is taken, and by no other.

    Whoever has the mailbox has proved as much as a login does, so the browser is known, however many
    strangers guess at the moment.
    """
    session, account, form = db(), _account(token), ResetForm()
    if account is None:
        return _ended()
    form.about = (account.person.email, account.person.company or "")
    if not form.validate():
        return render("accounts/reset.html", form=form, account=account), 422
    # Hashed with no transaction open: it takes its time on purpose.
    session.rollback()
    password = passwords.hashed(form.password.data or "")
    account = password_changes.reset(session, settings(), token, password, now())
    key, whose = settings().secret_keys[0], account.person.address_key
    guessing.Try(guessing.CUSTOMERS, key, whose, client_network(), now()).vouch(session)
    know_browser(Owner(Kind.ACCOUNT, account.id, password))
    session.commit()
    nudge()
    return redirect(url_for("accounts.reset", token=token), 303)


def _account(token: str) -> Account | None:
    """Whose password the link may set; None where it may not any more, for whatever reason."""
    try:
        account = password_changes.find(db(), settings(), token, now())[1]
    except BadToken:
        return None
    speak(account.person.language)
    return account


def _done(token: str) -> str | None:
    """That the link has done its work, which it knows by itself; None where it has not, or long ago."""
    account = password_changes.done(db(), settings(), token, now())
    if account is None:
        return None
    speak(account.person.language)
    return render("accounts/reset_done.html")


def _ended() -> ResponseReturnValue:
    """One answer for every link that sets no password, with the way to a new one."""
    return render("accounts/reset_ended.html", form=MailMeForm(None)), 404
