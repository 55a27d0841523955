"""What a browser is asked about, without words, and what of it an earlier answer left open.

An answer holds as long as nothing is asked that it did not cover (GDPR Art. 4(11), "specific and
informed"): a new recipient, a new country, something new that is stored or is stored for longer. What
was taken away, shortened or said in better words is covered.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from clevenio.registry import Cookie, Registry

Scope = Mapping[str, Mapping[str, Any]]
# A page must not wait again and again for a database that is out of reach.
REST_SECONDS = 60
Archived = Iterable[tuple[str, Scope]]


def scope(registry: Registry) -> dict[str, Any]:
    """Each category with its recipients (country, then countries of transfers) and what it stores, in days."""
    return {
        category.id: {
            "vendors": {v.id: [v.country, *v.transfers] for v in registry.vendors_of(category.id)},
            "stored": {c.name: c.days for c in registry.cookies.values() if c.category == category.id},
        }
        for category in registry.categories
    }


@dataclass(frozen=True)
class Change:
    """What an answer did not cover of one purpose: `analytics`, `analytics:counter`.

    `countries` are new; `stored` has each entry's days, and the days that were agreed to (None: it is new).
    """

    purpose: str
    is_new: bool
    in_new_category: bool
    countries: tuple[str, ...] = ()
    stored: tuple[tuple[str, int, int | None], ...] = ()

    def is_open(self, categories: frozenset[str], refused: frozenset[str]) -> bool:
        """Whether somebody who allowed these categories, without these vendors, is asked about it.

        A refusal stands for whatever grows within what was refused.
        """
        category, _, vendor = self.purpose.partition(":")
        return self.in_new_category or (category in categories and vendor not in refused)


def changes(before: Scope, registry: Registry) -> tuple[Change, ...]:
    """What is asked today that somebody who answered `before` was not asked."""
    return tuple(_changes(before, registry))


def _changes(before: Scope, registry: Registry) -> Iterator[Change]:
    for category in registry.categories:
        asked = before.get(category.id)
        vendors, kept = (asked["vendors"], asked["stored"]) if asked else ({}, {})
        stored: dict[str, list[Cookie]] = {"": [], **{v.id: [] for v in registry.vendors_of(category.id)}}
        for cookie in registry.cookies.values():
            if cookie.category == category.id:
                stored[cookie.provider if cookie.provider in stored else ""].append(cookie)
        longer = {
            name: tuple((c.name, c.days, kept.get(c.name)) for c in cookies if _is_longer(c, kept))
            for name, cookies in stored.items()
        }
        if asked is None or longer[""]:
            yield Change(category.id, asked is None, asked is None, stored=longer[""])
        for vendor in registry.vendors_of(category.id):
            is_new = vendor.id not in vendors
            known = () if is_new else vendors[vendor.id]
            countries = tuple(c for c in (vendor.country, *vendor.transfers) if c not in known)
            if is_new or countries or longer[vendor.id]:
                purpose = f"{category.id}:{vendor.id}"
                yield Change(purpose, is_new, asked is None, countries, longer[vendor.id])


def _is_longer(cookie: Cookie, kept: Mapping[str, int]) -> bool:
    before = kept.get(cookie.name)
    return before is None or cookie.days > before


class Earlier:
    """The scopes that were asked before, read from the archive at the first need, once for a registry.

    Public pages ask this in front of everything, so it reads no more than that, whatever cookies say.
    """

    def __init__(self) -> None:
        self.read_from(tuple)

    def read_from(self, archive: Callable[[], Archived | None]) -> None:
        """Say where the archive is. None from it means that it cannot be read now: asked again in a minute."""
        self._archive = archive
        self._changes: dict[Registry, Mapping[str, tuple[Change, ...]]] = {}
        # Every category that was ever asked about.
        self.categories: frozenset[str] = frozenset()
        self._rests_until = 0.0

    def changes(self, registry: Registry) -> Mapping[str, tuple[Change, ...]]:
        """What each version that was ever answered, by its beginning, leaves open of what this registry asks."""
        known = self._changes.get(registry)
        if known is not None:
            return known
        if time.monotonic() < self._rests_until:
            return {}
        archived = self._archive()
        if archived is None:
            self._rests_until = time.monotonic() + REST_SECONDS
            return {}
        found = {}
        for digits, before in archived:
            found[digits] = changes(before, registry)
            self.categories |= before.keys()
        return self._changes.setdefault(registry, found)


earlier = Earlier()
