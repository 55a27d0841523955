"""The list of verified signups in the back office."""

from flask.typing import ResponseReturnValue

from clevenio.accounts import operations
from clevenio.accounts.forms import SignupFilter
from clevenio.people.roles import LABELS
from clevenio.people.staff_members import Role
from clevenio.web.access import actor
from clevenio.web.blueprints import StaffBlueprint
from clevenio.web.rendering import render
from clevenio.web.request import db, now, page_number, settings

bp = StaffBlueprint("accounts", Role.MARKETER, Role.SUPPORT, url_prefix="/signups")


@bp.get("")
def signups() -> ResponseReturnValue:
    chosen, session = SignupFilter(), db(write=True)
    status = 200 if chosen.validate() else 422
    key = settings().suppression_key
    found = operations.look_through(session, key, actor(), chosen.wanted(), page_number(), now())
    session.commit()
    filters = chosen.chosen()
    return render(
        "accounts/signups.html", signups=found, chosen=chosen, filters=filters, roles=LABELS
    ), status
