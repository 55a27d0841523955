"""One recipient's row on its way: claimed for a while, looked at once more, ended.

Every change names the claim it was made under, so a sender whose lease was taken over changes nothing.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Update, case, func, null, select, update
from sqlalchemy.orm import Session

from clevenio import buckets, smtp
from clevenio.buckets import Limits, Rate
from clevenio.consent import ledger
from clevenio.consent.ledger import Basis
from clevenio.newsletter import grounds, statements
from clevenio.newsletter.models import Campaign, CampaignState, Delivery, DeliveryState, Exclusion
from clevenio.people import suppression
from clevenio.people.models import Person
from clevenio.prepared import Line

# Rows claimed at once at most: few enough that SQLite begins with them, and not with everybody on the topic.
BATCH = 50
# So far ahead at most a domain's turns are given: a limit that is raised meanwhile is felt by then.
FARTHEST = timedelta(minutes=15)
LEASE = timedelta(minutes=2)
NONE = Limits()
# Rows of a cancelled campaign that are excluded in one transaction.
CHUNK = 2000
# Of what a relay said last, so much is shown.
LONGEST_SAID = 300
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
    is_measured: bool = False


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
            state=DeliveryState.UNCERTAIN, reply=smtp.INTERRUPTED, finished_at=now
        )
    )


class Spent(Exception):
    """There is nothing left of a limit; after `wait` there may be."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(wait)
        self.wait = wait


def claim(
    session: Session,
    campaign: Campaign,
    now: datetime,
    lease: timedelta = LEASE,
    limits: Limits = NONE,
    places: dict[str, datetime] | None = None,
    most: int = BATCH,
) -> list[Claimed] | None:
    """Claim up to `most` of what is next, new rows before those that wait for another try; None when nothing is due.

    Of what was due, perhaps none may leave: commit and claim again, so that no transaction grows long. Whoever may no longer be mailed is excluded here, with the reason; the basis and its evidence are
    those of the decision that stands now. Never claims more than `limits` let leave; what is too much for
    a domain waits for its turn there, behind the last of `places`, which grow along. Raises `Spent`, and
    nothing is to be committed then.
    """
    owner = uuid4()
    room = buckets.take(session, limits.overall, min(most, BATCH), now)
    if room == 0:
        raise Spent(max(rate.part for rate in buckets.spent(session, limits.overall, now)))
    for state in (DeliveryState.PENDING, DeliveryState.DEFERRED):
        if ids := _lease(session, campaign.id, state, owner, room, now, now + lease):
            found = _permitted(session, campaign, owner, ids)
            withheld = ids - {claimed.id for claimed in found}
            if withheld:
                exclude(session, campaign.topic, owner, withheld, now)
            found = _within(session, found, limits, now, {} if places is None else places)
            buckets.give_back(session, limits.overall, room - len(found), now, now)
            return found
    if limits.domains and (due := _next_turn(session, campaign.id, now)):
        raise Spent(due - now)
    buckets.give_back(session, limits.overall, room, now, now)
    return None


def _next_turn(session: Session, campaign: UUID, now: datetime) -> datetime | None:
    waiting = (Delivery.campaign == campaign, Delivery.state == DeliveryState.PENDING, Delivery.due_at > now)
    return session.scalar(select(func.min(Delivery.due_at)).where(*waiting))


def _within(
    session: Session, found: list[Claimed], limits: Limits, now: datetime, places: dict[str, datetime]
) -> list[Claimed]:
    """Those whose domains take more; the rest is given back, each due when its turn is there."""
    if not limits.domains:
        return found
    kept: list[Claimed] = []
    by_rate: dict[tuple[Rate, ...], list[Claimed]] = {}
    for ours in found:
        by_rate.setdefault(limits.of_domain(ours.address), []).append(ours)
    # Always in the same order, so that two senders do not wait for each other.
    for rates, some in sorted(by_rate.items(), key=lambda each: [rate.name for rate in each[0]]):
        number = buckets.take(session, rates, len(some), now)
        kept += some[:number]
        for rate in rates:
            turns = _turns(rate, len(some) - number, now, places)
            _give_back(session, zip(some[number:], turns, strict=True))
    return sorted(kept, key=lambda ours: ours.id)


