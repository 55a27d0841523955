"""The recipients still to be told, for the privacy officer: the file or the text to send, and the day it was done."""

from datetime import date
from uuid import UUID

from flask import Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from clevenio import audit
from clevenio.audiences.layouts import Platform
from clevenio.audiences.platforms import names, platform
from clevenio.audiences.removals import order_removal
from clevenio.audiences.staff import fetched, link_to, made_before, new_link
from clevenio.errors import Refused
from clevenio.people.staff_members import Role
from clevenio.registry import load
from clevenio.rights import clocks, rectifying
from clevenio.rights.models import Request
from clevenio.rights.recipients import closing, queries, texts
from clevenio.rights.recipients.forms import ClosingForm, ToldForm
from clevenio.rights.recipients.models import Cause, Result, Task
from clevenio.rights.recipients.words import CAUSES, RESULTS, line, recipient
from clevenio.web.access import actor, recently_confirmed
from clevenio.web.blueprints import StaffBlueprint
from clevenio.web.errors import say
from clevenio.web.forms import SignedInForm
from clevenio.web.rendering import render
from clevenio.web.request import db, now, page_number, settings

bp = StaffBlueprint("recipients", Role.PRIVACY_OFFICER, url_prefix="/recipients")
WORDS = {"causes": CAUSES, "results": RESULTS, "recipient": recipient, "line": line, "new_link": new_link}


@bp.get("")
def listed() -> str:
    """It names nobody, and so looking is no entry in the audit trail."""
    return _list({})


def _list(forms: dict[str, ToldForm]) -> str:
    session, today = db(), clocks.day_of(now())
    waiting = queries.waiting(session, settings().data)
    empty = {each.platform.id: ToldForm(today, today, None, told_on=today) for each in waiting}
    is_closed = request.args.get("state") == "closed"
    return render(
        "rights/recipients/list.html",
        waiting=waiting,
        forms={**empty, **forms},
        found=queries.tasks(session, closed=is_closed, number=page_number()),
        is_closed=is_closed,
        token=SignedInForm(None),
        now=now(),
        **WORDS,
    )


@bp.post("/files")
@recently_confirmed
def order_file() -> ResponseReturnValue:
    if (before := made_before("recipients_staff.file")) is not None:
        return before
    chosen = _platform(request.form.get("platform", ""))
    ordered = order_removal(db(), chosen, actor=actor(), now=now())
    return redirect(url_for("recipients_staff.file", token=link_to(ordered)), 303)


@bp.get("/files/<token>")
@recently_confirmed
def file(token: str) -> Response:
    return fetched(token)


@bp.post("/platforms/<name>/closing")
def close_file(name: str) -> ResponseReturnValue:
    chosen, today = _platform(name), clocks.day_of(now())
    form = ToldForm(today, date.min)
    if not form.validate():
        return _list({chosen.id: form}), 422
    try:
        closing.close_file(db(), settings(), chosen.id, form.day(), actor(), now())
    except Refused as problem:
        form.told_on.errors = [say(problem)]
        return _list({chosen.id: form}), 422
    db().commit()
    return redirect(url_for("recipients_staff.listed"), 303)


@bp.get("/<uuid:task_id>")
def one(task_id: UUID) -> str:
    return _one(closing.locked(db(write=True), task_id))


def _one(task: Task, form: ClosingForm | None = None) -> str:
    session, today = db(write=True), clocks.day_of(now())
    vendor = load().vendors.get(task.vendor)
    corrections = rectifying.of_request(session, task.request) if task.request else ()
    audit.record(
        session,
        actor=actor(),
        action="recipients.read",
        subject=audit.subject_hash(settings().suppression_key, task.subject),
        reason=closing.REASON,
        details={"task": str(task.id)},
        now=now(),
    )
    behind = session.get(Request, task.request) if task.request else None
    is_letter = task.platform is None and task.closed_at is None and vendor is not None
    page = render(
        "rights/recipients/one.html",
        task=task,
        platform=_platform(task.platform) if task.platform else None,
        comes_first=task.cause == Cause.ERASURE and behind is not None and behind.is_waiting,
        letter=texts.letter(settings(), vendor, task, corrections) if is_letter and vendor else None,
        form=form or ClosingForm(today, today, None, told_on=today),
        token=SignedInForm(None),
        now=now(),
        **WORDS,
    )
    session.commit()
    return page


@bp.post("/<uuid:task_id>/closing")
def close(task_id: UUID) -> ResponseReturnValue:
    task = closing.locked(db(), task_id)
    form = ClosingForm(clocks.day_of(now()), clocks.day_of(task.opened_at))
    if not form.validate():
        return _one(task, form), 422
    result = Result(form.result.data)
    closing.close(db(), settings(), task_id, result, form.day(), form.why(), actor(), now())
    db().commit()
    return redirect(url_for("recipients_staff.listed"), 303)


def _platform(name: str) -> Platform:
    return platform(name, settings().data) if name in names() else abort(404)
