"""Assessments as dated files, which never change once they are published, and what they are about.

In its front matter each says its `kind`, the `purposes` of the registry that it assesses, and, from its
second version on, what `changed`. A section `confirm` lists what only the company knows; a version
without it has been confirmed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from typing import ClassVar

from clevenio import content
from clevenio.dated import Dated, days
from clevenio.errors import Missing
from clevenio.i18n import LANGUAGES
from clevenio.registry import LegalBasis, Purpose, Registry
from clevenio.registry.entries import MessageBasis

CONFIRM = "confirm"


class Kind(StrEnum):
    """A legitimate-interest assessment, or a data protection impact assessment."""

    LIA = "lia"
    DPIA = "dpia"


@dataclass(frozen=True)
class Assessment(Dated):
    """One version of an assessment."""

    FOLDER: ClassVar[str] = "assessments"

    @property
    def kind(self) -> Kind:
        """What it is. Raises `ValueError` where it does not say."""
        return Kind(content.front(self.name, LANGUAGES[0])["kind"])

    @property
    def purposes(self) -> tuple[str, ...]:
        """The purposes it assesses; none where the registry has no purpose for it yet."""
        return tuple(content.front(self.name, LANGUAGES[0])["purposes"])

    @property
    def is_confirmed(self) -> bool:
        """Whether nothing is left for the company to confirm."""
        return CONFIRM not in content.anchors(self.name, LANGUAGES[0])


@dataclass(frozen=True)
class Standing:
    """An assessment with its versions, the newest first, and the one in force, if any."""

    versions: tuple[Assessment, ...]
    in_force: Assessment | None

    @property
    def shown(self) -> Assessment:
        """The version that stands for it in a list: in force, else the newest."""
        return self.in_force or self.versions[0]

    @property
    def coming(self) -> tuple[Assessment, ...]:
        """The versions that are published and follow the one that is shown, the soonest first."""
        return tuple(one for one in reversed(self.versions) if one.date > self.shown.date)


@cache
def names() -> tuple[str, ...]:
    """Every assessment by the name of its folder."""
    return tuple(sorted(path.name for path in content.folder(Assessment.FOLDER).iterdir()))


@cache
def versions(name: str) -> tuple[Assessment, ...]:
    """All versions of an assessment, newest first. Raises `Missing` for one we do not have."""
    if name not in names():
        raise Missing("There is no such assessment.")
    return tuple(Assessment(name, day) for day in days(f"{Assessment.FOLDER}/{name}"))


def version(name: str, day: str) -> Assessment:
    """The version that bears a date. Raises `Missing` for one we do not have."""
    found = next((one for one in versions(name) if one.day == day), None)
    if found is None:
        raise Missing("There is no such version of this assessment.")
    return found


def standings(on: date) -> list[Standing]:
    """Every assessment as it stands on a day. One whose first date is still to come is in force nowhere."""
    return [
        Standing(found, next((one for one in found if one.date <= on), None))
        for found in map(versions, names())
        if found
    ]


def of_purpose(purpose: str, on: date) -> list[Assessment]:
    """The assessments of a purpose that are in force on a day."""
    found = (standing.in_force for standing in standings(on))
    return [one for one in found if one is not None and purpose in one.purposes]


def missing(registry: Registry, on: date) -> list[Purpose]:
    """The purposes that rest on a legitimate interest which no assessment in force has weighed."""
    return [
        purpose
        for purpose in registry.purposes.values()
        if _needs_weighing(registry, purpose)
        and all(one.kind is not Kind.LIA for one in of_purpose(purpose.id, on))
    ]


def _needs_weighing(registry: Registry, purpose: Purpose) -> bool:
    """Whether data is used for it on Art. 6(1)(f): so are mails to customers and to people in a role."""
    topic = registry.topics.get(purpose.id)
    bases: Iterable[MessageBasis] = topic.bases if topic else ()
    return purpose.basis is LegalBasis.LEGITIMATE_INTEREST or any(
        basis is not MessageBasis.CONSENT for basis in bases
    )


def check(registry: Registry) -> None:
    """Raises `ValueError` for a version that lacks a language, differs between them, or says too little."""
    for one in (version for name in names() for version in versions(name)):
        fronts = [content.front(one.name, language) for language in LANGUAGES]
        facts = [(front.get("kind"), front.get("purposes")) for front in fronts]
        if facts[0] != facts[1]:
            raise ValueError(f"{one.name}: the languages differ in kind or purposes")
        if len({content.anchors(one.name, language) for language in LANGUAGES}) > 1:
            raise ValueError(f"{one.name}: the languages differ in their sections")
        if one.kind not in list(Kind) or not registry.purposes.keys() >= set(one.purposes):
            raise ValueError(f"{one.name}: it names a purpose that the registry does not have")
        if one != versions(one.text)[-1] and not all(front.get("changed") for front in fronts):
            raise ValueError(f"{one.name}: it does not say in each language what changed")
