"""The blueprint of all campaign screens, and what several of them need."""

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from clevenio.audiences import queries as audiences
from clevenio.audiences import segments
from clevenio.errors import Refused
from clevenio.i18n import gettext as _
from clevenio.newsletter.drafts import Draft
from clevenio.newsletter.recipients import Criteria
from clevenio.people.staff_members import Role
from clevenio.web.blueprints import StaffBlueprint
from clevenio.web.errors import say
from clevenio.web.rendering import render
from clevenio.web.request import db, now

# Texts far too long, ten megabytes in each language, are to come back with what is wrong with them, not to be lost on
# the way.
LARGEST_POST = 24_000_000

bp = StaffBlueprint("campaigns", Role.MARKETER, url_prefix="/campaigns")


@bp.url_value_preprocessor
def _take_long_texts(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    request.max_content_length = request.max_form_memory_size = LARGEST_POST


@bp.errorhandler(Refused)
def refused(problem: Refused) -> ResponseReturnValue:
    """What cannot be done with a campaign any more, with the way to where it stands."""
    page = render(
        "backoffice/campaigns/refused.html",
        status=403,
        title=_("This is not allowed"),
        text=say(problem),
        typed=None,
        campaign=(request.view_args or {}).get("campaign_id"),
    )
    return page, 403


def choices() -> list[tuple[str, str]]:
    """The saved segments by key and name."""
    return [(str(each.id), each.name) for each in segments.saved(db())]


def criteria_of(segment: str | None) -> Criteria | None:
    """What a segment asks for; a duration in it is counted from the day on which a mail is frozen. Raises `Missing`."""
    return audiences.segment(db(), segment, now()).asked if segment else None


def segment_name(draft: Draft) -> str | None:
    """What a draft's segment is called; None for everybody."""
    return audiences.segment(db(), draft.segment, now()).name if draft.segment else None
