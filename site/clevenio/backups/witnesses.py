"""Compares a restored database with the seals and marks that were kept outside meanwhile.

What they cover and the database has must be the same; how much they know that it has not is what was lost.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from clevenio import audit_marks, audit_sealing, restorations, seals
from clevenio.consent import marking, verification
from clevenio.consent import seals as ledger_seals

# The files of seals and of marks, each with the purpose of its signatures.
DECISIONS = {ledger_seals.FILE: "seal", marking.FILE: marking.PURPOSE}
ENTRIES = {audit_sealing.FILE: audit_sealing.PURPOSE, audit_marks.FILE: audit_marks.PURPOSE}


@dataclass(frozen=True)
class Known:
    """Up to which number rows are here, and up to which somebody outside knew of them."""

    here: int
    known: int

    @property
    def lost(self) -> int:
        """How many are not here of which somebody knew."""
        return max(self.known - self.here, 0)


def whole(session: Session, folder: Path, keys: Sequence[str]) -> list[str]:
    """Everything that does not fit in ledger and trail as they were backed up, with their own seals, in words."""
    ledger = (f"ledger: {found.text}" for found in verification.verify(session, folder, keys))
    trail = (f"trail: {found.text}" for found in audit_sealing.verify(session, folder, keys))
    return [*ledger, *trail]


def decisions(
    session: Session, own: Path, others: Sequence[Path], keys: Sequence[str]
) -> tuple[Known, list[str]]:
    """How far the ledger is here and was known, and where it is not what others knew."""
    here = marking.reach(session, own, keys).newest
    found = list(_of(DECISIONS, own, others, keys))
    wrong = [
        f"ledger: {words}"
        for each in found
        if each["position"] <= here
        for words in ledger_seals.difference(session, each, "seal")
    ]
    return Known(here, max([here, *(each["position"] for each in found)])), wrong


def entries(
    session: Session, own: Path, others: Sequence[Path], keys: Sequence[str]
) -> tuple[Known, list[str]]:
    """How far the audit trail is here and was known, and where it is not what others knew."""
    here = audit_sealing.last_entry(session)
    found = list(_of(ENTRIES, own, others, keys))
    seen = {each["sequence"]: each["hash"] for each in found if 0 < each["sequence"] <= here}
    wrong = [f"trail: {each.text}" for each in audit_sealing.not_as_seen(session, seen)]
    return Known(here, max([here, *(each["sequence"] for each in found)])), wrong


def _of(
    files: Mapping[str, str], own: Path, others: Sequence[Path], keys: Sequence[str]
) -> Iterator[Mapping[str, Any]]:
    """What others witness with their signature that is not among our own seals and marks."""
    for name, purpose in files.items():
        ours = {each.signature for each in seals.sound_in(own / name, keys, purpose)}
        for folder in others:
            for each in seals.sound_in(folder / name, keys, purpose):
                if each.signature not in ours:
                    yield each.content


def keep(own: Path, others: Sequence[Path], key: str, note: Mapping[str, Any], now: datetime) -> None:
    """Put aside what others witness, as evidence of what was lost, and note the restore."""
    known = {each.signature for each in seals.sound_in(own / restorations.FILE, [key], restorations.PURPOSE)}
    earlier: dict[str, seals.Kept] = {}
    for number, folder in enumerate(others, 1):
        aside = own / f"{restorations.ASIDE}{now:%Y%m%dT%H%M%SZ}-{number}"
        for name in (*DECISIONS, *ENTRIES):
            if (folder / name).is_file():
                aside.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(folder / name, aside / name)
        for before in folder.glob(f"{restorations.ASIDE}*"):
            if before.is_dir() and not (own / before.name).exists():
                shutil.copytree(before, own / before.name)
        for each in seals.sound_in(folder / restorations.FILE, [key], restorations.PURPOSE):
            if each.signature not in known:
                earlier[each.signature] = each
    notes = sorted((each.content for each in earlier.values()), key=lambda each: str(each["at"]))
    for content in (*notes, note):
        restorations.add(own, key, {name: content[name] for name in content if name != "key"})
