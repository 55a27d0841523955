"""Signing up, and opening the mail that verifies the address."""

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from clevenio.accounts import mail_requests, passwords, signups
from clevenio.accounts.forms import ContestedForm, MailMeForm, SignupForm, VerifyForm
from clevenio.accounts.mail_requests import Asked
from clevenio.accounts.models import Signup
from clevenio.accounts.views.blueprint import bp
from clevenio.consent.advertising.models import Kind
from clevenio.consent.advertising.views import count_campaign
from clevenio.consent.notices import signup_notice
from clevenio.i18n import current_language
from clevenio.i18n import gettext as _
from clevenio.people import links
from clevenio.people.models import Link
from clevenio.people.roles import LABELS
from clevenio.web.blueprints import Localized
from clevenio.web.languages import speak
from clevenio.web.network import has_room
from clevenio.web.rendering import render
from clevenio.web.request import db, now, nudge, settings

SIGNUP = Localized(fi="/rekisteroidy", en="/signup")
SENT = Localized(fi="/rekisteroidy/posti", en="/signup/mail")
AGAIN = Localized(fi="/rekisteroidy/uudelleen", en="/signup/again")


@bp.public(SIGNUP, is_measured=False)
def signup() -> str:
    return _signup_page(SignupForm(None))


@bp.post(SIGNUP)
def sign_up() -> ResponseReturnValue:
    """One answer, whether or not the address is known; what is known is said by mail."""
    form = SignupForm()
    terms, wording = signups.current_terms(now()), signup_notice(current_language())
    if not form.validate() or not form.was_shown(terms, wording.id):
        return _signup_page(form), form.status
    session, made = db(), settings()
    kept = signups.waiting_password(session, form.address(), now())
    # Ends the transaction: hashing takes its time on purpose, and nobody waits for it meanwhile.
    session.rollback()
    entry = form.entry(terms, kept)
    if not has_room("signup"):
        form.form_errors.append(_("Too many signups come from your network just now. Try again in an hour."))
        return _signup_page(form), 429
    if signups.is_new(session, made, entry, form.password.data or "", now()):
        signups.sign_up(session, made, entry, current_language(), now())
        count_campaign(Kind.SIGNUP)
    session.commit()
    nudge()
    return redirect(url_for("accounts.sent"), 303)


def _signup_page(form: SignupForm) -> str:
    notice, terms = signup_notice(current_language()), signups.current_terms(now())
    return render("accounts/signup.html", form=form, notice=notice, terms_version=terms)


@bp.get(SENT)
def sent() -> str:
    return render("accounts/sent.html")


@bp.public(AGAIN, is_measured=False)
def mail_again() -> str:
    return render("accounts/mail_again.html", form=MailMeForm(None))


@bp.post(AGAIN)
def send_again() -> ResponseReturnValue:
    """The mail did not come: one answer, whatever there is at the address."""
    form = MailMeForm()
    if not form.validate():
        return render("accounts/mail_again.html", form=form), form.status
    if not has_room("signup mail"):
        form.form_errors.append(_("Too many e-mails were asked for from your network. Try again in an hour."))
        return render("accounts/mail_again.html", form=form), 429
    mail_requests.ask(db(), settings(), Asked.VERIFICATION, form.address(), current_language(), now())
    db().commit()
    nudge("account-mail")
    return redirect(url_for("accounts.sent"), 303)


def _link(token: str) -> Link:
    link = links.find(db(), settings().mail_keys, "verify", token, now())
    speak(str(link.data["language"]))
    return link


@bp.get("/v/<token>")
def verification(token: str) -> str:
    link = _link(token)
    waiting = signups.waiting(db(), link)
    if waiting is not None:
        return _opening(token, waiting, _form(waiting)(None))
    if signups.is_refused(link):
        return render("accounts/refused.html")
    return render("accounts/verified.html", by_this_link=link.used_at is not None)


@bp.post("/v/<token>")
def verify(token: str) -> ResponseReturnValue:
    """One press; of several signups that wait for the address, with a password typed here and now."""
    waiting, password = signups.waiting(db(), _link(token)), None
    if waiting is not None and signups.is_contested(db(), waiting):
        form = ContestedForm()
        form.about = (waiting.email, waiting.profile.get("company") or "")
        if not form.validate():
            return _opening(token, waiting, form), 422
        # Hashed with no transaction open: it takes its time on purpose.
        db().rollback()
        password = passwords.hashed(form.password.data or "")
    signups.verify(db(), settings(), _link(token), now(), password)
    db().commit()
    nudge()
    return redirect(url_for("accounts.verification", token=token), 303)


def _form(waiting: Signup) -> type[VerifyForm]:
    return ContestedForm if signups.is_contested(db(), waiting) else VerifyForm


def _opening(token: str, waiting: Signup, form: VerifyForm) -> str:
    return render("accounts/verify.html", form=form, signup=waiting, token=token, roles=LABELS)


@bp.post("/v/<token>/refusal")
def refuse(token: str) -> ResponseReturnValue:
    """Whoever reads the mail did not sign up."""
    signups.refuse(db(), settings(), _link(token), now())
    db().commit()
    return redirect(url_for("accounts.verification", token=token), 303)