def _turns(rate: Rate, number: int, now: datetime, places: dict[str, datetime]) -> list[datetime]:
    """When so many more may go to a domain, one after the other."""
    first, last = max(now, places.get(rate.name, now)), now + FARTHEST
    turns = [min(first + rate.window / rate.most * place, last) for place in range(1, number + 1)]
    if turns:
        places[rate.name] = turns[-1]
    return turns


def _lease(
    session: Session,
    campaign: UUID,
    state: DeliveryState,
    owner: UUID,
    most: int,
    now: datetime,
    due: datetime,
) -> set[int]:
    values = {
        "campaign_": campaign,
        "state_": state.value,
        "owner": owner,
        "now": now,
        "due": due,
        "most": most,
    }
    return set(session.connection().scalars(statements.leasing(), values))


def _permitted(session: Session, campaign: Campaign, owner: UUID, ids: Collection[int]) -> list[Claimed]:
    rows = session.connection().execute(statements.permitting(campaign.topic), {"ids": list(ids)})
    found = []
    for row in rows.all():
        written = row.decision, row.was_measured, row.was_language
        if written != (row.sequence, row.is_measured, row.language):
            session.execute(
                _change(Delivery.id == row.id).values(
                    basis=row.basis,
                    decision=row.sequence,
                    notice=row.notice,
                    evidence=row.evidence,
                    is_measured=row.is_measured,
                    language=row.language,
                )
            )
        found.append(
            Claimed(
                row.id,
                owner,
                campaign.id,
                row.person,
                row.email_ascii,
                row.language,
                Basis(row.basis),
                row.sequence,
                row.handle,
                row.attempts,
                bool(row.is_measured),
            )
        )
    return found


@dataclass(frozen=True)
class Ending:
    """How a delivery ended, to be written down."""

    ours: Claimed
    state: DeliveryState
    reply: str
    at: datetime

    def values(self) -> dict[str, Any]:
        """As `statements.ending` takes them."""
        return {
            "ended_": self.ours.id,
            "ended_owner": self.ours.claim,
            "state_": self.state.value,
            "reply_": self.reply[:600],
            "now": self.at,
        }


def turn(
    line: Line, topic: str, ended: Ending | None, ours: Claimed, now: datetime, lease: timedelta = LEASE
) -> bool:
    """The last look, in the same statement that says the body is on its way; False: it may not leave.

    The campaign still runs, the lease is still ours, the decision is still the one that the message was
    made for, nothing suppresses or restricts the person, and one with an image is still allowed to have it.
    How the one before it ended, is written down in the same transaction.
    """
    begin = statements.beginning(topic, ours.is_measured)
    values = {
        "id_": ours.id,
        "owner": ours.claim,
        "person_": ours.person,
        "decision_": ours.decision,
        "campaign_": ours.campaign,
        "due": now + lease,
    }
    if ended is None:
        return line.run((begin, values)) == 1
    if line.is_sqlite:
        return line.run((statements.ending(), ended.values()), (begin, values)) == 1
    return line.run((statements.turning(topic, ours.is_measured), ended.values() | values)) == 1


def withhold(session: Session, topic: str, ours: Claimed, now: datetime) -> bool:
    """What may not leave after all: excluded where the person says so, else to be claimed anew.

    Returns whether the campaign runs, so that others of it may leave.
    """
    exclude(session, topic, ours.claim, [ours.id], now)
    give_back(session, [ours], now)
    state = session.scalar(select(Campaign.state).where(Campaign.id == ours.campaign))
    return state == CampaignState.RUNNING


