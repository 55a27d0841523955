"""One recipient's row on its way: claimed for a while, looked at once more, ended.

Every change names the claim it was made under, so a sender whose lease was taken over changes nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Update, case, func, null, select, update
from sqlalchemy.orm import Session

from clevenio.consent import ledger
from clevenio.consent.ledger import Basis
from clevenio.newsletter import grounds
from clevenio.newsletter.models import Campaign, CampaignState, Delivery, DeliveryState, Exclusion
from clevenio.people import suppression
from clevenio.people.models import Person

# Rows claimed at once: few enough to be sent well within a lease.
BATCH = 20
LEASE = timedelta(minutes=2)
# Rows of a cancelled campaign that are excluded in one transaction.
CHUNK = 2000
# 4xx backs off: seconds until the next try; after the last one the delivery has failed.
BACKOFF = (10, 60, 300, 900, 3600, 14400, 43200, 86400)


@dataclass(frozen=True)
class Claimed:
    """A delivery that is ours until the lease ends, with what its message needs."""

    id: int
    claim: UUID
    campaign: UUID
    person: UUID
    address: str
    language: str
    basis: Basis
    decision: int
    handle: str | None
    attempts: int


def recover(session: Session, campaign_id: UUID, now: datetime) -> None:
    """Take up what a sender left behind when its lease ended.

    Claimed rows are safe to repeat. One that was `sending` may have arrived: it becomes uncertain.
    """
    overdue = (Delivery.campaign == campaign_id, Delivery.due_at <= now)
    session.execute(
        _change(*overdue, Delivery.state == DeliveryState.CLAIMED).values(
            state=DeliveryState.PENDING, claim=None
        )
    )
    session.execute(
        _change(*overdue, Delivery.state == DeliveryState.SENDING).values(
            state=DeliveryState.UNCERTAIN, reply="interrupted while sending", finished_at=now
        )
    )


def claim(session: Session, campaign: Campaign, now: datetime, lease: timedelta = LEASE) -> list[Claimed]:
    """Claim what is next, new rows before those that wait for another try; empty when nothing is due.

    Whoever may no longer be mailed is excluded here, with the reason; the basis and its evidence are
    those of the decision that stands now.
    """
    owner = uuid4()
    for state in (DeliveryState.PENDING, DeliveryState.DEFERRED):
        while ids := _lease(session, campaign.id, state, owner, now, lease):
            found = _permitted(session, campaign, owner, ids)
            withheld = ids - {claimed.id for claimed in found}
            if withheld:
                exclude(session, campaign.topic, owner, withheld, now)
            if found:
                return found
    return []


def _lease(
    session: Session, campaign: UUID, state: DeliveryState, owner: UUID, now: datetime, lease: timedelta
) -> set[int]:
    due = (
        select(Delivery.id)
        .where(Delivery.campaign == campaign, Delivery.state == state, Delivery.due_at <= now)
        .order_by(Delivery.due_at, Delivery.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    claimed = session.scalars(
        _change(Delivery.id.in_(select(due.c.id)))
        .values(state=DeliveryState.CLAIMED, claim=owner, due_at=now + lease, attempts=Delivery.attempts + 1)
        .returning(Delivery.id)
    )
    return set(claimed)


def _permitted(session: Session, campaign: Campaign, owner: UUID, ids: Iterable[int]) -> list[Claimed]:
    granted = ledger.evidenced(campaign.topic).subquery()
    rows = session.execute(
        select(
            Delivery,
            Person.email_ascii,
            granted.c.basis,
            granted.c.sequence,
            granted.c.notice,
            granted.c.evidence,
        )
        .join(Person, Person.id == Delivery.person)
        .join(granted, granted.c.subject == Person.id)
        .where(
            Delivery.id.in_(ids),
            granted.c.state == ledger.State.GRANTED.value,
            grounds.bears(campaign.topic, granted.c.basis, granted.c.evidence),
            Person.restricted_at.is_(None),
            ~suppression.stands_against(Person.email_suppression, campaign.topic),
        )
        .order_by(Delivery.id)
        .execution_options(populate_existing=True)
    )
    found = []
    for delivery, address, basis, sequence, notice, evidence in rows:
        delivery.basis, delivery.decision, delivery.notice = basis, sequence, notice
        delivery.evidence = evidence
        found.append(
            Claimed(
                delivery.id,
                owner,
                campaign.id,
                delivery.person,
                address,
                delivery.language,
                Basis(basis),
                sequence,
                delivery.handle,
                delivery.attempts,
            )
        )
    return found


def begin(session: Session, topic: str, ours: Claimed, now: datetime, lease: timedelta = LEASE) -> bool:
    """The last look, in the same statement that says the body is on its way; False: it may not leave.

    The campaign still runs, the lease is still ours, the decision is still the one that the message was
    made for, and nothing suppresses or restricts the person.
    """
    stands = ledger.standing(topic).subquery()
    permitted = (
        select(Person.id)
        .join(stands, stands.c.subject == Person.id)
        .where(
            Person.id == ours.person,
            stands.c.sequence == ours.decision,
            stands.c.state == ledger.State.GRANTED.value,
            Person.restricted_at.is_(None),
            ~suppression.stands_against(Person.email_suppression, topic),
        )
    )
    runs = select(Campaign.id).where(Campaign.id == ours.campaign, Campaign.state == CampaignState.RUNNING)
    begun = session.scalar(
        _change(*_is_ours(ours), Delivery.state == DeliveryState.CLAIMED, permitted.exists(), runs.exists())
        .values(state=DeliveryState.SENDING, due_at=now + lease)
        .returning(Delivery.id)
    )
    return begun is not None


def withhold(session: Session, topic: str, ours: Claimed, now: datetime) -> bool:
    """What may not leave after all: excluded where the person says so, else to be claimed anew.

    Returns whether the campaign runs, so that others of it may leave.
    """
    exclude(session, topic, ours.claim, [ours.id], now)
    give_back(session, [ours], now)
    state = session.scalar(select(Campaign.state).where(Campaign.id == ours.campaign))
    return state == CampaignState.RUNNING


def exclude(session: Session, topic: str, owner: UUID, ids: Iterable[int], now: datetime) -> None:
    """Exclude rows claimed by `owner` whose person may not be mailed, and say why."""
    granted = ledger.evidenced(topic).subquery()
    reason = case(
        (Person.id.is_(None), Exclusion.ERASED.value),
        (Person.restricted_at.is_not(None), Exclusion.RESTRICTED.value),
        (suppression.stands_against(Person.email_suppression, topic), Exclusion.SUPPRESSED.value),
        (
            func.coalesce(granted.c.state, "") != ledger.State.GRANTED.value,
            Exclusion.WITHDRAWN.value,
        ),
        (grounds.bears(topic, granted.c.basis, granted.c.evidence), null()),
        else_=Exclusion.BASIS.value,
    )
    rows = session.execute(
        select(Delivery.id, reason)
        .outerjoin(Person, Person.id == Delivery.person)
        .outerjoin(granted, granted.c.subject == Person.id)
        .where(Delivery.id.in_(ids), Delivery.claim == owner, Delivery.state == DeliveryState.CLAIMED)
    )
    for delivery, why in rows.all():
        if why is not None:
            session.execute(
                _change(Delivery.id == delivery).values(
                    state=DeliveryState.EXCLUDED, reason=why, finished_at=now
                )
            )


def call_off(session: Session, campaign_id: UUID, now: datetime) -> bool:
    """Exclude the next chunk of what waits in a cancelled campaign; whether there may be more.

    What a sender had claimed is taken from it; what is on its way ends by itself.
    """
    waiting = (DeliveryState.PENDING, DeliveryState.DEFERRED, DeliveryState.CLAIMED)
    next_ = select(Delivery.id).where(Delivery.campaign == campaign_id, Delivery.state.in_(waiting))
    done = session.scalars(
        _change(Delivery.id.in_(next_.limit(CHUNK)))
        .values(state=DeliveryState.EXCLUDED, reason=Exclusion.CANCELLED, finished_at=now)
        .returning(Delivery.id)
    ).all()
    return len(done) == CHUNK


def end(session: Session, ours: Claimed, state: DeliveryState, reply: str, now: datetime) -> None:
    """Write down how it ended. A reply that comes after the lease still turns uncertain into the truth."""
    ended = (DeliveryState.CLAIMED, DeliveryState.SENDING, DeliveryState.UNCERTAIN)
    session.execute(
        _change(*_is_ours(ours), Delivery.state.in_(ended)).values(
            state=state, reply=reply[:600], finished_at=now
        )
    )


def put_off(session: Session, ours: Claimed, reply: str, now: datetime) -> None:
    """Try again later; after the last of `BACKOFF` it has failed."""
    if ours.attempts > len(BACKOFF):
        end(session, ours, DeliveryState.FAILED, reply, now)
        return
    due = now + timedelta(seconds=BACKOFF[ours.attempts - 1])
    unsettled = (DeliveryState.CLAIMED, DeliveryState.SENDING)
    session.execute(
        _change(*_is_ours(ours), Delivery.state.in_(unsettled)).values(
            state=DeliveryState.DEFERRED, reply=reply[:600], due_at=due
        )
    )


def give_back(session: Session, rest: Iterable[Claimed], now: datetime) -> None:
    """Return what was claimed and not begun; it counts as no attempt."""
    for ours in rest:
        session.execute(
            _change(*_is_ours(ours), Delivery.state == DeliveryState.CLAIMED).values(
                state=DeliveryState.PENDING, claim=None, due_at=now, attempts=Delivery.attempts - 1
            )
        )


def _is_ours(ours: Claimed) -> tuple[ColumnElement[bool], ...]:
    return Delivery.id == ours.id, Delivery.claim == ours.claim


def _change(*conditions: ColumnElement[bool]) -> Update:
    return update(Delivery).where(*conditions).execution_options(synchronize_session=False)
