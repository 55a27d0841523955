"""Another password, for whoever is logged in and knows the present one."""

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from wtforms import PasswordField

from clevenio.accounts import operations, password_changes, passwords, queries
from clevenio.accounts.devices import Owner
from clevenio.accounts.forms import PasswordForm
from clevenio.accounts.members import know_browser, sign_in
from clevenio.accounts.models import Account
from clevenio.accounts.sessions import Kind
from clevenio.accounts.views.blueprint import bp, own_account, own_page, signed_in_always
from clevenio.i18n import gettext as _
from clevenio.web.blueprints import Localized
from clevenio.web.request import db, now, nudge, settings
from clevenio.web.said import tell

PASSWORD = Localized(fi="/tili/salasana", en="/account/password")


@bp.get(PASSWORD)
@signed_in_always
def password() -> str:
    return _page(PasswordForm(None))


@bp.post(PASSWORD)
@signed_in_always
def change_password() -> ResponseReturnValue:
    """Every other login ends; this one goes on under a new id."""
    form, account = PasswordForm(), own_account()
    form.about = (account.person.email, account.person.company or "")
    status = 200 if form.validate() else 422
    if status == 200:
        status = disproved(account, form.present)
    if status != 200:
        return _page(form), status
    compared, kept = account.password, passwords.hashed(form.password.data or "")
    if not operations.keep_password(db(), account.id, compared, kept):
        form.present.errors = [_("This is not your present password.")]
        return _page(form), 422
    password_changes.change(db(), settings(), account, kept, now())
    member = queries.identity(db(), account.id)
    if member is not None:
        sign_in(member)
        know_browser(Owner(Kind.ACCOUNT, account.id, kept))
    db().commit()
    nudge()
    tell("password")
    return redirect(url_for("accounts.security"), 303)


def _page(form: PasswordForm) -> str:
    return own_page("accounts/password.html", password=form, here="accounts.security")


def disproved(account: Account, field: PasswordField) -> int:
    """200 where the field holds the present password; else the status to answer, the reason in the field.

    Tries are counted before they are judged. Leaves no transaction open, and so none while it compares.
    """
    session, kept = db(), account.password
    if not password_changes.may_prove(session, settings(), account, now()):
        session.commit()
        field.errors = [_("Too many wrong passwords. Wait a quarter of an hour, then try again.")]
        return 429
    session.commit()
    if not passwords.matches(kept, field.data or ""):
        field.errors = [_("This is not your present password.")]
        return 422
    password_changes.proved(session, settings(), account)
    session.commit()
    return 200
