"""The acts on a request's page: whose it is, who looks after it, the answer; and writing one down."""

from collections.abc import Callable
from uuid import UUID

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from clevenio.errors import Refused
from clevenio.i18n import current_language
from clevenio.people import staff_access
from clevenio.people.restrictions import Ground
from clevenio.people.staff_members import Role
from clevenio.rights import clocks, identity, joining, rectifying, requests, restricting, subjects
from clevenio.rights.asking.forms import HINTS
from clevenio.rights.forms import CheckForm, ReasonForm
from clevenio.rights.handling import operations, routing, templates
from clevenio.rights.handling.forms import (
    AnswerForm,
    AssignmentForm,
    CorrectionForm,
    EntryForm,
    GroundForm,
    RecipientForm,
    RouteForm,
)
from clevenio.rights.models import Kind, Request
from clevenio.rights.recipients import others
from clevenio.rights.recipients.models import Result
from clevenio.rights.staff import bp, committed, seen, show
from clevenio.rights.words import WORDS
from clevenio.web.access import actor
from clevenio.web.errors import say
from clevenio.web.rendering import render
from clevenio.web.request import db, now, nudge, settings

__all__ = ["bp"]


@bp.get("/new")
def entry() -> str:
    return _entry(EntryForm(clocks.day_of(now()), None))


@bp.post("/new")
def enter() -> ResponseReturnValue:
    form = EntryForm(clocks.day_of(now()))
    if not form.validate():
        return _entry(form), 422
    found = operations.write_down(db(), settings(), form.came(now()), actor(), now())
    db().commit()
    nudge()
    return redirect(url_for("requests_staff.one", request_id=found[0].id), 303)


def _entry(form: EntryForm) -> str:
    return render("rights/entry.html", form=form, hints=HINTS)


@bp.post("/<uuid:request_id>/check")
def check(request_id: UUID) -> ResponseReturnValue:
    form = CheckForm()
    if not form.validate():
        return show(requests.locked(db(), request_id), checking=form), 422
    identity.check(db(), settings(), request_id, form.text(), actor(), now())
    return committed("requests_staff.one", request_id)


@bp.post("/<uuid:request_id>/doubt")
def doubt(request_id: UUID) -> ResponseReturnValue:
    form = ReasonForm(prefix="doubt-")
    if not form.validate():
        return show(requests.locked(db(), request_id), doubting=form), 422
    identity.doubt(db(), settings(), request_id, form.text(), actor(), now())
    return committed("requests_staff.one", request_id)


@bp.post("/<uuid:request_id>/link")
def send_link(request_id: UUID) -> ResponseReturnValue:
    identity.send_link(db(), settings(), request_id, actor(), now())
    return committed("requests_staff.one", request_id)


@bp.post("/<uuid:request_id>/route")
def reroute(request_id: UUID) -> ResponseReturnValue:
    found = requests.locked(db(), request_id)
    form = RouteForm(has_address=subjects.of_request(db(), settings(), found) is not None, prefix="route-")
    if not form.validate():
        return show(found, routing=form), 422
    try:
        routing.reroute(db(), settings(), request_id, form.route(), form.why(), actor(), now())
    except Refused as problem:
        db().rollback()
        form.form_errors.append(say(problem))
        return show(requests.locked(db(), request_id), routing=form), 409
    return committed("requests_staff.one", request_id)


@bp.post("/<uuid:request_id>/assignment")
def assign(request_id: UUID) -> ResponseReturnValue:
    members = staff_access.usable(db(), settings(), (Role.PRIVACY_OFFICER, Role.ADMINISTRATOR), now())
    form = AssignmentForm(members)
    if not form.validate():
        return show(requests.locked(db(), request_id), assigning=form), 422
    operations.assign(db(), request_id, form.chosen(), actor(), now())
    return committed("requests_staff.one", request_id)


@bp.post("/<uuid:request_id>/correction")
def rectify(request_id: UUID) -> ResponseReturnValue:
    found = requests.locked(db(), request_id)
    form = CorrectionForm(is_known=subjects.is_known(db(), settings(), found))
    if not form.validate():
        return show(found, correcting=form), 422
    try:
        rectifying.rectify(db(), settings(), request_id, form.correction(), actor(), now())
    except Refused as problem:
        db().rollback()
        form.form_errors.append(say(problem))
        return show(requests.locked(db(), request_id), correcting=form), 409
    return committed("requests_staff.one", request_id)


