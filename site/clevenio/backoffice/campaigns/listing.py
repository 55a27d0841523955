"""The list of campaigns, and what of them waits for somebody."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio.newsletter.models import Campaign
from clevenio.newsletter.queries import Summary, summary
from clevenio.paging import Page, page_of


def page(session: Session, number: int) -> Page[Summary]:
    """A page of campaigns in numbers, the newest first."""
    found = page_of(session, select(Campaign).order_by(Campaign.created_at.desc(), Campaign.id), number)
    return Page([summary(session, each) for each in found.rows], found.number, found.pages, found.total)
