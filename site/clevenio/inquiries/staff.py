"""The inbox, where staff read inquiries and say what became of them."""

from uuid import UUID

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from clevenio.inquiries import operations, queries
from clevenio.inquiries.models import State
from clevenio.people.staff_members import Role
from clevenio.web.access import actor, current_staff
from clevenio.web.blueprints import StaffBlueprint
from clevenio.web.forms import SignedInForm
from clevenio.web.rendering import render
from clevenio.web.request import db, now, settings

bp = StaffBlueprint("inquiries", Role.SUPPORT, url_prefix="/inquiries")


@bp.get("")
def inbox() -> str:
    wanted = request.args.get("state")
    state = State(wanted) if wanted in set(State) else None
    session = db(write=True)
    pages = queries.pages(session, state)
    page = min(request.args.get("page", 1, type=int), pages)
    found = operations.look_through(session, settings().suppression_key, actor(), state, max(page, 1), now())
    counts = {each: queries.count(session, each) for each in State}
    session.commit()
    return render("inquiries/inbox.html", inquiries=found, state=state, page=page, pages=pages, counts=counts)


@bp.get("/<uuid:inquiry_id>")
def inquiry(inquiry_id: UUID) -> str:
    session = db(write=True)
    found = operations.read(session, settings().suppression_key, actor(), inquiry_id, now())
    session.commit()
    return render("inquiries/inquiry.html", inquiry=found, form=SignedInForm())


@bp.post("/<uuid:inquiry_id>/state")
def set_state(inquiry_id: UUID) -> ResponseReturnValue:
    wanted = request.form.get("state")
    if wanted not in set(State):
        abort(422)
    operations.set_state(
        db(), settings().suppression_key, actor(), current_staff().id, inquiry_id, State(wanted), now()
    )
    db().commit()
    return redirect(url_for("inquiries_staff.inbox"), 303)