@bp.post("/<uuid:request_id>/recipients")
def add_recipient(request_id: UUID) -> ResponseReturnValue:
    form = RecipientForm()
    if not form.validate():
        return show(requests.locked(db(), request_id), receiving=form), 422
    try:
        others.by_hand(db(), settings(), request_id, form.vendor.data, actor(), now())
    except Refused as problem:
        db().rollback()
        form.vendor.errors = [say(problem)]
        return show(requests.locked(db(), request_id), receiving=form), 409
    return committed("requests_staff.one", request_id)


@bp.post("/<uuid:request_id>/restriction")
def restrict(request_id: UUID) -> ResponseReturnValue:
    form = GroundForm()
    if not form.validate():
        return show(requests.locked(db(), request_id), grounding=form), 422
    try:
        restricting.restrict(db(), settings(), request_id, Ground(form.ground.data), actor(), now())
    except Refused as problem:
        db().rollback()
        form.ground.errors = [say(problem)]
        return show(requests.locked(db(), request_id), grounding=form), 409
    return committed("requests_staff.one", request_id)


@bp.post("/<uuid:request_id>/restriction/end")
def lift_restriction(request_id: UUID) -> ResponseReturnValue:
    form = ReasonForm(prefix="restriction-")
    if not form.validate():
        return show(requests.locked(db(), request_id), unrestricting=form), 422
    restricting.lift(db(), settings(), request_id, form.text(), actor(), now())
    return committed("requests_staff.one", request_id)


@bp.get("/<uuid:request_id>/answer")
def answering(request_id: UUID) -> str:
    found = requests.locked(db(write=True), request_id)
    fitting = _fitting(found)
    is_known = subjects.is_known(db(), settings(), found)
    likeliest = None if is_known and fitting[0].is_of_nobody else fitting[0]
    chosen = next((each for each in fitting if each.id == request.args.get("template")), likeliest)
    are_told = any(task.result != Result.IMPOSSIBLE for task in operations.to_tell(db(), found))
    text = templates.filled(chosen, settings(), found, are_told=are_told) if chosen else ""
    outcome = (chosen.outcome if chosen else None) or ""
    return _answering(found, AnswerForm(None, asked=found.way, is_known=is_known, text=text, outcome=outcome))


@bp.post("/<uuid:request_id>/answer")
def answer(request_id: UUID) -> ResponseReturnValue:
    found = requests.locked(db(), request_id)
    form = AnswerForm(asked=found.way, is_known=subjects.is_known(db(), settings(), found))
    if not form.validate():
        return _answering(found, form), 422
    try:
        joining.require_seen(db(), request_id, seen())
        operations.answer(
            db(),
            settings(),
            request_id,
            form.answer(),
            actor(),
            now(),
            by_mail=form.way.data == "mail",
            outcome=form.came_to(),
            ends=form.what_ends(),
        )
    except Refused as problem:
        db().rollback()
        form.form_errors.append(say(problem))
        return _answering(requests.locked(db(), request_id), form), 409
    return committed("requests_staff.one", request_id)


def _answering(found: Request, form: AnswerForm) -> str:
    fitting = [(each.id, each.name[current_language()]) for each in _fitting(found)]
    return render(
        "rights/answer.html",
        asked=found,
        form=form,
        is_ours=subjects.is_known(db(), settings(), found),
        is_objection=found.kind == Kind.OBJECTION
        and subjects.of_request(db(), settings(), found) is not None,
        seen=joining.number(db(), found.id),
        fitting=fitting,
        never=_why(lambda: operations.require_answerable(db(), found)),
        yet=_why(lambda: operations.require_done(db(), settings(), found)),
        **WORDS,
    )


def _fitting(found: Request) -> list[templates.Template]:
    is_known = subjects.of_request(db(), settings(), found) is not None
    return templates.fitting(found, is_known=is_known)


def _why(require: Callable[[], None]) -> str | None:
    """What stands against an answer, None where nothing does."""
    try:
        require()
    except Refused as problem:
        return say(problem)
    return None
