"""Asking, in the account, that everything be erased, and taking it back."""

from uuid import UUID

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from clevenio.accounts.views.blueprint import TOLD, own_account, own_page, signed_in_always
from clevenio.accounts.views.password import disproved
from clevenio.consent.notices import withdrawal_notice
from clevenio.i18n import current_language
from clevenio.rights import clocks, erasure, queries, requests, restricting, subjects
from clevenio.rights.forms import DeletionForm
from clevenio.rights.holdings import Treatment
from clevenio.rights.models import Request
from clevenio.web.blueprints import Localized, SiteBlueprint
from clevenio.web.headers import no_store
from clevenio.web.request import db, now, nudge, settings
from clevenio.web.said import tell

DELETION = Localized(fi="/tili/poisto", en="/account/deletion")
WITHDRAWAL = Localized(fi="/tili/poisto/peruutus", en="/account/deletion/withdrawal")

bp = SiteBlueprint("rights")
bp.after_request(no_store)


@bp.get(DELETION)
@signed_in_always
def deletion() -> str:
    return _page(DeletionForm(None))


@bp.post(DELETION)
@signed_in_always
def ask_for_deletion() -> ResponseReturnValue:
    """The password is asked again: a browser left open in a café must not be enough."""
    form, account = DeletionForm(), own_account()
    status = disproved(account, form.password) if form.validate() else 422
    if status != 200:
        return _page(form), status
    requests.ask_for_erasure(db(), settings(), account.person_id, current_language(), now())
    db().commit()
    nudge()
    return redirect(url_for("rights.deletion"), 303)


@bp.get(WITHDRAWAL)
@signed_in_always
def deletion_withdrawal() -> ResponseReturnValue:
    """Where the button posts to; a reload, or the other language, leads back to the page."""
    return redirect(url_for("rights.deletion"), 303)


@bp.post(WITHDRAWAL)
@signed_in_always
def take_deletion_back() -> ResponseReturnValue:
    taken_back = requests.take_back(db(), own_account().person_id, now())
    if taken_back is not None:
        restricting.release(db(), settings(), taken_back, requests.PERSON, now())
    db().commit()
    if taken_back is None:
        return redirect(url_for("rights.deletion"), 303)
    nudge()
    tell("kept")
    return redirect(url_for("accounts.account"), 303)


def _waiting(person: UUID) -> Request | None:
    return requests.waiting_erasure(db(), person)


TOLD["leaving"] = _waiting


def _page(form: DeletionForm) -> str:
    session, person = db(), own_account().person
    request = requests.waiting_erasure(session, person.id)
    if request is not None:
        begun = queries.under_way(session, request.id) is not None
        return own_page("rights/deletion_open.html", asked=request, begun=begun)
    found = erasure.plan(session, subjects.of_person(session, settings(), person), now())
    return own_page(
        "rights/deletion.html",
        form=form,
        gone=found.of(Treatment.DELETED, Treatment.ANONYMISED),
        kept=found.of(Treatment.KEPT),
        until=erasure.until,
        promised=clocks.promised(now()),
        marketing=withdrawal_notice(current_language()).content["all"],
    )
