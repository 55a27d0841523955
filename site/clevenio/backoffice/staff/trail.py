"""The audit trail, for the privacy officer."""

from clevenio import audit
from clevenio.backoffice import queries
from clevenio.people.staff_members import Role
from clevenio.web.access import actor
from clevenio.web.blueprints import StaffBlueprint
from clevenio.web.rendering import render
from clevenio.web.request import db, now, page_number

bp = StaffBlueprint("trail", Role.PRIVACY_OFFICER, url_prefix="/audit")


@bp.get("")
def entries() -> str:
    pages = queries.trail_pages(db(write=True))
    page = max(1, min(page_number(), pages))
    found = queries.trail(db(), page)
    names = queries.names_of(db(), [entry.actor for entry in found])
    audit.record(
        db(),
        actor=actor(),
        action="audit.list",
        reason="overseeing access",
        details={"page": page},
        now=now(),
    )
    db().commit()
    return render("backoffice/trail.html", entries=found, names=names, page=page, pages=pages)
