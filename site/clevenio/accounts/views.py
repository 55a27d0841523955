"""Signing up, opening the mail, logging in and out, and the account's own page."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue

from clevenio.accounts import guessing, operations, passwords, queries
from clevenio.accounts.forms import ChoicesForm, LoginForm, ProfileForm, SignupForm, VerifyForm
from clevenio.accounts.members import sign_in, sign_out
from clevenio.accounts.models import Account
from clevenio.consent import ledger
from clevenio.consent.notices import account_notice, signup_notice
from clevenio.consent.readable import acts
from clevenio.i18n import current_language
from clevenio.i18n import gettext as _
from clevenio.people import links
from clevenio.people.models import Link
from clevenio.registry import load
from clevenio.web.access import account_gate, csrf, current_account, current_member
from clevenio.web.blueprints import Localized, SiteBlueprint, public_endpoints
from clevenio.web.headers import no_store
from clevenio.web.languages import speak
from clevenio.web.network import client_network, has_room
from clevenio.web.rendering import render
from clevenio.web.request import db, now, nudge, settings
from clevenio.web.safe_next import safe_path

SIGNUP = Localized(fi="/rekisteroidy", en="/signup")
SENT = Localized(fi="/rekisteroidy/posti", en="/signup/mail")
LOGIN = Localized(fi="/kirjaudu", en="/login")
LOGOUT = Localized(fi="/kirjaudu-ulos", en="/logout")
ACCOUNT = Localized(fi="/tili", en="/account")
PROFILE = Localized(fi="/tili/tiedot", en="/account/profile")
CHOICES = Localized(fi="/tili/valinnat", en="/account/choices")

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


@bp.public(SIGNUP)
def signup() -> str:
    return _signup_page(SignupForm(None))


@bp.post(SIGNUP)
def sign_up() -> ResponseReturnValue:
    """One answer, whether or not the address is known; what is known is said by mail."""
    form = SignupForm()
    terms, wording = operations.current_terms(now()), signup_notice(current_language())
    if not form.validate() or not form.was_shown(terms, wording.id):
        return _signup_page(form), 422
    # Hashed before the database is asked, so that nobody waits for it with a transaction open.
    entry = form.entry(terms)
    session, made = db(), settings()
    if not has_room("signup"):
        form.form_errors.append(_("Too many signups come from your network just now. Try again in an hour."))
        return _signup_page(form), 429
    if operations.is_new(session, made, entry, form.password.data or "", now()):
        operations.sign_up(session, made, entry, current_language(), now())
    session.commit()
    nudge()
    return redirect(url_for("accounts.sent"), 303)


def _signup_page(form: SignupForm) -> str:
    notice, terms = signup_notice(current_language()), operations.current_terms(now())
    return render("accounts/signup.html", form=form, notice=notice, terms_version=terms)


@bp.get(SENT)
def sent() -> str:
    return render("accounts/sent.html")


def _link(token: str) -> Link:
    link = links.find(db(), settings().mail_keys, "verify", token, now())
    speak(str(link.data["language"]))
    return link


@bp.get("/v/<token>")
def verification(token: str) -> str:
    link = _link(token)
    waiting = operations.waiting(db(), link)
    if waiting is None:
        return render("accounts/refused.html" if operations.is_refused(link) else "accounts/verified.html")
    return render("accounts/verify.html", form=VerifyForm(None), signup=waiting, token=token)


@bp.post("/v/<token>")
def verify(token: str) -> ResponseReturnValue:
    operations.verify(db(), settings(), _link(token), now())
    db().commit()
    nudge()
    return redirect(url_for("accounts.verification", token=token), 303)


@bp.post("/v/<token>/refusal")
def refuse(token: str) -> ResponseReturnValue:
    """Whoever reads the mail did not sign up."""
    operations.refuse(db(), _link(token), now())
    db().commit()
    return redirect(url_for("accounts.verification", token=token), 303)


@bp.get(LOGIN)
def login() -> ResponseReturnValue:
    member = current_member()
    if member is not None and member.kind == "account":
        return redirect(_after_login(), 303)
    return render("accounts/login.html", form=LoginForm(None))


@bp.post(LOGIN)
def log_in() -> ResponseReturnValue:
    """One answer, and one duration, whether the password is wrong or nobody has the address."""
    form = LoginForm()
    if not form.validate():
        return render("accounts/login.html", form=form), 422
    session, whose, typed = db(), form.address_key(), form.password.data or ""
    tried = guessing.Try(guessing.CUSTOMERS, settings().secret_keys[0], whose, client_network(), now())
    if not tried.begin(session):
        form.form_errors.append(_("Too many wrong passwords. Wait a quarter of an hour, then try again."))
        return render("accounts/login.html", form=form), 429
    kept = queries.credentials(session, whose)
    # Ends the transaction: comparing takes its time on purpose, and nobody waits for it meanwhile.
    session.commit()
    if not passwords.matches(kept.password, typed) or kept.member is None or kept.password is None:
        form.form_errors.append(_("The address and the password do not belong together. Check both."))
        return render("accounts/login.html", form=form), 422
    renewed = passwords.renewed(kept.password, typed)
    tried.succeed(session)
    if renewed:
        operations.keep_password(session, kept.member.id, renewed)
    sign_in(kept.member)
    session.commit()
    return redirect(_after_login(), 303)


def _after_login() -> str:
    return safe_path(request.args.get("next"), url_for("accounts.account"))


@bp.post(LOGOUT)
def log_out() -> ResponseReturnValue:
    if current_member() is not None:
        csrf.protect()
        sign_out()
        db().commit()
    return redirect(url_for("pages.home"), 303)


@bp.get(ACCOUNT)
@signed_in
def account() -> str:
    return _account_page()


@bp.get(PROFILE)
@signed_in
def profile() -> ResponseReturnValue:
    """Where a form posts to; a reload of its answer, or the other language, leads back to the page."""
    return redirect(url_for("accounts.account"), 303)


@bp.post(PROFILE)
@signed_in
def save_profile() -> ResponseReturnValue:
    form = ProfileForm()
    if not form.validate():
        return _account_page(form), 422
    operations.change_profile(settings(), _account(), form.profile())
    db().commit()
    return redirect(url_for("accounts.account", language=form.language.data, saved="profile"), 303)


@bp.get(CHOICES)
@signed_in
def choices() -> ResponseReturnValue:
    """As `profile`."""
    return redirect(url_for("accounts.account"), 303)


@bp.post(CHOICES)
@signed_in
def save_choices() -> ResponseReturnValue:
    form = ChoicesForm()
    if not form.was_shown(account_notice(current_language()).id):
        return _account_page(choices=form), 422
    operations.choose(db(), _account(), form.ticked(), current_language(), now())
    db().commit()
    return redirect(url_for("accounts.account", saved="choices"), 303)


def _account() -> Account:
    return queries.account(db(), current_account().id)


def _account_page(details: ProfileForm | None = None, choices: ChoicesForm | None = None) -> str:
    person = _account().person
    return render(
        "accounts/account.html",
        person=person,
        profile=details or ProfileForm(None, obj=person),
        choices=choices or ChoicesForm(None),
        notice=account_notice(current_language()),
        boxes=operations.boxes(db(), person.id),
        history=acts(ledger.history(db(), person.id), load()),
        agreements=queries.agreements(db(), person.id),
        saved=request.args.get("saved"),
    )
