"""What a browser decides: from the boxes of a form to rows in the ledger."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from clevenio.consent import ledger
from clevenio.consent.cookies import Choices
from clevenio.consent.notices import Wording, changes_since
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
    decisions: Mapping[str, ledger.Decided]

    @cached_property
    def granted(self) -> frozenset[str]:
        """The purposes that are on: `analytics`, `marketing:meta`."""
        return frozenset(p for p, decision in self.decisions.items() if _is_grant(decision))

    @property
    def whole(self) -> str:
        """In one word, as a form says it: accept for everything, reject for nothing, save for some."""
        if not self.granted:
            return "reject"
        return "accept" if self.granted == self.decisions.keys() else "save"

    @property
    def last(self) -> ledger.Decided:
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
        """Whether it still answers everything that is asked today."""
        return self.covers(load().browser_purposes, now)

    def covers(self, asked: Iterable[str], now: datetime) -> bool:
        """Whether it still answers these purposes: a refusal stands for whatever grows within it."""
        return now < self.until and all(map(self._answers, asked))

    def _answers(self, purpose: str) -> bool:
        decision = self.decisions.get(purpose)
        if decision is None:
            category, sign, _ = purpose.partition(":")
            return bool(sign) and category in self.decisions and category not in self.granted
        if not _is_grant(decision):
            return True
        changes = changes_since(decision.notice)
        return changes is not None and purpose not in {change.purpose for change in changes}


def expand(registry: Registry, categories: Collection[str], vendors: Collection[str]) -> frozenset[str]:
    """The purposes that ticked boxes grant.

    A category without any of its vendors means all of them; a vendor without its category is refused.
    """
    granted = set(categories)
    for category in categories:
        own = {vendor.id for vendor in registry.vendors_of(category)}
        granted |= {f"{category}:{vendor}" for vendor in own & set(vendors) or own}
    return frozenset(granted)


def answer(session: Session | Connection, receipt: UUID | None) -> Answer | None:
    """What the browser with this receipt last decided; None where the ledger knows of nothing.

    A person's decisions never show here, whoever's identifier a receipt may be, and neither does
    what is not asked any more.
    """
    if receipt is None:
        return None
    asked = set(load().browser_purposes)
    decisions = {p: row for p, row in ledger.latest(session, receipt).items() if p in asked}
    return Answer(receipt, decisions) if decisions else None


def decide(
    session: Session | Connection,
    receipt: UUID | None,
    granted: frozenset[str],
    *,
    notice: Wording,
    shown: str | None,
    channel: ledger.Channel,
    now: datetime,
    asked: frozenset[str] | None = None,
) -> Answer:
    """Record what a browser decided: the granted purposes, and a refusal of all others.

    Nothing is written where nothing changes. `shown` names a version other than `notice` that the form
    carried: refusals count whatever was shown, but a grant raises `NoticeChangedError`. With `asked` the
    question was only about those purposes, and the others stand as they were. Where they do not answer
    what is asked today, a grant raises as well, and a refusal refuses everything. A browser unknown to the
    ledger becomes a new subject, whatever receipt it brought.
    """
    before = answer(session, receipt)
    known = before.decisions if before else {}
    held = frozenset(p for p in before.granted if before.covers([p], now)) if before else frozenset()
    evidence: dict[str, Any] = {"shown": shown} if shown else {}
    if asked is not None:
        asked &= set(load().browser_purposes)
        if before and before.covers(set(load().browser_purposes) - asked, now):
            granted = _within_categories((granted & asked) | (held - asked))
            evidence |= {"asked": sorted(asked), "since": before.last.notice}
        elif granted & asked:
            raise NoticeChangedError
        else:
            asked, granted = None, frozenset()
    if shown and granted - held:
        raise NoticeChangedError
    if before and held == granted and before.is_current(now):
        return before
    decisions = {
        purpose: _state(purpose in granted, known.get(purpose))
        for purpose in load().browser_purposes
        # Under a version that nobody was shown, what stands is left standing.
        if not (shown and purpose in granted) and _is_decided(purpose, granted, asked, held)
    }
    subject = before.receipt if before else uuid4()
    act = ledger.Act(subject, decisions, notice, notice.language, evidence, is_new=before is None)
    recorded = ledger.record_all(session, [act], channel=channel, now=now)
    return Answer(subject, {**known, **{row.purpose: row for row in recorded}})


def _within_categories(granted: frozenset[str]) -> frozenset[str]:
    """The same without vendors whose category is not granted."""
    return frozenset(p for p in granted if p.partition(":")[0] in granted)


def _is_decided(
    purpose: str, granted: frozenset[str], asked: frozenset[str] | None, held: frozenset[str]
) -> bool:
    """Whether an act decides about a purpose: it was asked, or it falls with the category it belongs to."""
    return asked is None or purpose in asked or (purpose in held and purpose not in granted)


def _state(wanted: bool, before: ledger.Decided | None) -> ledger.State:
    if wanted:
        return ledger.State.GRANTED
    return ledger.State.WITHDRAWN if before and _is_grant(before) else ledger.State.REFUSED


def _is_grant(decision: ledger.Decided) -> bool:
    return decision.state == ledger.State.GRANTED
