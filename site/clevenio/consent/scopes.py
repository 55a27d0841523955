"""What a browser is asked about, without words, and which earlier answers still answer it.

An answer holds as long as nothing is asked that it did not cover (GDPR Art. 4(11), "specific and
informed"): a new recipient, a new country, something new that is stored or is stored for longer. What
was taken away, shortened or said in better words is covered.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from clevenio.registry import Registry

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


def covers(before: Scope, today: Scope) -> bool:
    """Whether somebody who answered `before` has answered everything that is asked `today`."""
    return all(name in before and _covers(before[name], asked) for name, asked in today.items())


def _covers(before: Mapping[str, Any], today: Mapping[str, Any]) -> bool:
    return all(
        vendor in before["vendors"] and set(countries) <= set(before["vendors"][vendor])
        for vendor, countries in today["vendors"].items()
    ) and all(
        name in before["stored"] and days <= before["stored"][name] for name, days in today["stored"].items()
    )


class Earlier:
    """The scopes that were asked before, read from the archive at the first need, once for a registry.

    Public pages ask this in front of everything, so it reads no more than that, whatever cookies say.
    """

    def __init__(self) -> None:
        self.read_from(tuple)

    def read_from(self, archive: Callable[[], Archived | None]) -> None:
        """Say where the archive is. None from it means that it cannot be read now: asked again in a minute."""
        self._archive = archive
        self._answering: dict[Registry, frozenset[str]] = {}
        self._rests_until = 0.0

    def answering(self, registry: Registry) -> frozenset[str]:
        """The beginnings of the versions that still answer what this registry asks."""
        known = self._answering.get(registry)
        if known is not None:
            return known
        if time.monotonic() < self._rests_until:
            return frozenset()
        archived = self._archive()
        if archived is None:
            self._rests_until = time.monotonic() + REST_SECONDS
            return frozenset()
        today = scope(registry)
        found = frozenset(digits for digits, before in archived if covers(before, today))
        return self._answering.setdefault(registry, found)


earlier = Earlier()
