"""Unusual logins and exports, for administrators, until one of them has looked."""

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from clevenio.backoffice.misuse import operations, queries
from clevenio.paging import page_of
from clevenio.people.staff_access import names_of
from clevenio.people.staff_members import Role
from clevenio.web.access import current_staff
from clevenio.web.blueprints import StaffBlueprint
from clevenio.web.forms import SignedInForm
from clevenio.web.rendering import render
from clevenio.web.request import db, now, page_number, settings

bp = StaffBlueprint("alerts", Role.ADMINISTRATOR, url_prefix="/alerts")


@bp.get("")
def alerts() -> str:
    found = page_of(db(), queries.alerts(), page_number())
    actors = {each for alert in found.rows for each in (alert.actor, alert.acknowledged_by) if each}
    return render(
        "backoffice/alerts.html",
        alerts=found,
        names=names_of(db(), actors),
        subjects=queries.subjects(db(), settings().suppression_key),
        sentence=queries.sentence,
        form=SignedInForm(),
    )


@bp.post("/<row:alert_id>/acknowledgement")
def acknowledge(alert_id: int) -> ResponseReturnValue:
    operations.acknowledge(db(), settings(), alert_id, current_staff().id, now())
    db().commit()
    return redirect(url_for("alerts_staff.alerts"), 303)
