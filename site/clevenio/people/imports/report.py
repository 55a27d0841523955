"""What became of a file, row by row where there is something to say, without repeating the data."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from clevenio.people.imports.proofs import CELLS

# Counts are exact; a list as long as a hopeless file would help nobody and fill the memory.
LISTED = 10_000
# Wordings are free text, and only read by whoever decides whether the file comes in.
WORDINGS = 50
COUNTED = ("rows", "accepted", "updated", "unchanged", "left_out", "rejected", "consents", "suppressed")


@dataclass(frozen=True, slots=True)
class Note:
    """Something about one row: where, in which column, a code to count by, and a sentence.

    `message` is a msgid whose places `values` fill: `reason` is the sentence in the source's language, and
    whoever shows it in another one translates the msgid.
    """

    line: int
    column: str
    code: str
    message: str
    values: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        """The sentence in the language of the source."""
        return self.message % self.values if self.values else self.message

    def as_json(self) -> dict[str, Any]:
        """The note for a machine."""
        return {"line": self.line, "column": self.column, "code": self.code, "reason": self.reason}


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

    `left_out` are people who opted out of everything, were erased or are restricted, or left by what the file
    says; nothing of theirs was stored but that, of as many as `suppressed` says. `rejected_rows` says why a row could not be taken, `warnings` what was left
    out of a row that was. `columns` are those that the file was read to have.
    """

    is_dry_run: bool
    columns: tuple[str, ...] = ()
    is_stored: bool = False
    rows: int = 0
    accepted: int = 0
    updated: int = 0
    unchanged: int = 0
    left_out: int = 0
    rejected: int = 0
    consents: int = 0
    suppressed: int = 0
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

    def add(self, part: "Report") -> None:
        """Count in what became of some more rows of the same file."""
        for name in COUNTED:
            setattr(self, name, getattr(self, name) + getattr(part, name))
        self.reasons += part.reasons
        for kept, more in ((self.rejected_rows, part.rejected_rows), (self.warnings, part.warnings)):
            kept.extend(more[: LISTED - len(kept)])
        for wording in part.wordings.values():
            self._brings(wording)

    def sort(self) -> None:
        """Have what is said in the order of the file."""
        for kept in (self.rejected_rows, self.warnings):
            kept.sort(key=lambda note: note.line)

    def _brings(self, wording: ReportedWording) -> None:
        known = self.wordings.get((wording.wording, wording.source))
        if known is not None:
            known.rows += wording.rows
        elif len(self.wordings) < WORDINGS:
            self.wordings[wording.wording, wording.source] = replace(wording)

    def _list(self, kept: list[Note], notes: Iterable[Note]) -> None:
        for note in notes:
            self.reasons[f"{note.column}: {note.code}"] += 1
            if len(kept) < LISTED:
                kept.append(note)

    def brings(self, wording: str, source: str, data: tuple[str, ...], rows: int = 1) -> None:
        """A row rests its consent on this wording, or so many do."""
        self._brings(ReportedWording(wording, source, data, rows))

    @property
    def counts(self) -> dict[str, int]:
        """The totals: each row is in one of the five that follow `rows`."""
        return {name: getattr(self, name) for name in COUNTED}

    @property
    def merged(self) -> int:
        """How many rows were looked up among the people here and stored, or left out for what is known there."""
        return self.accepted + self.updated + self.unchanged + self.left_out

    @property
    def missing_evidence(self) -> tuple[str, ...]:
        """The columns of a proof that the file does not have: without one of them no consent comes in."""
        return tuple(name for name in CELLS if name not in self.columns)

    def as_json(self) -> dict[str, Any]:
        """The report for a machine."""
        return {
            **self._totals(),
            "rejected_rows": [note.as_json() for note in self.rejected_rows],
            "warnings": [note.as_json() for note in self.warnings],
        }

    def kept(self) -> dict[str, Any]:
        """The report as it is kept, with what its sentences are translated from.

        Once the people are stored, where their consents came from is in the ledger alone.
        """
        rejected, warned = map(_kept, (self.rejected_rows, self.warnings))
        found = {**self._totals(), "rejected_rows": rejected, "warnings": warned}
        if self.is_stored:
            found["wordings"] = [{**wording, "source": ""} for wording in found["wordings"]]
        return found

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Report":
        """A report again, from what was kept of it."""
        made = cls(kept["dry_run"], **{name: kept[name] for name in COUNTED if name in kept})
        made.reasons.update(kept["reasons"])
        for wording in kept["wordings"]:
            made._brings(ReportedWording(**{**wording, "data": tuple(wording["data"])}))
        for name in ("rejected_rows", "warnings"):
            notes = ({field: note[field] for field in Note.__slots__} for note in kept[name])
            getattr(made, name).extend(Note(**note) for note in notes)
        return made

    def _totals(self) -> dict[str, Any]:
        return {
            "dry_run": self.is_dry_run,
            "stored": self.is_stored,
            **self.counts,
            "missing_evidence": list(self.missing_evidence),
            "reasons": dict(sorted(self.reasons.items())),
            "wordings": [asdict(wording) for wording in self.wordings.values()],
        }


def _kept(notes: Sequence[Note]) -> list[dict[str, Any]]:
    return [{**note.as_json(), "message": note.message, "values": dict(note.values)} for note in notes]
