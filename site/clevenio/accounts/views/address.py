"""Another address for the account: asked for in it, confirmed at both addresses."""

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from clevenio.accounts import address_changes
from clevenio.accounts.address_changes import Side
from clevenio.accounts.forms import AddressForm, VerifyForm
from clevenio.accounts.models import AddressChange
from clevenio.accounts.views import drafts
from clevenio.accounts.views.blueprint import bp, own_account, own_page, signed_in_always
from clevenio.accounts.views.password import disproved
from clevenio.errors import BadInput
from clevenio.i18n import current_language
from clevenio.web.access import current_account
from clevenio.web.blueprints import Localized
from clevenio.web.errors import say
from clevenio.web.languages import speak
from clevenio.web.rendering import render
from clevenio.web.request import db, now, nudge, settings
from clevenio.web.said import tell

ADDRESS = Localized(fi="/tili/osoite", en="/account/address")
ADDRESS_STOPPED = Localized(fi="/tili/osoite/peruutus", en="/account/address/cancellation")


@bp.get(ADDRESS)
@signed_in_always
def address() -> str:
    return _page(AddressForm(None))


@bp.post(ADDRESS)
@signed_in_always
def change_address() -> ResponseReturnValue:
    """One answer, whoever has the new address."""
    form, account = AddressForm(), own_account()
    status = 200 if form.validate() else 422
    if status == 200:
        status = disproved(account, form.address_password)
    if status != 200:
        return _page(form), status
    try:
        address_changes.ask(db(), settings(), account, form.address(), current_language(), now())
    except BadInput as problem:
        form.email.errors = [say(problem)]
        return _page(form), 422
    db().commit()
    nudge("account-mail")
    tell("address")
    return redirect(url_for("accounts.security"), 303)


@bp.post(ADDRESS_STOPPED)
@signed_in_always
def stop_change() -> ResponseReturnValue:
    address_changes.stop_waiting(db(), current_account().id, now())
    db().commit()
    tell("address-stopped")
    return redirect(url_for("accounts.security"), 303)


@bp.get("/a/<token>")
def address_change(token: str) -> str:
    change, side = _change(token)
    said = change.old_confirmed_at if side is Side.OLD else change.new_confirmed_at
    return render(
        "accounts/address_change.html",
        form=VerifyForm(None),
        change=change,
        side=side,
        said=said,
        token=token,
    )


@bp.post("/a/<token>")
def confirm_address(token: str) -> ResponseReturnValue:
    _change(token)
    address_changes.confirm(db(), settings(), token, now())
    db().commit()
    nudge()
    return redirect(url_for("accounts.address_change", token=token), 303)


@bp.post("/a/<token>/refusal")
def refuse_address(token: str) -> ResponseReturnValue:
    """Whoever reads the mail did not ask for this, or thought better of it."""
    _change(token)
    address_changes.stop(db(), settings(), token, now())
    db().commit()
    return redirect(url_for("accounts.address_change", token=token), 303)


def _change(token: str) -> tuple[AddressChange, Side]:
    change, side, language = address_changes.find(db(), settings(), token, now())
    speak(language)
    return change, side


def _page(form: AddressForm) -> str:
    return own_page("accounts/address.html", address=form, here="accounts.security")


drafts.keep("accounts.change_address", AddressForm, "accounts.address", _page)
