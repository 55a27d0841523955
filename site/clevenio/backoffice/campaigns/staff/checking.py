"""The page before sending: who would get it and who not, every rule on the real bytes, a test to oneself."""

from uuid import UUID

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from clevenio.audiences.blurring import tens
from clevenio.backoffice.campaigns.forms import ScheduleForm
from clevenio.backoffice.campaigns.staff.room import bp, segment_name
from clevenio.errors import BadInput, Refused
from clevenio.newsletter import checking, drafts, recipients
from clevenio.newsletter.trials import last_tests, send_test, shows_another
from clevenio.people.identifiers import address
from clevenio.web.access import actor, current_staff
from clevenio.web.errors import say
from clevenio.web.forms import SignedInForm
from clevenio.web.rendering import render
from clevenio.web.request import db, now, nudge, settings


@bp.get("/<uuid:campaign_id>/check")
def check(campaign_id: UUID) -> str:
    return check_page(campaign_id)


@bp.post("/<uuid:campaign_id>/test")
def test(campaign_id: UUID) -> ResponseReturnValue:
    try:
        send_test(db(), settings(), campaign_id, address(current_staff().email), actor(), now())
    except (BadInput, Refused) as problem:
        return check_page(campaign_id, problem=say(problem)), 422
    db().commit()
    nudge()
    return redirect(url_for("campaigns_staff.check", campaign_id=campaign_id, _anchor="test"), 303)


def check_page(campaign_id: UUID, form: ScheduleForm | None = None, problem: str = "") -> str:
    """The page, with a form that was refused, or with what stood against the act.

    Of a segment its counts are in tens, as two that lie near each other would else tell of the few between them.
    """
    found = drafts.find(db(), campaign_id)
    draft = drafts.read(db(), found)
    checked = checking.check(settings(), draft, now())
    tests = last_tests(db(), campaign_id, address(current_staff().email))
    return render(
        "backoffice/campaigns/check.html",
        campaign=found,
        draft=draft,
        subjects=draft.subjects(settings()),
        segment=segment_name(draft),
        shown={"is_blurred": draft.criteria is not None},
        tens=tens,
        counted=recipients.count(db(), draft.topic, draft.criteria),
        checked=checked,
        is_good=checking.is_good(checked),
        tests=tests,
        is_another=shows_another(db(), tests, draft),
        problem=problem,
        said=say,
        form=form or ScheduleForm(None, seen=draft.version),
        token=SignedInForm(),
    )
