"""What became of a file, row by row where there is something to say, without repeating the data."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

# Counts are exact; a list as long as a hopeless file would help nobody and fill the memory.
LISTED = 10_000


@dataclass(frozen=True, slots=True)
class Note:
    """Something about one row: where, in which column, a code to count by, and a sentence."""

    line: int
    column: str
    code: str
    reason: str


@dataclass
class ReportedWording:
    """A wording that the file brings: on how many rows, and what it was read to list."""

    wording: str
    source: str
    data: tuple[str, ...]
    rows: int = 0


@dataclass
class Report:
    """The outcome of a file. Each row is in exactly one of the five counts below `rows`.

    `left_out` are people who opted out of everything, were erased or are restricted; nothing of
    theirs was stored. `rejected_rows` says why a row could not be taken, `warnings` what was left
    out of a row that was.
    """

    is_dry_run: bool
    is_stored: bool = False
    rows: int = 0
    accepted: int = 0
    updated: int = 0
    unchanged: int = 0
    left_out: int = 0
    rejected: int = 0
    consents: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    rejected_rows: list[Note] = field(default_factory=list)
    warnings: list[Note] = field(default_factory=list)
    wordings: dict[tuple[str, str], ReportedWording] = field(default_factory=dict)

    def reject(self, notes: Iterable[Note]) -> None:
        """One row cannot be taken, for these reasons."""
        self.rejected += 1
        self._list(self.rejected_rows, notes)

    def warn(self, notes: Iterable[Note]) -> None:
        """Something of a row was left out, or the whole row because of its person's own will."""
        self._list(self.warnings, notes)

    def _list(self, kept: list[Note], notes: Iterable[Note]) -> None:
        for note in notes:
            self.reasons[f"{note.column}: {note.code}"] += 1
            if len(kept) < LISTED:
                kept.append(note)

    def brings(self, wording: str, source: str, data: tuple[str, ...]) -> None:
        """A row rests its consent on this wording."""
        known = self.wordings.get((wording, source))
        if known is None:
            if len(self.wordings) >= LISTED:
                return
            known = self.wordings[wording, source] = ReportedWording(wording, source, data)
        known.rows += 1

    @property
    def counts(self) -> dict[str, int]:
        """The totals: each row is in one of the five that follow `rows`."""
        names = ("rows", "accepted", "updated", "unchanged", "left_out", "rejected", "consents")
        return {name: getattr(self, name) for name in names}

    def as_json(self) -> dict[str, Any]:
        """The report for a machine."""
        return {
            "dry_run": self.is_dry_run,
            "stored": self.is_stored,
            **self.counts,
            "reasons": dict(sorted(self.reasons.items())),
            "rejected_rows": [asdict(note) for note in self.rejected_rows],
            "warnings": [asdict(note) for note in self.warnings],
            "wordings": [asdict(wording) for wording in self.wordings.values()],
        }
