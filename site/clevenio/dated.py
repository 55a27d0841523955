"""Texts that are published under a date and never change: a folder for each, a file for each date and language."""

import re
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import ClassVar

from clevenio import content

_NAME = re.compile(r"(\d{4}-\d{2}-\d{2})\.[a-z]{2}\.md")


@dataclass(frozen=True)
class Dated:
    """A text as of a date, the same day in both languages. `FOLDER` is where in the content its kind is."""

    FOLDER: ClassVar[str]

    text: str
    date: date

    @property
    def day(self) -> str:
        """Its date as `2026-11-23`: what names it in rows, files and addresses."""
        return self.date.isoformat()

    @property
    def name(self) -> str:
        """Where its content is: `content.page` takes it."""
        return f"{self.FOLDER}/{self.text}/{self.day}"

    def title(self, language: str) -> str:
        """What the text is called in a language."""
        return str(content.front(self.name, language)["title"])

    def changed(self, language: str) -> str:
        """What is new in it, in a line; nothing for a first version."""
        return str(content.front(self.name, language).get("changed", ""))

    def source(self, language: str) -> bytes:
        """The published file, byte for byte."""
        return content.file(self.name, language).read_bytes()

    def digest(self, language: str) -> str:
        """SHA-256 of the file in a language: what refers to this version and no other."""
        return sha256(self.source(language)).hexdigest()


def days(folder: str) -> list[date]:
    """The dates under which a text was published, the newest first."""
    names = (_NAME.fullmatch(path.name) for path in content.folder(folder).iterdir())
    return sorted({date.fromisoformat(found[1]) for found in names if found}, reverse=True)
