"""A campaign on its way and after it: progress, what is uncertain, results."""

from uuid import UUID

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from clevenio.backoffice.campaigns import results, uncertain
from clevenio.backoffice.campaigns.staff.drawing import drawn
from clevenio.backoffice.campaigns.staff.room import bp, segment_name
from clevenio.i18n import sentence
from clevenio.newsletter import drafts, steering
from clevenio.newsletter.models import CampaignState
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
        segment=segment_name(draft),
        outcome=outcome,
        drawn=drawn(outcome),
        is_overdue=steering.is_overdue(found, now()),
        problem=sentence(found.problem) if found.problem else "",
        form=SignedInForm(),
    )


@bp.get("/<uuid:campaign_id>/progress")
def progress(campaign_id: UUID) -> str:
    """The part of its page that a script asks for every other second."""
    found = drafts.find(db(), campaign_id)
    return render("backoffice/campaigns/progress.html", campaign=found, outcome=results.progress(db(), found))


@bp.get("/<uuid:campaign_id>/uncertain")
def uncertain_messages(campaign_id: UUID) -> str:
    found = drafts.find(db(write=True), campaign_id)
    after = request.args.get("after", "")
    start = int(after) if after.isascii() and after.isdigit() and len(after) < 18 else 0
    rows = uncertain.look_through(db(), settings().suppression_key, found, actor(), start, now())
    db().commit()
    return render(
        "backoffice/campaigns/uncertain.html",
        campaign=found,
        subjects=drafts.read(db(), found).texts,
        rows=rows,
        most=uncertain.MOST,
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
