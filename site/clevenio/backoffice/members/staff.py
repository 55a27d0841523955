"""The screens of staff accounts, for administrators. Each act takes a fresh proof of who acts."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from clevenio import audit
from clevenio.accounts import sessions
from clevenio.accounts.sessions import Kind
from clevenio.backoffice import operations as backoffice
from clevenio.backoffice.members import operations, queries
from clevenio.backoffice.members.forms import HINTS, InvitationForm, MembersFilter, RolesForm
from clevenio.errors import BadInput, Refused
from clevenio.i18n import current_language
from clevenio.paging import page_in
from clevenio.people import identifiers
from clevenio.people.staff_members import ROLES, Role, StaffMember
from clevenio.web.access import actor, current_staff, recent_gate
from clevenio.web.blueprints import StaffBlueprint
from clevenio.web.errors import say
from clevenio.web.forms import SignedInForm
from clevenio.web.rendering import render
from clevenio.web.request import db, now, nudge, page_number, settings
from clevenio.web.said import tell, told

bp = StaffBlueprint("members", Role.ADMINISTRATOR, url_prefix="/members")


@bp.before_request
def gate() -> Any:
    """Looking takes the role, acting a factor of the last minutes as well."""
    return recent_gate() if request.method == "POST" else None


@bp.get("")
def members() -> ResponseReturnValue:
    chosen = MembersFilter()
    status = 200 if chosen.validate() else 422
    everybody = queries.entries(db(write=True), settings(), now(), chosen.wanted())
    found, filters = page_in(everybody, page_number()), chosen.chosen()
    _look("staff.list", None)
    return render(
        "backoffice/members/members.html", entries=found, chosen=chosen, filters=filters, roles=ROLES
    ), status


@bp.get("/invitation")
def invitation() -> str:
    return _invitation_page(InvitationForm(None, language=current_language()))


@bp.post("/invitation")
def invite() -> ResponseReturnValue:
    form = InvitationForm()
    if not form.validate():
        return _invitation_page(form), 422
    to, language = identifiers.address(form.email.data or ""), form.language.data
    try:
        made = operations.invite(db(), settings(), to, form.chosen(), language, actor(), now())
    except BadInput as problem:
        (form.email if form.chosen() else form.roles).errors = [say(problem)]
        return _invitation_page(form), 422
    return _done(made, "invited")


def _invitation_page(form: InvitationForm) -> str:
    return render("backoffice/members/invitation.html", form=form, hints=HINTS)


@bp.get("/<uuid:member_id>")
def member(member_id: UUID) -> ResponseReturnValue:
    """Where it shows a link that lets somebody in, looking takes a fresh proof, too."""
    found = operations.find(db(write=True), member_id)
    response: ResponseReturnValue | None = None if _link(found) is None else recent_gate()
    if response is not None:
        return response
    _look("staff.view", found)
    return _member_page(found, _roles_form(found))


@bp.post("/<uuid:member_id>/roles")
def change_roles(member_id: UUID) -> ResponseReturnValue:
    found, form = operations.find(db(), member_id), RolesForm()
    if not form.validate():
        return _member_page(found, form), 422
    try:
        saved = operations.change_roles(db(), settings(), found, form.chosen(), actor(), now())
    except (BadInput, Refused) as problem:
        form.roles.errors = [say(problem)]
        return _member_page(found, form), 422
    return _done(found, saved)


@bp.post("/<uuid:member_id>/invitation")
def invite_again(member_id: UUID) -> ResponseReturnValue:
    return _act(member_id, operations.invite_again, "invited")


@bp.post("/<uuid:member_id>/closure")
def disable(member_id: UUID) -> ResponseReturnValue:
    return _act(member_id, operations.disable, "disabled")


@bp.post("/<uuid:member_id>/opening")
def enable(member_id: UUID) -> ResponseReturnValue:
    return _act(member_id, operations.enable, "enabled")


@bp.post("/<uuid:member_id>/sessions/end")
def end_sessions(member_id: UUID) -> ResponseReturnValue:
    return _act(member_id, operations.end_sessions, "sessions")


@bp.post("/<uuid:member_id>/factors/reset")
def reset_factors(member_id: UUID) -> ResponseReturnValue:
    return _act(member_id, operations.reset_factors, "factors")


def _act(member_id: UUID, operation: Callable[..., None], what: str) -> ResponseReturnValue:
    found = operations.find(db(), member_id)
    try:
        operation(db(), settings(), found, actor(), now())
    except Refused as problem:
        db().rollback()
        return _member_page(found, _roles_form(found), say(problem)), 422
    return _done(found, what)


def _done(found: StaffMember, what: str) -> ResponseReturnValue:
    """Whoever closed their own access is out by now, and comes to the login."""
    db().commit()
    nudge()
    tell(what)
    return redirect(url_for("members_staff.member", member_id=found.id), 303)


def _roles_form(found: StaffMember) -> RolesForm:
    return RolesForm(None, roles=sorted(found.roles))


def _member_page(found: StaffMember, form: RolesForm, problem: str | None = None) -> str:
    session, made = db(), settings()
    return render(
        "backoffice/members/member.html",
        entry=queries.entry(session, made, found, now()),
        sessions=sessions.of(session, Kind.STAFF, found.id, now()),
        link=_link(found),
        form=form,
        post_form=SignedInForm(),
        hints=HINTS,
        is_self=found.id == current_staff().id,
        saved=told(),
        problem=problem,
    )


def _link(found: StaffMember) -> str | None:
    """The link of an open invitation, where no relay brings it to whom it is for."""
    return backoffice.open_invitation(db(), settings(), found, now()) if settings().smtp_url is None else None


def _look(action: str, found: StaffMember | None) -> None:
    subject = audit.subject_hash(settings().suppression_key, found.id) if found else None
    audit.record(db(), actor=actor(), action=action, subject=subject, now=now())
    db().commit()
