"""The inbox, where staff read inquiries and say what became of them."""

from uuid import UUID

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from clevenio.inquiries import answers, operations, queries
from clevenio.inquiries.forms import InboxFilter
from clevenio.inquiries.models import State
from clevenio.people.staff_members import Role
from clevenio.web.access import actor, current_staff
from clevenio.web.blueprints import StaffBlueprint
from clevenio.web.forms import SignedInForm
from clevenio.web.rendering import render
from clevenio.web.request import db, now, nudge, page_number, settings

bp = StaffBlueprint("inquiries", Role.SUPPORT, url_prefix="/inquiries")


@bp.get("")
def inbox() -> ResponseReturnValue:
    chosen, session = InboxFilter(), db(write=True)
    status = 200 if chosen.validate() else 422
    key = settings().suppression_key
    found = operations.look_through(session, key, actor(), chosen.wanted(), page_number(), now())
    session.commit()
    return render(
        "inquiries/inbox.html",
        inquiries=found,
        suspected=queries.count(session, State.SUSPECTED),
        chosen=chosen,
        filters=chosen.chosen(),
    ), status


@bp.get("/<uuid:inquiry_id>")
def inquiry(inquiry_id: UUID) -> str:
    session = db(write=True)
    found = operations.read(session, settings(), current_staff(), inquiry_id, now())
    thread = answers.thread(session, current_staff(), found)
    session.commit()
    return render("inquiries/inquiry.html", inquiry=found, thread=thread, form=SignedInForm())


@bp.post("/<uuid:inquiry_id>/state")
def set_state(inquiry_id: UUID) -> ResponseReturnValue:
    wanted = request.form.get("state")
    if wanted not in {State.OPEN, State.ANSWERED, State.CLOSED}:
        abort(422)
    operations.set_state(db(), settings(), current_staff(), inquiry_id, State(wanted), now())
    db().commit()
    nudge()
    return redirect(url_for("inquiries_staff.inbox"), 303)
