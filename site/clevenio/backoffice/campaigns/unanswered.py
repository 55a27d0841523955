"""Messages that the relay did not take, or of which nobody knows: shown with whose they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio import audit
from clevenio.newsletter import queries
from clevenio.newsletter.models import Campaign, DeliveryState
from clevenio.newsletter.queries import Unanswered
from clevenio.people.models import Person

MOST = 50
REASON = "looking after mail that did not arrive"


@dataclass(frozen=True)
class Row:
    """One message and the address it was for; None where the person has gone."""

    message: Unanswered
    address: str | None


def look_through(
    session: Session,
    key: str,
    campaign: Campaign,
    state: DeliveryState,
    actor: str,
    after: int,
    now: datetime,
) -> Sequence[Row]:
    """The failed or the uncertain messages behind a number, at most `MOST`.

    They show addresses, so who saw whose is written into the audit trail.
    """
    found = queries.unanswered(session, campaign.id, state, after, MOST)
    people = select(Person.id, Person.email).where(Person.id.in_([each.person for each in found]))
    addresses = dict(session.execute(people).all())
    if found:
        audit.record(
            session,
            actor=actor,
            action=f"newsletter.{state.value}",
            reason=REASON,
            details={
                "campaign": str(campaign.id),
                "subjects": sorted(audit.subject_hash(key, each.person) for each in found),
            },
            now=now,
        )
    return [Row(each, addresses.get(each.person)) for each in found]
