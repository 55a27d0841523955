"""What views do about campaigns: keep one with a consent, count one with an act."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from flask import Response, after_this_request, request

from clevenio.consent.advertising import operations
from clevenio.consent.advertising.addresses import campaign_in
from clevenio.consent.advertising.cookie import NAME, Visit, visit_in
from clevenio.consent.advertising.models import Kind
from clevenio.consent.browser import Answer
from clevenio.i18n import local_day
from clevenio.registry import load
from clevenio.web.request import db, now, settings


def keep_campaign(response: Any, given: Answer) -> None:
    """Keep the campaign in the address of the page on which a browser has just allowed marketing.

    The browser itself names that page in `Referer`, with scripts and without; our policy has it say the
    whole address to ourselves alone. Whose browser says nothing is not counted.
    """
    declared = load().cookies[NAME]
    decided = given.decisions.get(declared.category)
    is_new = decided is not None and decided.at == now()
    if not is_new or not given.choices.allows(declared.category, declared.provider):
        return
    found = campaign_in(request.referrer) if request.referrer and _is_ours(request.referrer) else None
    if found:
        _keep(response, Visit(found, now().date()), now())


def count_campaign(kind: Kind) -> None:
    """Count what this browser has just done for its campaign, in the transaction of the act; once for each kind."""
    visit = visit_in(request.environ, now())
    if visit is None or kind in visit.counted:
        return
    operations.count(db(), visit.campaign, kind, local_day(now()))
    counted, moment = visit.with_counted(kind), now()

    @after_this_request
    def remember(response: Response) -> Response:
        _keep(response, counted, moment)
        return response


def _is_ours(address: str) -> bool:
    try:
        # nosemgrep: links-come-from-the-base-address -- only compared, and hosts that are not ours get no answer
        return urlsplit(address).netloc.lower() == request.host
    except ValueError:
        return False


def _keep(response: Any, visit: Visit, moment: datetime) -> None:
    is_secure = settings().is_secure or request.is_secure
    response.set_cookie(
        NAME, visit.value, max_age=visit.until - moment, httponly=True, samesite="Lax", secure=is_secure
    )
