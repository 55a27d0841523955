"""What restores cost: signed lines in a file beside the seals, so that nobody takes an older database for all there was."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from clevenio import marks

FILE = "restores.jsonl"
PURPOSE = "restore"
# How seals that know more than the restored database are kept.
ASIDE = "before-restore-"


def add(folder: Path, key: str, content: Mapping[str, Any]) -> None:
    """Note a restore: `at`, `backup_at`, and of `decisions` and `entries` up to which number each is here and was known."""
    marks.add(folder / FILE, content, key, PURPOSE)


def found(folder: Path, keys: Sequence[str]) -> list[Mapping[str, Any]]:
    """Every restore that was noted, the oldest first."""
    return marks.sound(folder / FILE, keys, PURPOSE)


def faults(folder: Path, keys: Sequence[str]) -> Iterator[str]:
    """Lines of the file that are none, or were changed, in words."""
    yield from marks.unsound(folder / FILE, keys, PURPOSE)


def words(note: Mapping[str, Any], what: str) -> str:
    """One restore in a sentence; `what` is decisions or entries."""
    at, backup_at = (
        f"{datetime.fromisoformat(note[name]):%Y-%m-%d %H:%M:%S} UTC" for name in ("at", "backup_at")
    )
    return f"Restored on {at} from a backup of {backup_at}: {lost(what, **note[what])}."


def lost(what: str, here: int, known: int) -> str:
    """What a restore cost, so far as seals and marks outside the database knew of more than it holds."""
    if known > here:
        return f"{what} from {here + 1} to {known}, which seals and marks outside knew, are not here"
    return f"{what} are here up to {here}, and nothing outside the database knew of more"
