"""Guardians' messages in the back office: freezing an address, the check, erasing or freeing."""

from uuid import UUID

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from clevenio.people.staff_members import Role
from clevenio.rights import clocks, queries, requests
from clevenio.rights.forms import CheckForm, ReasonForm
from clevenio.rights.guardians import operations
from clevenio.rights.guardians.forms import GuardianForm
from clevenio.rights.models import Asker, Request
from clevenio.rights.staff import committed, erase, show
from clevenio.rights.words import WORDS
from clevenio.web.access import actor, recently_confirmed
from clevenio.web.blueprints import StaffBlueprint
from clevenio.web.rendering import render
from clevenio.web.request import db, now, nudge, page_number, settings

bp = StaffBlueprint("guardians", Role.SUPPORT, Role.PRIVACY_OFFICER, url_prefix="/guardian-messages")
PAGE = "rights/guardian.html"


@bp.get("")
def messages() -> str:
    return _messages(GuardianForm(clocks.day_of(now()), None))


@bp.post("")
def freeze() -> ResponseReturnValue:
    form = GuardianForm(clocks.day_of(now()))
    if not form.validate():
        return _messages(form), 422
    found = operations.freeze(db(), settings(), form.message(now()), actor(), now())
    db().commit()
    nudge()
    return redirect(url_for("guardians_staff.message", request_id=found.id), 303)


@bp.get("/<uuid:request_id>")
def message(request_id: UUID) -> ResponseReturnValue:
    found = requests.locked(db(write=True), request_id)
    if found.asker != Asker.GUARDIAN:
        return redirect(url_for("requests_staff.one", request_id=request_id), 303)
    return _show(found)


@bp.post("/<uuid:request_id>/check")
def check(request_id: UUID) -> ResponseReturnValue:
    form = CheckForm()
    if not form.validate():
        return _show(requests.locked(db(), request_id), checking=form), 422
    operations.check(db(), settings(), request_id, form.text(), actor(), now())
    return committed("guardians_staff.message", request_id)


@bp.post("/<uuid:request_id>/erasure")
@recently_confirmed
def carry_out(request_id: UUID) -> ResponseReturnValue:
    operations.require_guardians(requests.locked(db(), request_id))
    return erase(_show, "guardians_staff.message", request_id)


@bp.post("/<uuid:request_id>/lifting")
def lift(request_id: UUID) -> ResponseReturnValue:
    form = ReasonForm(prefix="lifting-")
    if not form.validate():
        return _show(requests.locked(db(), request_id), lifting=form), 422
    operations.lift(db(), settings(), request_id, form.text(), actor(), now())
    return committed("guardians_staff.message", request_id)


def _messages(form: GuardianForm) -> str:
    return render(
        "rights/guardians.html",
        form=form,
        waiting=queries.waiting(db(), Asker.GUARDIAN),
        ended=queries.ended(db(), page_number(), Asker.GUARDIAN),
        now=now(),
        **WORDS,
    )


def _show(found: Request, **forms: object) -> str:
    empty = {"lifting": ReasonForm(None, prefix="lifting-")}
    return show(found, PAGE, **{**empty, **forms})
