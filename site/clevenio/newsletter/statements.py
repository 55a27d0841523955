"""What every message of a campaign asks of the database. Made once: building a statement costs more than running it."""

from functools import cache
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    String,
    Table,
    Update,
    Uuid,
    bindparam,
    select,
    update,
)

from clevenio.consent import ledger
from clevenio.database import UtcDateTime
from clevenio.newsletter import grounds, openings
from clevenio.newsletter.models import Campaign, CampaignState, Delivery, DeliveryState
from clevenio.people import suppression
from clevenio.people.models import Person
from clevenio.prepared import given

_table = cast(Table, Delivery.__table__)
_NOW = given("now", UtcDateTime())
_DUE = given("due", UtcDateTime())
_OWNER = given("owner", Uuid())
_CAMPAIGN = given("campaign_", Uuid())


@cache
def leasing() -> Update:
    """Claim the next `most` rows in state `state_` for `owner` until `due`; returns their numbers."""
    next_ = (
        select(Delivery.id)
        .where(
            Delivery.campaign == _CAMPAIGN,
            Delivery.state == given("state_", String()),
            Delivery.due_at <= _NOW,
        )
        .order_by(Delivery.due_at, Delivery.id)
        .limit(given("most", Integer()))
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
            Person.id == given("person_", Uuid()),
            stands.c.sequence == given("decision_", Integer()),
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
    """A row that has not ended, or ended uncertain, ends as `state_`: `ended_`, claimed by `ended_owner`."""
    states = (DeliveryState.CLAIMED, DeliveryState.SENDING, DeliveryState.UNCERTAIN)
    return (
        update(_table)
        .where(
            Delivery.id == given("ended_", BigInteger()),
            Delivery.claim == given("ended_owner", Uuid()),
            Delivery.state.in_([state.value for state in states]),
        )
        .values(state=given("state_", String()), reply=given("reply_", String()), finished_at=_NOW)
    )


@cache
def turning(topic: str, is_measured: bool) -> Update:
    """`ending` and `beginning` in one statement, of which the rows of the second are counted; not for SQLite."""
    return beginning(topic, is_measured).add_cte(ending().cte("ended"))


def _ours() -> tuple[ColumnElement[bool], ...]:
    return Delivery.id == given("id_", BigInteger()), Delivery.claim == _OWNER


def _nothing_against(topic: str) -> tuple[ColumnElement[bool], ...]:
    return Person.restricted_at.is_(None), ~suppression.stands_against(Person.email_suppression, topic)
