"""What the receipt of a browser stands for: which decisions, by which words, and whether nobody changed them.

Asked by the receipt's number alone, which names nobody; what a person decided is not told by one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from clevenio.consent import archive, browser, ledger, verification
from clevenio.consent.archive import Archived
from clevenio.consent.ledger import BROWSERS, Decision
from clevenio.errors import Missing


@dataclass(frozen=True)
class Act:
    """What a browser decided at once, and the version that it was shown; None where that is no longer there."""

    decisions: Sequence[Decision]
    shown: Archived | None

    @property
    def first(self) -> Decision:
        """When, where and in which language: the same for all of them."""
        return self.decisions[0]

    @property
    def has_withdrawn(self) -> bool:
        """Whether something that was allowed before ended."""
        return any(decision.state == ledger.State.WITHDRAWN for decision in self.decisions)


@dataclass(frozen=True)
class Evidence:
    """Everything about one receipt, as it is now: acts, the oldest first, and what does not fit in the chain.

    `until` is when the last answer ends; None where it has ended, or where more is asked today than it covers.
    """

    receipt: UUID
    acts: Sequence[Act]
    until: datetime | None
    findings: Sequence[str]

    @property
    def withdrawals(self) -> Sequence[Act]:
        """The acts that took something back."""
        return [act for act in self.acts if act.has_withdrawn]


def of(session: Session, receipt: UUID | None, now: datetime) -> Evidence:
    """The evidence behind a receipt. Raises `Missing` for what is no browser's."""
    decisions = ledger.history(session, receipt) if receipt else []
    if receipt is None or not any(decision.channel in BROWSERS for decision in decisions):
        raise Missing("The ledger knows no receipt with this number.")
    shown = archive.among(session, {row.notice for row in decisions})
    acts = [
        Act(rows, shown.get(rows[0].notice))
        for rows in (list(same) for _, same in groupby(decisions, lambda row: (row.at, row.notice)))
    ]
    answer = browser.answer(session, receipt)
    until = answer.until if answer and answer.is_current(now) else None
    findings = [finding.text for finding in verification.verify_subject(session, receipt)]
    return Evidence(receipt, acts, until, findings)


def plain(row: Decision) -> dict[str, Any]:
    """A decision as JSON takes it: what its hash covers, and that."""
    return {**row.fields(), "subject": str(row.subject), "at": row.at.isoformat(), "hash": row.hash}
