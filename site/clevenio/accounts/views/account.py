"""The account's first page: what we may do, and who the person is."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from clevenio.accounts import operations
from clevenio.accounts.agreements import come_first
from clevenio.accounts.forms import ChoicesForm, ProfileForm
from clevenio.accounts.views.blueprint import (
    bp,
    new_matters,
    own_account,
    own_page,
    signed_in,
    signed_in_always,
)
from clevenio.consent import ledger
from clevenio.consent.notices import account_notice
from clevenio.consent.readable import acts
from clevenio.i18n import current_language
from clevenio.registry import load
from clevenio.web.blueprints import Localized
from clevenio.web.request import db, now, settings

ACCOUNT = Localized(fi="/tili", en="/account")
PROFILE = Localized(fi="/tili/tiedot", en="/account/profile")
CHOICES = Localized(fi="/tili/valinnat", en="/account/choices")
WHOLE, CHOICES_ALONE = "accounts/account.html", "accounts/choices.html"


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
    operations.change_profile(settings(), own_account(), form.profile(), now())
    db().commit()
    return redirect(url_for("accounts.account", language=form.language.data, saved="profile"), 303)


@bp.get(CHOICES)
@signed_in_always
def choices() -> ResponseReturnValue:
    """As `profile`; the boxes alone where the page itself does not open yet."""
    if come_first(new_matters()):
        return _page(CHOICES_ALONE)
    return redirect(url_for("accounts.account"), 303)


@bp.post(CHOICES)
@signed_in_always
def save_choices() -> ResponseReturnValue:
    form = ChoicesForm()
    if not form.was_shown(account_notice(current_language()).id):
        return _page(CHOICES_ALONE if come_first(new_matters()) else WHOLE, choices=form), 422
    operations.choose(db(), own_account(), form.ticked(), current_language(), now(), form.shown())
    db().commit()
    page = "choices" if come_first(new_matters()) else "account"
    return redirect(url_for(f"accounts.{page}", saved="choices"), 303)


def _account_page(details: ProfileForm | None = None) -> str:
    return _page(WHOLE, details)


def _page(template: str, details: ProfileForm | None = None, choices: ChoicesForm | None = None) -> str:
    person = own_account().person
    return own_page(
        template,
        profile=details or ProfileForm(None, obj=person),
        choices=choices or ChoicesForm(None),
        notice=account_notice(current_language()),
        boxes=operations.boxes(db(), person.id),
        history=acts(ledger.history(db(), person.id), load()),
        saved=request.args.get("saved"),
    )
