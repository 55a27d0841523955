"""Campaign mail that was refused or came back, and complaints about it, for whoever sends campaigns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio import audit
from clevenio.i18n import lazy_gettext as _l
from clevenio.newsletter import queries as campaigns
from clevenio.newsletter.bounces import queries
from clevenio.newsletter.bounces.models import Kind
from clevenio.newsletter.bounces.queries import Row
from clevenio.newsletter.models import Campaign
from clevenio.paging import Page, page_of
from clevenio.people import suppression
from clevenio.settings import Settings

REASON = "looking after mail that came back"
# What came back, and whether that is a word about the mailbox or about us.
KINDS: Mapping[str, str] = {
    Kind.HARD.value: _l("No such mailbox"),
    Kind.SOFT.value: _l("Not taken for now"),
    Kind.BLOCKED.value: _l("Our mail was refused"),
    Kind.COMPLAINT.value: _l("Complaint"),
}


@dataclass(frozen=True)
class Shown:
    """One line of the list; `is_suppressed` says that nothing of the kind goes to the mailbox any more.

    `subjects` is what the campaign is called, by language, whichever of them the recipient got.
    """

    row: Row
    subjects: Mapping[str, str]
    is_suppressed: bool


def look_through(session: Session, settings: Settings, actor: str, page: int, now: datetime) -> Page[Shown]:
    """A page of what came back, the newest first. It shows mailboxes, so who saw whose is an entry."""
    found = page_of(session, queries.of_campaigns(), page)
    rows = queries.rows(session, found.rows)
    if rows:
        subjects = {audit.subject_hash(settings.suppression_key, row.person.id) for row in rows}
        audit.record(
            session,
            actor=actor,
            action="returned.list",
            reason=REASON,
            details={"subjects": sorted(subjects)},
            now=now,
        )
    names = _subjects(session, settings, rows)
    shown = [Shown(row, names[row.bounce.campaign], _is_suppressed(session, row)) for row in rows]
    return Page(shown, found.number, found.pages, found.total)


def _subjects(
    session: Session, settings: Settings, rows: Sequence[Row]
) -> Mapping[UUID | None, Mapping[str, str]]:
    ids = {row.bounce.campaign for row in rows}
    found = session.scalars(select(Campaign).where(Campaign.id.in_(ids)))
    return {campaign.id: campaigns.subjects(session, settings, campaign) for campaign in found}


def _is_suppressed(session: Session, row: Row) -> bool:
    key, topic = row.bounce.key, row.topic
    return key is not None and topic is not None and suppression.is_suppressed(session, key, topic)
