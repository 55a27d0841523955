"""The list of verified signups in the back office."""

from flask import request

from clevenio.accounts import operations, queries
from clevenio.people.roles import LABELS
from clevenio.people.staff_members import Role
from clevenio.web.access import actor
from clevenio.web.blueprints import StaffBlueprint
from clevenio.web.rendering import render
from clevenio.web.request import db, now, settings

bp = StaffBlueprint("accounts", Role.MARKETER, Role.SUPPORT, url_prefix="/signups")


@bp.get("")
def signups() -> str:
    session = db(write=True)
    pages = queries.pages(session)
    page = max(1, min(request.args.get("page", 1, type=int), pages))
    found = operations.look_through(session, settings().suppression_key, actor(), page, now())
    session.commit()
    return render("accounts/signups.html", signups=found, page=page, pages=pages, roles=LABELS)
