"""The legal texts and their versions: dated files that never change once they are published.

They stand below the rooms: pages show them, accounts keep what was agreed to. A file may be published
before the day in its name, on which it comes into force. Every version after the first says in its
front matter what it asks of those who know the one before: `acceptance`, `required` or `informed`,
and in each language, in a line, what `changed`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import ClassVar

from clevenio import content
from clevenio.dated import Dated, days
from clevenio.errors import Missing
from clevenio.i18n import LANGUAGES, postal, use_language
from clevenio.settings import Settings

# The contract first, then what is only made known.
TEXTS = ("terms", "dpa", "privacy")
# A notice informs (GDPR 13 and 14). Nobody is asked to accept it, which would pass for consent.
NOTICES = frozenset({"privacy"})


@dataclass(frozen=True)
class Version(Dated):
    """One version of a legal text."""

    FOLDER: ClassVar[str] = "legal"

    @property
    def must_be_accepted(self) -> bool:
        """Whether those who accepted an earlier version are asked anew."""
        default = "informed" if self.text in NOTICES else "required"
        return bool(content.front(self.name, LANGUAGES[0]).get("acceptance", default) == "required")

    @property
    def last_day(self) -> date | None:
        """The day before the next version comes into force; None for the newest."""
        after = [one.date for one in versions(self.text) if one.date > self.date]
        return after[-1] - timedelta(days=1) if after else None


@cache
def versions(text: str) -> tuple[Version, ...]:
    """All versions of a text, newest first. Raises `Missing` for a text we do not have."""
    if text not in TEXTS:
        raise Missing("There is no such document.")
    return tuple(Version(text, day) for day in days(f"{Version.FOLDER}/{text}"))


def version(text: str, day: str) -> Version:
    """The version of a text that bears a date. Raises `Missing` for one we do not have."""
    found = next((one for one in versions(text) if one.day == day), None)
    if found is None:
        raise Missing("There is no such version of this document.")
    return found


def current(text: str, on: date) -> Version:
    """The version in force on a day; before the first one, where a clock goes wrong, the first."""
    known = versions(text)
    return next((version for version in known if version.date <= on), known[-1])


def between(older: Version, newer: Version) -> list[Version]:
    """The versions that led from one to another, the oldest first; the newer one is the last of them."""
    return [one for one in versions(newer.text)[::-1] if older.date < one.date <= newer.date]


def coming(text: str, on: date) -> Version | None:
    """The version that is published and comes into force next, if any."""
    later = [version for version in versions(text) if version.date > current(text, on).date]
    return later[-1] if later else None


def check() -> None:
    """Raises `ValueError` for a version that lacks a language or does not say what it asks and changes."""
    for one in (version for text in TEXTS for version in versions(text)):
        fronts = [content.front(one.name, language) for language in LANGUAGES]
        asked = {front.get("acceptance") for front in fronts}
        if len(asked) > 1:
            raise ValueError(f"{one.name}: the languages differ in acceptance")
        if one == versions(one.text)[-1] and asked == {None}:
            continue
        if not asked <= {"required", "informed"} or (asked == {"required"} and one.text in NOTICES):
            raise ValueError(f"{one.name}: acceptance is required or informed, of a notice informed")
        if one != versions(one.text)[-1] and not all(front.get("changed") for front in fronts):
            raise ValueError(f"{one.name}: it does not say in each language what changed")


def facts(settings: Settings, language: str) -> Mapping[str, str]:
    """Who the other party is, as the texts name it: `controller`, `address`, `contact`."""
    with use_language(language):
        address = postal(settings.controller_address)
    return {
        "controller": settings.controller_name,
        "address": address,
        "contact": settings.controller_contact,
    }
