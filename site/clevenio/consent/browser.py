"""What a browser decides: from the boxes of a form to rows in the ledger."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from clevenio.consent import ledger
from clevenio.consent.cookies import Choices
from clevenio.consent.notices import Wording, asks_the_same
from clevenio.errors import BadInput
from clevenio.registry import Registry, load


class NoticeChangedError(BadInput):
    """A grant to a version that is not shown today: nobody may be held to words they did not see."""

    def __init__(self) -> None:
        super().__init__("The text has changed since you opened the page. Read it again, then save.")


@dataclass(frozen=True)
class Answer:
    """What a browser's subject last decided, as a whole."""

    receipt: UUID
    decisions: Mapping[str, ledger.Decision]

    @property
    def granted(self) -> frozenset[str]:
        """The purposes that are on: `analytics`, `marketing:meta`."""
        return frozenset(p for p, decision in self.decisions.items() if _is_grant(decision))

    @property
    def last(self) -> ledger.Decision:
        """The newest decision: when, where, by which version."""
        return max(self.decisions.values(), key=lambda decision: decision.sequence)

    @property
    def until(self) -> datetime:
        """When it is asked again: its oldest consent has then reached its age, or else its newest refusal."""
        clocks = load().clocks
        granted = [decision.at for decision in self.decisions.values() if _is_grant(decision)]
        if granted:
            return min(granted) + timedelta(days=clocks.consent_days)
        return self.last.at + timedelta(days=clocks.refusal_days)

    @cached_property
    def choices(self) -> Choices:
        """The same for the browser's own cookie."""
        vendors = {p.partition(":")[2] for p in self.decisions.keys() - self.granted if ":" in p}
        return Choices(
            self.last.notice, frozenset(p for p in self.granted if ":" not in p), frozenset(vendors)
        )

    def is_current(self, now: datetime) -> bool:
        """Whether it still answers what is asked today."""
        asked = purposes(load())
        same = all(asks_the_same(decision.notice) for decision in self.decisions.values())
        return same and now < self.until and self.decisions.keys() == set(asked)


def purposes(registry: Registry) -> list[str]:
    """What a browser decides about: each category, and each vendor within it as `category:vendor`."""
    return [p for p in registry.decidable if p.partition(":")[0] in {c.id for c in registry.categories}]


def expand(registry: Registry, categories: Collection[str], vendors: Collection[str]) -> frozenset[str]:
    """The purposes that ticked boxes grant.

    A category without any of its vendors means all of them; a vendor without its category is refused.
    """
    granted = set(categories)
    for category in categories:
        own = {vendor.id for vendor in registry.vendors_of(category)}
        granted |= {f"{category}:{vendor}" for vendor in own & set(vendors) or own}
    return frozenset(granted)


def answer(session: Session, receipt: UUID | None) -> Answer | None:
    """What the browser with this receipt last decided; None where the ledger knows of nothing.

    A person's decisions never show here, whoever's identifier a receipt may be, and neither does
    what is not asked any more.
    """
    if receipt is None:
        return None
    asked = set(purposes(load()))
    decisions = {p: row for p, row in ledger.latest(session, receipt).items() if p in asked}
    return Answer(receipt, decisions) if decisions else None


def decide(
    session: Session,
    receipt: UUID | None,
    granted: frozenset[str],
    *,
    notice: Wording,
    shown: str | None,
    channel: ledger.Channel,
    now: datetime,
) -> Answer:
    """Record what a browser decided: the granted purposes, and a refusal of all others.

    Nothing is written where nothing changes. `shown` names a version other than `notice` that the
    form carried: refusals count whatever was shown, but a grant raises `NoticeChangedError`. A browser
    unknown to the ledger becomes a new subject, whatever receipt it brought.
    """
    before = answer(session, receipt)
    known = before.decisions if before else {}
    is_current = before is not None and before.is_current(now)
    held = before.granted if before and is_current else frozenset()
    if shown and granted - held:
        raise NoticeChangedError
    if before and is_current and held == granted:
        return before
    decisions = {
        purpose: _state(purpose in granted, known.get(purpose))
        for purpose in purposes(load())
        # Under a version that nobody was shown, what stands is left standing.
        if not (shown and purpose in granted)
    }
    evidence: dict[str, Any] = {"shown": shown} if shown else {}
    subject = before.receipt if before else uuid4()
    act = ledger.Act(subject, decisions, notice, notice.language, evidence, is_new=before is None)
    recorded = ledger.record_all(session, [act], channel=channel, now=now)
    return Answer(subject, {**known, **{row.purpose: row for row in recorded}})


def _state(wanted: bool, before: ledger.Decision | None) -> ledger.State:
    if wanted:
        return ledger.State.GRANTED
    return ledger.State.WITHDRAWN if before and _is_grant(before) else ledger.State.REFUSED


def _is_grant(decision: ledger.Decision) -> bool:
    return decision.state == ledger.State.GRANTED
