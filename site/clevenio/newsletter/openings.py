"""Openings of mail, of those who allow us to see them: an image of their own in each message, and nobody else's.

The image's token is signed by a purpose of its own, so that it opens nothing else; the row behind it is the
one of the way out. A message is counted as opened once, however often its image is fetched.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from clevenio.consent import ledger
from clevenio.newsletter.models import Delivery, DeliveryState
from clevenio.people import disclosure, usage
from clevenio.people.models import Link, Person
from clevenio.signing import Signer

# The signer's purpose.
PURPOSE = "opening"
# In these states the image has left with its message, or may have.
LEFT = (DeliveryState.SENT, DeliveryState.UNCERTAIN)


@dataclass(frozen=True)
class Opens:
    """Of how many messages with an image how many were opened: both as they may be shown, rounded down.

    None where either would say of few people what they allowed or did.
    """

    measured: int | None
    opened: int | None


def is_allowed() -> ColumnElement[bool]:
    """Whether a row of `Person` lets us see openings at this moment. For few people, as each is answered by index."""
    granted = ledger.permitted("mail_opens")
    return granted.where(granted.selected_columns[0] == Person.id).exists()


def record(session: Session, keys: tuple[str, ...], token: str, now: datetime) -> None:
    """Write down that the message with this image was opened, if it is still allowed; once for each message.

    Of somebody who was erased, or took the permission back, nothing. Raises `BadToken`.
    """
    link = session.get(Link, Signer(keys, PURPOSE).unsign(token))
    if link is None or link.person is None:
        return
    query = select(Delivery).where(
        Delivery.campaign == UUID(str(link.data.get("campaign"))), Delivery.person == link.person
    )
    delivery = session.scalars(query.with_for_update()).one_or_none()
    if delivery is None or not delivery.is_measured or delivery.opened_at is not None:
        return
    if usage.record_opening(session, link.person, now):
        delivery.opened_at = now


def of_campaign(session: Session, campaign: UUID, counts: Mapping[str, int]) -> Opens:
    """What a campaign's openings come to, over those who allowed them; `counts` are its deliveries by state.

    They are to be counted first: of a campaign on its way, too few are shown rather than too many.
    """
    sent = sum(counts.get(state, 0) for state in LEFT)
    # The states are no condition of the query: an index has the few rows with an image, and another all who left.
    has_left = Delivery.state.in_(LEFT)
    query = select(func.count().filter(has_left), func.count(Delivery.opened_at).filter(has_left))
    measured, opened = session.execute(query.where(Delivery.campaign == campaign, Delivery.is_measured)).one()
    shown = disclosure.part(measured, [sent])
    return Opens(shown, None if shown is None else disclosure.part(opened, [measured]))
