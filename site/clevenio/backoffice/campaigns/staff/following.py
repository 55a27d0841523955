"""A campaign on its way and after it: progress, what is uncertain, results."""

from uuid import UUID

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from clevenio.backoffice.campaigns import results, unanswered
from clevenio.backoffice.campaigns.staff.drawing import deliveries, drawn
from clevenio.backoffice.campaigns.staff.room import bp, segment_name
from clevenio.i18n import sentence
from clevenio.newsletter import drafts, schedule, steering
from clevenio.newsletter.models import CampaignState, DeliveryState
from clevenio.web.access import actor, recently_confirmed
from clevenio.web.forms import SignedInForm
from clevenio.web.rendering import render
from clevenio.web.request import db, now, nudge, settings


@bp.get("/<uuid:campaign_id>")
def campaign(campaign_id: UUID) -> ResponseReturnValue:
    """Counts alone, so looking is no entry in the audit trail."""
    found = drafts.find(db(), campaign_id)
    if found.state == CampaignState.DRAFT:
        return redirect(url_for("campaigns_staff.check", campaign_id=campaign_id), 303)
    draft = drafts.read(db(), found)
    outcome = results.outcome(db(), found)
    return render(
        "backoffice/campaigns/campaign.html",
        campaign=found,
        draft=draft,
        subjects=draft.subjects(settings()),
        segment=segment_name(draft),
        outcome=outcome,
        drawn=drawn(outcome),
        beginning=schedule.said,
        counted_at=now(),
        is_overdue=steering.is_overdue(found, now()),
        problem=sentence(found.problem) if found.problem else "",
        form=SignedInForm(),
    )


@bp.get("/<uuid:campaign_id>/progress")
def progress(campaign_id: UUID) -> str:
    """The part of its page that a script asks for every other second."""
    found = drafts.find(db(), campaign_id)
    reached = results.progress(db(), found)
    return render(
        "backoffice/campaigns/progress.html",
        campaign=found,
        outcome=reached,
        drawn={"deliveries": deliveries(reached)},
    )


@bp.get("/<uuid:campaign_id>/uncertain")
def uncertain_messages(campaign_id: UUID) -> str:
    return _unanswered(campaign_id, DeliveryState.UNCERTAIN)


@bp.get("/<uuid:campaign_id>/failed")
def failed_messages(campaign_id: UUID) -> str:
    return _unanswered(campaign_id, DeliveryState.FAILED)


def _unanswered(campaign_id: UUID, state: DeliveryState) -> str:
    found = drafts.find(db(write=True), campaign_id)
    after = request.args.get("after", "")
    start = int(after) if after.isascii() and after.isdigit() and len(after) < 18 else 0
    rows = unanswered.look_through(db(), settings().suppression_key, found, state, actor(), start, now())
    db().commit()
    return render(
        f"backoffice/campaigns/{state.value}.html",
        campaign=found,
        subjects=drafts.read(db(), found).subjects(settings()),
        rows=rows,
        most=unanswered.MOST,
        form=SignedInForm(),
    )


@bp.post("/<uuid:campaign_id>/uncertain")
@recently_confirmed
def resend_all(campaign_id: UUID) -> ResponseReturnValue:
    steering.resend_uncertain(db(), campaign_id, actor(), now())
    return _sent_again(campaign_id)


@bp.post("/<uuid:campaign_id>/uncertain/<row:delivery>")
@recently_confirmed
def resend(campaign_id: UUID, delivery: int) -> ResponseReturnValue:
    steering.resend_uncertain(db(), campaign_id, actor(), now(), only=[delivery])
    return _sent_again(campaign_id)


def _sent_again(campaign_id: UUID) -> ResponseReturnValue:
    db().commit()
    nudge("newsletter")
    return redirect(url_for("campaigns_staff.uncertain_messages", campaign_id=campaign_id), 303)
