"""Requests in the account: asking, seeing how far they are, taking them back."""

from uuid import UUID

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from clevenio.accounts.views import drafts
from clevenio.accounts.views.blueprint import own_account, own_page, signed_in_always
from clevenio.i18n import current_language
from clevenio.rights import joining, queries
from clevenio.rights.asking.forms import HINTS, NAMES
from clevenio.rights.at_once import AT_ONCE
from clevenio.rights.mails import WATCHDOG
from clevenio.rights.own import operations
from clevenio.rights.own.forms import OwnRequestForm
from clevenio.rights.recipients import queries as recipients
from clevenio.rights.recipients.words import lines
from clevenio.rights.views import bp
from clevenio.web.blueprints import Localized
from clevenio.web.request import db, now, nudge, settings
from clevenio.web.said import tell, told

REQUESTS = Localized(fi="/tili/pyynnot", en="/account/requests")
TAKEN_BACK = Localized(fi="/tili/pyynnot/peruutus", en="/account/requests/withdrawal")

__all__ = ["bp"]


@bp.get(REQUESTS)
@signed_in_always
def own_requests() -> str:
    return _page(OwnRequestForm(None))


@bp.post(REQUESTS)
@signed_in_always
def ask_in_account() -> ResponseReturnValue:
    form = OwnRequestForm()
    if not form.validate():
        return _page(form), 422
    person = own_account().person_id
    operations.ask(db(), settings(), person, form.kinds(), form.said(), current_language(), now())
    db().commit()
    nudge()
    tell("ended" if set(AT_ONCE) & set(form.kinds()) else "asked")
    return redirect(url_for("rights.own_requests"), 303)


@bp.post(TAKEN_BACK)
@signed_in_always
def take_request_back() -> ResponseReturnValue:
    try:
        number = UUID(request.form.get("request", ""))
    except ValueError:
        abort(404)
    operations.take_back(db(), settings(), own_account().person_id, number, now())
    db().commit()
    nudge()
    tell("taken-back")
    return redirect(url_for("rights.own_requests"), 303)


def _page(form: OwnRequestForm) -> str:
    asked = queries.of_person(db(), own_account().person_id)
    return own_page(
        "rights/own/requests.html",
        form=form,
        hints=HINTS,
        names=NAMES,
        watchdog=WATCHDOG[current_language()],
        asked=asked,
        joined=joining.standing_of(db(), asked),
        recipients=lines(recipients.of_subject(db(), own_account().person_id), now()),
        saved=told(),
    )


drafts.keep("rights.ask_in_account", OwnRequestForm, "rights.own_requests", _page)
