"""Campaign mail that came back and complaints about it, for whoever sends campaigns."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from clevenio import audit
from clevenio.i18n import lazy_gettext as _l
from clevenio.newsletter.bounces import queries
from clevenio.newsletter.bounces.models import Kind
from clevenio.newsletter.bounces.queries import Row
from clevenio.paging import Page, page_of
from clevenio.people import suppression

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
    """One line of the list; `is_suppressed` says that nothing of the kind goes to the mailbox any more."""

    row: Row
    is_suppressed: bool


def look_through(session: Session, key: str, actor: str, page: int, now: datetime) -> Page[Shown]:
    """A page of what came back, the newest first. It shows mailboxes, so who saw whose is an entry."""
    found = page_of(session, queries.of_campaigns(), page)
    rows = queries.rows(session, found.rows)
    if rows:
        subjects = {audit.subject_hash(key, row.person.id) for row in rows}
        audit.record(
            session,
            actor=actor,
            action="returned.list",
            reason=REASON,
            details={"subjects": sorted(subjects)},
            now=now,
        )
    shown = [Shown(row, _is_suppressed(session, row)) for row in rows]
    return Page(shown, found.number, found.pages, found.total)


def _is_suppressed(session: Session, row: Row) -> bool:
    key, topic = row.bounce.key, row.topic
    return key is not None and topic is not None and suppression.is_suppressed(session, key, topic)
