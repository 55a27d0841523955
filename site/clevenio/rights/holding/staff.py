"""The holds that stand: who is held back from the rules and why, putting one, ending one."""

from uuid import UUID

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from clevenio.errors import BadInput
from clevenio.people import identifiers, reasons
from clevenio.people.holds import BY_RULE, Ground
from clevenio.people.staff_members import Role
from clevenio.rights.holding import operations
from clevenio.rights.holding.forms import HoldForm
from clevenio.rights.words import HOLDS
from clevenio.web.access import actor
from clevenio.web.blueprints import StaffBlueprint
from clevenio.web.errors import say
from clevenio.web.forms import SignedInForm
from clevenio.web.rendering import render
from clevenio.web.request import db, now, settings

bp = StaffBlueprint("holds", Role.PRIVACY_OFFICER, url_prefix="/retention/holds")


@bp.get("")
def overview() -> str:
    return _page(HoldForm(None))


@bp.post("")
def put() -> ResponseReturnValue:
    form = HoldForm()
    if not form.validate():
        return _page(form), 422
    to, ground = identifiers.address(form.email.data or ""), Ground(form.ground.data)
    reason = reasons.line_for_trail(form.reason.data or "")
    try:
        operations.put(db(), settings(), to, ground, reason, actor(), now())
    except BadInput as problem:
        form[str(problem.values["field"])].errors = [say(problem)]
        return _page(form), 422
    db().commit()
    return redirect(url_for("holds_staff.overview"), 303)


@bp.post("/<uuid:hold_id>/confirm")
def confirm(hold_id: UUID) -> ResponseReturnValue:
    operations.confirm(db(), settings(), hold_id, actor(), now())
    db().commit()
    return redirect(url_for("holds_staff.overview"), 303)


@bp.post("/<uuid:hold_id>/end")
def end(hold_id: UUID) -> ResponseReturnValue:
    operations.end(db(), settings(), hold_id, actor(), now())
    db().commit()
    return redirect(url_for("holds_staff.overview"), 303)


def _page(form: HoldForm) -> str:
    held = operations.read(db(write=True), settings(), actor(), now())
    page = render(
        "rights/holds.html", held=held, form=form, grounds=HOLDS, by_rule=BY_RULE, act=SignedInForm(None)
    )
    db().commit()
    return page