def exclude(session: Session, topic: str, owner: UUID, ids: Iterable[int], now: datetime) -> None:
    """Exclude rows claimed by `owner` whose person may not be mailed, and say why.

    All of them were granted when they were frozen. Who left or complained since is suppressed as well, and has
    withdrawn first of all: what is left for `suppressed` came from elsewhere.
    """
    granted = ledger.evidenced(topic).subquery()
    reason = case(
        (Person.id.is_(None), Exclusion.ERASED.value),
        (Person.restricted_at.is_not(None), Exclusion.RESTRICTED.value),
        (
            func.coalesce(granted.c.state, "") != ledger.State.GRANTED.value,
            Exclusion.WITHDRAWN.value,
        ),
        (suppression.stands_against(Person.email_suppression, topic), Exclusion.SUPPRESSED.value),
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
                _change(
                    Delivery.id == delivery, Delivery.claim == owner, Delivery.state == DeliveryState.CLAIMED
                ).values(state=DeliveryState.EXCLUDED, reason=why, finished_at=now)
            )


def call_off(session: Session, campaign_id: UUID, now: datetime) -> bool:
    """Exclude the next chunk of what waits in a cancelled campaign; whether there may be more.

    What a sender had claimed is taken from it; what is on its way ends by itself.
    """
    waiting = (DeliveryState.PENDING, DeliveryState.DEFERRED, DeliveryState.CLAIMED)
    next_ = select(Delivery.id).where(Delivery.campaign == campaign_id, Delivery.state.in_(waiting))
    session.execute(
        # Said of the row again: one that began to leave since it was looked for is on its way.
        _change(Delivery.id.in_(next_.limit(CHUNK)), Delivery.state.in_(waiting)).values(
            state=DeliveryState.EXCLUDED, reason=Exclusion.CANCELLED, finished_at=now
        )
    )
    return session.scalar(select(next_.exists())) or False


def end(line: Line, ended: Ending) -> None:
    """Write down how it ended. A reply that comes after the lease still turns uncertain into the truth."""
    line.run((statements.ending(), ended.values()))


def put_off(session: Session, ours: Claimed, reply: str, now: datetime) -> None:
    """Try again later, and note with the campaign what was said; after the last of `BACKOFF` it has failed.

    The campaign's row is locked before the delivery's, as by `steering.cancel`; `call_off` of what that leaves locks
    deliveries alone, and so never waits for a campaign. Nothing is noted with a campaign that has ended, nor by a
    sender whose lease was taken over.
    """
    if ours.attempts > len(BACKOFF):
        session.connection().execute(
            statements.ending(), Ending(ours, DeliveryState.FAILED, reply, now).values()
        )
        return
    due = now + timedelta(seconds=BACKOFF[ours.attempts - 1])
    campaign = session.get_one(Campaign, ours.campaign, with_for_update=True, populate_existing=True)
    unsettled = (DeliveryState.CLAIMED, DeliveryState.SENDING)
    done = session.execute(
        _change(*_is_ours(ours), Delivery.state.in_(unsettled)).values(
            state=DeliveryState.DEFERRED, reply=reply[:600], due_at=due
        )
    )
    if cast(Any, done).rowcount and campaign.finished_at is None:
        campaign.put_off = {"said": reply[:LONGEST_SAID], "at": now.isoformat()}


def give_back(session: Session, rest: Iterable[Claimed], due: datetime) -> None:
    """Return what was claimed and not begun, due at a moment; it counts as no attempt."""
    _give_back(session, ((ours, due) for ours in rest))


def hand_back(
    session: Session, unsent: Collection[Claimed], limits: Limits, at: datetime, now: datetime
) -> None:
    """As `give_back`, for what was claimed at a moment and did not leave, with its share of `limits`."""
    buckets.give_back(session, limits.overall, len(unsent), at, now)
    shares = Counter(rate for ours in unsent for rate in limits.of_domain(ours.address))
    for rate in sorted(shares, key=lambda each: each.name):
        buckets.give_back(session, [rate], shares[rate], at, now)
    give_back(session, unsent, now)


def _give_back(session: Session, dues: Iterable[tuple[Claimed, datetime]]) -> None:
    rows = [{"id_": ours.id, "owner": ours.claim, "due": due} for ours, due in dues]
    if rows:
        session.connection().execute(statements.giving_back(), rows)


def _is_ours(ours: Claimed) -> tuple[ColumnElement[bool], ...]:
    return Delivery.id == ours.id, Delivery.claim == ours.claim


def _change(*conditions: ColumnElement[bool]) -> Update:
    return update(Delivery).where(*conditions).execution_options(synchronize_session=False)
