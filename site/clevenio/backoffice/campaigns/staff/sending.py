"""Having a campaign begin, now or at a moment, and stopping it. What sends takes a fresh proof of who acts."""

from uuid import UUID

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from clevenio.backoffice.campaigns.forms import ScheduleForm, SendForm
from clevenio.backoffice.campaigns.staff.checking import check_page
from clevenio.backoffice.campaigns.staff.room import bp
from clevenio.errors import BadInput, Refused
from clevenio.newsletter import drafts, steering
from clevenio.web.access import actor, recently_confirmed
from clevenio.web.errors import say
from clevenio.web.request import db, now, nudge, settings


@bp.post("/<uuid:campaign_id>/start")
@recently_confirmed
def start(campaign_id: UUID) -> ResponseReturnValue:
    """Begin now: a draft that was checked, or a schedule that was missed and asks."""
    try:
        drafts.require(db(), campaign_id, SendForm().seen.data or "")
        steering.start(db(), settings(), campaign_id, actor(), now())
    except (BadInput, Refused) as problem:
        db().rollback()
        return check_page(campaign_id, problem=say(problem)), 422
    return _done(campaign_id)


@bp.post("/<uuid:campaign_id>/schedule")
@recently_confirmed
def schedule(campaign_id: UUID) -> ResponseReturnValue:
    form = ScheduleForm()
    if not form.validate_on_submit():
        return check_page(campaign_id, form), 422
    try:
        drafts.require(db(), campaign_id, form.seen.data or "")
        steering.schedule(db(), settings(), campaign_id, form.at(), actor(), now())
    except (BadInput, Refused) as problem:
        db().rollback()
        form.form_errors.append(say(problem))
        return check_page(campaign_id, form), 422
    return _done(campaign_id)


@bp.post("/<uuid:campaign_id>/draft")
def unschedule(campaign_id: UUID) -> ResponseReturnValue:
    steering.unschedule(db(), campaign_id, actor(), now())
    db().commit()
    return redirect(url_for("campaigns_staff.text", campaign_id=campaign_id), 303)


@bp.post("/<uuid:campaign_id>/pause")
def pause(campaign_id: UUID) -> ResponseReturnValue:
    steering.pause(db(), campaign_id, actor(), now())
    return _done(campaign_id)


@bp.post("/<uuid:campaign_id>/resume")
@recently_confirmed
def resume(campaign_id: UUID) -> ResponseReturnValue:
    steering.resume(db(), campaign_id, actor(), now())
    return _done(campaign_id)


@bp.post("/<uuid:campaign_id>/cancel")
def cancel(campaign_id: UUID) -> ResponseReturnValue:
    steering.cancel(db(), campaign_id, actor(), now())
    return _done(campaign_id)


@bp.post("/<uuid:campaign_id>/accept")
def accept(campaign_id: UUID) -> ResponseReturnValue:
    steering.accept(db(), campaign_id, actor(), now())
    return _done(campaign_id)


def _done(campaign_id: UUID) -> ResponseReturnValue:
    db().commit()
    nudge("newsletter")
    return redirect(url_for("campaigns_staff.campaign", campaign_id=campaign_id), 303)
