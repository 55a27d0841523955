"""Writing an opt-out down that came by a reply, by phone or by post: the place, and one press."""

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from clevenio.backoffice import people
from clevenio.backoffice.forms import OptOutForm
from clevenio.people import opt_outs
from clevenio.people.opt_outs import Came
from clevenio.web.access import actor
from clevenio.web.blueprints import StaffBlueprint
from clevenio.web.rendering import render
from clevenio.web.request import db, now, settings
from clevenio.web.said import tell, told

bp = StaffBlueprint("opt_outs", *people.LOOKERS, url_prefix="/opt-outs")


@bp.get("")
def opt_out() -> str:
    return render("backoffice/opt_out.html", form=OptOutForm(), saved=told())


@bp.post("")
def record_opt_out() -> ResponseReturnValue:
    """One answer, whoever has the address or the number: nobody is looked up by this."""
    form = OptOutForm()
    if not form.validate_on_submit():
        return render("backoffice/opt_out.html", form=form, saved=None), 422
    key, scope, came = settings().suppression_key, form.scope.data, Came(form.came.data or "")
    to, number = form.address(), form.number()
    if to is not None:
        opt_outs.record(db(), key, to, scope, came, actor=actor(), now=now())
    if number is not None:
        opt_outs.record_number(db(), key, number, scope, came, actor=actor(), now=now(), to=to)
    db().commit()
    tell("recorded" if to is not None else "number")
    return redirect(url_for("opt_outs_staff.opt_out"), 303)
