"""What every message of a campaign asks of the database. Made once: building a statement costs more than running it."""

from functools import cache
from typing import Any, cast

from sqlalchemy import ColumnElement, Integer, Select, Table, Update, Uuid, bindparam, select, update

from clevenio.consent import ledger
from clevenio.database import UtcDateTime
from clevenio.newsletter import grounds, openings
from clevenio.newsletter.models import Campaign, CampaignState, Delivery, DeliveryState
from clevenio.people import suppression
from clevenio.people.models import Person

_table = cast(Table, Delivery.__table__)
_NOW = bindparam("now", type_=UtcDateTime())
_DUE = bindparam("due", type_=UtcDateTime())
_OWNER = bindparam("owner", type_=Uuid())
_CAMPAIGN = bindparam("campaign_", type_=Uuid())


@cache
def leasing() -> Update:
    """Claim the next `most` rows in state `state_` for `owner` until `due`; returns their numbers."""
    next_ = (
        select(Delivery.id)
        .where(Delivery.campaign == _CAMPAIGN, Delivery.state == bindparam("state_"), Delivery.due_at <= _NOW)
        .order_by(Delivery.due_at, Delivery.id)
        .limit(bindparam("most", type_=Integer))
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    return (
        update(_table)
        .where(Delivery.id.in_(select(next_.c.id)))
        .values(state=DeliveryState.CLAIMED.value, claim=_OWNER, due_at=_DUE, attempts=Delivery.attempts + 1)
        .returning(Delivery.id)
    )


@cache
def permitting(topic: str) -> Select[*tuple[Any, ...]]:
    """Of the rows `ids`, those whose person may be mailed, with what stands now and what was written before."""
    granted = ledger.evidenced(topic).subquery()
    return (
        select(
            Delivery.id,
            Delivery.person,
            Person.email_ascii,
            Person.language,
            Delivery.handle,
            Delivery.attempts,
            Delivery.decision,
            Delivery.language.label("was_language"),
            granted.c.basis,
            granted.c.sequence,
            granted.c.notice,
            granted.c.evidence,
            Delivery.is_measured.label("was_measured"),
            openings.is_allowed().label("is_measured"),
        )
        .join(Person, Person.id == Delivery.person)
        .join(granted, granted.c.subject == Person.id)
        .where(
            Delivery.id.in_(bindparam("ids", expanding=True)),
            granted.c.state == ledger.State.GRANTED.value,
            grounds.bears(topic, granted.c.basis, granted.c.evidence),
            *_nothing_against(topic),
        )
        .order_by(Delivery.id)
    )


@cache
def beginning(topic: str, is_measured: bool) -> Update:
    """A claimed row of `ours` is sending until `due`, if everything still lets it leave; one with an image, too."""
    stands = ledger.standing(topic).subquery()
    permitted = (
        select(Person.id)
        .join(stands, stands.c.subject == Person.id)
        .where(
            Person.id == bindparam("person_", type_=Uuid()),
            stands.c.sequence == bindparam("decision_"),
            stands.c.state == ledger.State.GRANTED.value,
            *_nothing_against(topic),
        )
    )
    if is_measured:
        permitted = permitted.where(openings.is_allowed())
    runs = select(Campaign.id).where(Campaign.id == _CAMPAIGN, Campaign.state == CampaignState.RUNNING.value)
    return (
        update(_table)
        .where(*_ours(), Delivery.state == DeliveryState.CLAIMED.value, permitted.exists(), runs.exists())
        .values(state=DeliveryState.SENDING.value, due_at=_DUE)
    )


@cache
def giving_back() -> Update:
    """A row of `ours` that is claimed and not begun waits until `due`, as if it had not been claimed."""
    values = {"state": DeliveryState.PENDING.value, "claim": None, "attempts": Delivery.attempts - 1}
    is_claimed = Delivery.state == DeliveryState.CLAIMED.value
    return update(_table).where(*_ours(), is_claimed).values(**values, due_at=_DUE)


@cache
def ending() -> Update:
    """A row of `ours` that has not ended, or ended uncertain, ends as `state_`."""
    states = (DeliveryState.CLAIMED, DeliveryState.SENDING, DeliveryState.UNCERTAIN)
    return (
        update(_table)
        .where(*_ours(), Delivery.state.in_([state.value for state in states]))
        .values(state=bindparam("state_"), reply=bindparam("reply_"), finished_at=_NOW)
    )


def _ours() -> tuple[ColumnElement[bool], ...]:
    return Delivery.id == bindparam("id_"), Delivery.claim == _OWNER


def _nothing_against(topic: str) -> tuple[ColumnElement[bool], ...]:
    return Person.restricted_at.is_(None), ~suppression.stands_against(Person.email_suppression, topic)
