"""A new password for staff: the request, the same for every address, and the link in the mail."""

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from clevenio.accounts import mail_requests, members
from clevenio.accounts.forms import MailMeForm
from clevenio.accounts.passwords import SHORTEST_FOR_STAFF
from clevenio.backoffice import operations as backoffice
from clevenio.backoffice.forms import InvitationForm
from clevenio.backoffice.reset import operations
from clevenio.errors import BadInput
from clevenio.i18n import current_language
from clevenio.i18n import gettext as _
from clevenio.web.errors import say
from clevenio.web.headers import no_store
from clevenio.web.languages import speak
from clevenio.web.network import has_room
from clevenio.web.rendering import render
from clevenio.web.request import db, now, nudge, settings

bp = Blueprint("staff_reset", __name__, url_prefix="/staff/new-password")
bp.after_request(no_store)


@bp.get("")
def forgotten() -> str:
    return render("backoffice/reset/forgotten.html", form=MailMeForm(None))


@bp.post("")
def ask() -> ResponseReturnValue:
    """One answer, one status and one duration: whether there is anybody, the worker looks later."""
    form = MailMeForm()
    if not form.validate():
        return render("backoffice/reset/forgotten.html", form=form), 422
    if not has_room("staff reset"):
        form.form_errors.append(_("Too many e-mails were asked for from your network. Try again in an hour."))
        return render("backoffice/reset/forgotten.html", form=form), 429
    mail_requests.ask(db(), settings(), operations.KIND, form.address(), current_language(), now())
    db().commit()
    nudge("account-mail")
    return redirect(url_for("staff_reset.sent"), 303)


@bp.get("/mail")
def sent() -> str:
    return render("backoffice/reset/sent.html")


@bp.get("/<token>")
def password(token: str) -> str:
    return _page(InvitationForm(None), _email(token))


@bp.post("/<token>")
def set_password(token: str) -> ResponseReturnValue:
    """The link is used up by a password that is taken, and leads on to the second factor."""
    form, email = InvitationForm(), _email(token)
    # Ends the transaction, and forgets what it read: hashing takes its time on purpose, and nobody waits.
    db().rollback()
    try:
        kept = backoffice.kept_password(form.password.data or "", email)
    except BadInput as problem:
        form.password.errors = [say(problem)]
        return _page(form, email), 422
    found = operations.reset(db(), settings(), token, kept, now())
    members.sign_in(found)
    db().commit()
    nudge()
    return redirect(url_for("second_factor.question"), 303)


def _email(token: str) -> str:
    member = operations.find(db(), settings(), token, now())[1]
    speak(member.language)
    return member.email


def _page(form: InvitationForm, email: str) -> str:
    return render("backoffice/reset/password.html", form=form, email=email, shortest=SHORTEST_FOR_STAFF)
