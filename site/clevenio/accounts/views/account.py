"""The account's first page, with what we may do, and the page of who the person is."""

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from clevenio.accounts import operations
from clevenio.accounts.agreements import come_first
from clevenio.accounts.forms import ChoicesForm, ProfileForm
from clevenio.accounts.views import drafts
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
from clevenio.i18n import LANGUAGES, current_language
from clevenio.people.roles import LABELS
from clevenio.registry import load
from clevenio.web.blueprints import Localized
from clevenio.web.request import db, now, settings
from clevenio.web.said import tell, told

ACCOUNT = Localized(fi="/tili", en="/account")
PROFILE = Localized(fi="/tili/tiedot", en="/account/profile")
CHOICES = Localized(fi="/tili/valinnat", en="/account/choices")
WHOLE, CHOICES_ALONE = "accounts/account.html", "accounts/choices.html"


@bp.get(ACCOUNT)
@signed_in
def account() -> str:
    return _page(WHOLE)


@bp.get(PROFILE)
@signed_in
def profile() -> str:
    form = ProfileForm(None, obj=own_account().person)
    form.remember()
    return _details(form)


@bp.post(PROFILE)
@signed_in
def save_profile() -> ResponseReturnValue:
    form = ProfileForm()
    if not form.validate():
        return _details(form), 422
    operations.change_profile(settings(), own_account(), form.profile(), now(), form.untouched())
    db().commit()
    tell("profile")
    return redirect(url_for("accounts.profile", language=form.language.data), 303)


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
    language = current_language()
    operations.choose(
        db(),
        own_account().person,
        form.ticked(),
        form.shown(),
        channel=ledger.Channel.ACCOUNT,
        notice=account_notice(language),
        language=language,
        now=now(),
    )
    db().commit()
    page = "choices" if come_first(new_matters()) else "account"
    tell("choices")
    return redirect(url_for(f"accounts.{page}"), 303)


def _details(form: ProfileForm) -> str:
    return own_page("accounts/details.html", profile=form, saved=told())


def _page(template: str, choices: ChoicesForm | None = None) -> str:
    person = own_account().person
    return own_page(
        template,
        ROLES=LABELS,
        choices=choices or ChoicesForm(None),
        notice=account_notice(current_language()),
        boxes=operations.boxes(db(), person.id),
        history=acts(ledger.history(db(), person.id), load()),
        saved=told(),
    )


def _typed_choices(form: ChoicesForm) -> str:
    """The boxes as they were ticked, beside today's words; ticked beside others they are to be chosen anew.

    Today's words in the other language are no others: nothing is saved before they have been read in this one.
    """
    today = account_notice(current_language()).id
    if form.notice.data in {account_notice(language).id for language in LANGUAGES}:
        form.notice.data = today
    form.was_shown(today)
    return _page(CHOICES_ALONE if come_first(new_matters()) else WHOLE, choices=form)


drafts.keep("accounts.save_profile", ProfileForm, "accounts.profile", _details)
drafts.keep("accounts.save_choices", ChoicesForm, "accounts.account", _typed_choices)
