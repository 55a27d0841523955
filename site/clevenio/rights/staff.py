"""The privacy officer's queue, and one request with its history and its acts."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from clevenio import audit
from clevenio.database import is_sqlite
from clevenio.errors import Refused
from clevenio.people import restrictions, staff_access
from clevenio.people.staff_members import Role
from clevenio.rights import (
    clocks,
    disk,
    erasure,
    joining,
    queries,
    rectifying,
    remarks,
    requests,
    restricting,
    subjects,
    undelivered,
)
from clevenio.rights.access import operations as access
from clevenio.rights.forms import CheckForm, ErasureForm, ReasonForm
from clevenio.rights.handling import operations as handling
from clevenio.rights.handling.forms import (
    AssignmentForm,
    CorrectionForm,
    GroundForm,
    QueueFilter,
    RecipientForm,
    RouteForm,
    addressed,
)
from clevenio.rights.holdings import HOLDINGS
from clevenio.rights.letters import operations as letters
from clevenio.rights.models import VERIFIED, Asker, Kind, Request, State, Submission
from clevenio.rights.recipients import others, words
from clevenio.rights.recipients import queries as recipients
from clevenio.rights.restricted import operations as restricted
from clevenio.rights.words import WORDS
from clevenio.web.access import actor, current_staff, recently_confirmed
from clevenio.web.blueprints import StaffBlueprint
from clevenio.web.errors import say
from clevenio.web.forms import SignedInForm
from clevenio.web.rendering import render
from clevenio.web.request import db, now, nudge, page_number, settings

bp = StaffBlueprint("requests", Role.PRIVACY_OFFICER, url_prefix="/requests")


@bp.get("")
def queue() -> ResponseReturnValue:
    chosen, session = QueueFilter(), db()
    status = 200 if chosen.validate() else 422
    found = queries.queue(session, chosen.wanted(current_staff().id), page_number())
    page = render(
        "rights/queue.html",
        found=found,
        counts=queries.counts(session, now()),
        letters=letters.number_waiting(session),
        chosen=chosen,
        filters=chosen.chosen(),
        now=now(),
        **WORDS,
    )
    return page, status


@bp.get("/<uuid:request_id>")
def one(request_id: UUID) -> ResponseReturnValue:
    found = requests.locked(db(write=True), request_id)
    if found.asker == Asker.GUARDIAN:
        return redirect(url_for("guardians_staff.message", request_id=request_id), 303)
    return show(found)


@bp.post("/<uuid:request_id>/erasure")
@recently_confirmed
def carry_out(request_id: UUID) -> ResponseReturnValue:
    return erase(show, "requests_staff.one", request_id)


@bp.post("/<uuid:request_id>/extension")
def extend(request_id: UUID) -> ResponseReturnValue:
    form = ReasonForm(prefix="extension-")
    if not form.validate():
        return show(requests.locked(db(), request_id), extension=form), 422
    requests.extend(db(), settings(), request_id, form.text(), actor(), now())
    return committed("requests_staff.one", request_id)


@bp.post("/<uuid:request_id>/refusal")
def refuse(request_id: UUID) -> ResponseReturnValue:
    form = ReasonForm(prefix="refusal-")
    if not form.validate():
        return show(requests.locked(db(), request_id), refusal=form), 422
    try:
        requests.locked(db(), request_id)
        joining.require_seen(db(), request_id, seen())
        handling.refuse(db(), settings(), request_id, form.text(), actor(), now())
    except Refused as problem:
        db().rollback()
        form.form_errors.append(say(problem))
        return show(requests.locked(db(), request_id), refusal=form), 409
    return committed("requests_staff.one", request_id)


def seen() -> int | None:
    """How many joined messages the page that posts has shown; None where it does not say."""
    return request.form.get("seen", type=int)


def erase(page: Callable[..., str], endpoint: str, request_id: UUID) -> ResponseReturnValue:
    """Carry an erasure out, for both kinds of request pages."""
    written = _written_about(requests.locked(db(), request_id))
    form = ErasureForm(written)
    if not form.validate():
        return page(requests.locked(db(), request_id), erasing=form), 422
    try:
        requests.locked(db(), request_id)
        joining.require_seen(db(), request_id, seen())
        erasure.begin(db(), settings(), request_id, actor(), now(), form.left.data or ())
    except Refused as problem:
        db().rollback()
        form.form_errors.append(say(problem))
        return page(requests.locked(db(), request_id), erasing=form), 409
    answer = committed(endpoint, request_id)
    nudge("rights")
    return answer


def _written_about(found: Request) -> list[remarks.Remark]:
    """The notes of staff that an erasure would be about."""
    subject = subjects.of_request(db(), settings(), found)
    return remarks.about(db(), subject) if subject else []


def committed(endpoint: str, request_id: UUID) -> ResponseReturnValue:
    """Commit, let the mail go, and lead back to the request."""
    db().commit()
    nudge()
    # What was to end once the person has been told of it.
    nudge("restrictions")
    return redirect(url_for(endpoint, request_id=request_id), 303)


def show(found: Request, template: str = "rights/request.html", **forms: Any) -> str:
    """A request's page; that somebody looked at it is written into the audit trail.

    It says whose data it is for as long as it waits, or holds a restriction.
    """
    session = db(write=True)
    restriction = restrictions.of_request(session, found.id)
    is_named = found.is_waiting or restriction is not None
    subject = subjects.of_request(session, settings(), found) if is_named else None
    under_way = queries.under_way(session, found.id) if found.is_waiting else None
    is_planned = found.is_waiting and under_way is None and found.kind == Kind.ERASURE
    written = remarks.about(session, subject) if subject and is_planned else []
    audit.record(
        session,
        actor=actor(),
        action="rights.read",
        subject=audit.subject_hash(settings().suppression_key, found.subject),
        reason=requests.REASON,
        details={"request": str(found.id)},
        now=now(),
    )
    page = render(
        template,
        asked=found,
        subject=subject,
        under_way=under_way,
        rewritten_from=None if is_sqlite(session) else settings().quiet_hour,
        is_held_up=under_way is not None and disk.is_held_up(under_way, now()),
        plan=erasure.plan(session, subject, now()) if subject and is_planned else None,
        remarks=written,
        copy_waits=subject is not None and queries.copy_waits(session, subject.id),
        unfetched=access.unfetched(session, subject.id, now()) if subject is not None and is_planned else (),
        fetched_within=access.lifetime(),
        letter_waits=subject is not None and letters.waits_for(session, subject.id),
        until=erasure.until,
        last_day=clocks.last_day,
        holdings={holding.name: holding.what for holding in HOLDINGS},
        restriction=restriction,
        is_ending=restriction is not None and restricting.is_ending(session, restriction),
        standing=restricted.of_address(session, subject.address.key) if subject else (),
        stands=rectifying.standing(subject.person) if subject and subject.person else [],
        corrections=rectifying.of_request(session, found.id),
        written=queries.submission(session, found),
        wrote=_wrote(queries.submission(session, found)),
        letters=letters.of_request(session, found.id),
        day_of=date.fromisoformat,
        joined=joining.of_request(session, found.id),
        seen=joining.number(session, found.id),
        together=queries.together_with(session, found),
        events=queries.history(session, found.id),
        undelivered=undelivered.of_request(session, found.id),
        keeps=queries.keeps(session, found.subject),
        tasks=recipients.of_subject(session, found.subject),
        causes=words.CAUSES,
        line=words.line,
        is_verified=found.state in VERIFIED,
        brings_something=Kind(found.kind) in others.CAUSES,
        may_extend=found.state == State.OPEN and clocks.day_of(now()) <= found.legal,
        now=now(),
        **WORDS,
        **_forms(
            found, forms, written, has_address=subjects.of_request(session, settings(), found) is not None
        ),
    )
    session.commit()
    return page


def _wrote(submission: Submission | None) -> str:
    """Whoever wrote or called without an address, in one line."""
    if submission is None:
        return ""
    name, post = submission.name, submission.post
    parts = (addressed(name, post) if post else name, submission.phone)
    return "\n".join(filter(None, parts)).replace("\n", ", ")


def _forms(
    found: Request, posted: Mapping[str, object], written: Sequence[remarks.Remark], *, has_address: bool
) -> Mapping[str, object]:
    """Every form of a request's page: the one that was posted as it was, the others empty."""
    members = staff_access.usable(db(), settings(), (Role.PRIVACY_OFFICER, Role.ADMINISTRATOR), now())
    empty = {
        "erasing": ErasureForm(written, None, left=[each.id for each in written if not each.may_name]),
        "extension": ReasonForm(None, prefix="extension-"),
        "refusal": ReasonForm(None, prefix="refusal-"),
        "checking": CheckForm(None),
        "doubting": ReasonForm(None, prefix="doubt-"),
        "assigning": AssignmentForm(members, None, member=str(found.assigned_to or "")),
        "correcting": CorrectionForm(None, is_known=subjects.is_known(db(), settings(), found)),
        "grounding": GroundForm(None),
        "receiving": RecipientForm(None),
        "routing": RouteForm(None, has_address=has_address, prefix="route-"),
        "unrestricting": ReasonForm(None, prefix="restriction-"),
        "token": SignedInForm(None),
    }
    return {**empty, **posted}
