"""Writing an opt-out down that came by a reply, by phone or by post: the place, and one press."""

import json
from collections.abc import Mapping

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from clevenio.backoffice import people
from clevenio.backoffice.forms import OptOutForm
from clevenio.errors import BadToken
from clevenio.people import opt_outs
from clevenio.people.opt_outs import Came
from clevenio.signing import Cipher
from clevenio.web.access import actor
from clevenio.web.blueprints import StaffBlueprint
from clevenio.web.rendering import render
from clevenio.web.request import db, now, settings
from clevenio.web.said import tell, told

bp = StaffBlueprint("opt_outs", *people.LOOKERS, url_prefix="/opt-outs")


@bp.get("")
def opt_out() -> str:
    return render("backoffice/opt_out.html", form=OptOutForm(), saved=_saved())


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
    written = {
        "email": to.email if to is not None else "",
        "phone": number or "",
        "scope": scope,
        "came": form.came.data,
    }
    tell(_cipher().encrypt(json.dumps(written).encode()).decode("ascii"))
    return redirect(url_for("opt_outs_staff.opt_out"), 303)


def _saved() -> Mapping[str, str] | None:
    """For whom and of what the press just before was; None where there was none."""
    kept = told()
    try:
        return dict(json.loads(_cipher().decrypt(kept.encode("ascii")))) if kept else None
    except BadToken:
        return None


def _cipher() -> Cipher:
    # It waits in the browser's session for the next page, which is signed and can be read.
    return Cipher(settings().secret_keys, "opt-out")
