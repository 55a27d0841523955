"""Other recipients than the shipped ones, for one test."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from clevenio.registry import Registry, Vendor, load, loader

Declared = Callable[..., Registry]


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch) -> Declared:
    """`declared("meta", {"until": …}, {"since": …})`: the recipient's entry, changed, once for each; none ends it.

    A name that is not there yet takes its facts from `meta`.
    """

    def declare(name: str, *changes: dict[str, Any]) -> Registry:
        registry = load()
        shipped = registry.vendors.get(name) or replace(registry.vendors["meta"], id=name)
        entries: list[Vendor] = [replace(shipped, **each) for each in changes]
        others = tuple(each for each in registry.vendor_entries if each.id != name)
        vendors = {key: each for key, each in registry.vendors.items() if key != name}
        if entries:
            vendors[name] = entries[-1]
        made = replace(registry, vendors=vendors, vendor_entries=(*others, *entries))
        monkeypatch.setattr(loader, "_IN_FORCE", [made])
        return made

    return declare
