"""Scripts and frames of others: what the page tells our own script about them, and what the policy lets in."""

import json
from collections import defaultdict
from functools import cache

from clevenio.consent.enforcement import NECESSARY
from clevenio.registry import Registry, Tag, load

# What each kind of origin is to the content security policy.
DIRECTIVES = {
    "scripts": "script-src",
    "connections": "connect-src",
    "images": "img-src",
    "frames": "frame-src",
}


def described(is_measured: bool) -> str:
    """The tags that are on and what may be stored, as JSON for `site/static/js/tags.js`; empty without either.

    The same for everybody: which of them run is decided in the browser, by its own choices. A page that
    is not measured names none: there, a script of others could read a secret in the address, or what is typed.
    """
    return _described(load(), is_measured)


@cache
def _described(registry: Registry, is_measured: bool) -> str:
    tags = [
        {name: getattr(tag, name) for name in ("id", "category", "vendor", "library", "key", "address")}
        for tag in registry.tags.values()
        if is_measured
    ]
    stored = [
        {"name": c.name, "kind": c.kind, "category": c.category, "vendor": c.provider, "path": c.path}
        for c in registry.cookies.values()
        if c.category != NECESSARY and c.domain is None and c.readable_by_scripts
    ]
    signals = {p.id: p.signals for p in registry.purposes.values() if p.signals}
    return json.dumps({"tags": tags, "stored": stored, "signals": signals}) if tags or stored else ""


def sources(registry: Registry, is_measured: bool) -> dict[str, set[str]]:
    """The origins that a page may use, by directive of the content security policy.

    Those of the tags on measured pages; embeds come in a frame of our own, whose policy names theirs while
    one is shown.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for tag in registry.tags.values() if is_measured else ():
        for field, directive in DIRECTIVES.items():
            found[directive].update(_origins(tag, field))
    if registry.embeds:
        found["frame-src"].add("'self'")
    return {directive: origins for directive, origins in found.items() if origins}


def _origins(tag: Tag, field: str) -> tuple[str, ...]:
    origins: tuple[str, ...] = getattr(tag, field)
    return origins
