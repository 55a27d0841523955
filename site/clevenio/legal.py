"""The legal texts and their versions: dated files that never change once they are published.

They stand below the rooms: pages show them, accounts keep what was agreed to.
"""

import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path

from clevenio.errors import Missing
from clevenio.places import CONTENT

TEXTS = ("privacy", "terms")
_NAME = re.compile(r"(\d{4}-\d{2}-\d{2})\.[a-z]{2}\.md")


@dataclass(frozen=True)
class Version:
    """A text as of a date, the same day in both languages."""

    text: str
    date: date

    @property
    def name(self) -> str:
        """Where its content is: `content.page` takes it."""
        return f"legal/{self.text}/{self.date.isoformat()}"

    def digest(self, language: str) -> str:
        """SHA-256 of the file in a language: what an acceptance refers to."""
        return sha256((Path(CONTENT) / f"{self.name}.{language}.md").read_bytes()).hexdigest()


@cache
def versions(text: str) -> tuple[Version, ...]:
    """All versions of a text, newest first. Raises `Missing` for a text we do not have."""
    if text not in TEXTS:
        raise Missing("There is no such document.")
    names = (_NAME.fullmatch(path.name) for path in (Path(CONTENT) / "legal" / text).iterdir())
    dates = {date.fromisoformat(found[1]) for found in names if found}
    return tuple(Version(text, day) for day in sorted(dates, reverse=True))


def current(text: str, on: date) -> Version:
    """The version in force on a day; before the first one, where a clock goes wrong, the first."""
    known = versions(text)
    return next((version for version in known if version.date <= on), known[-1])
