"""Whether what was seen is declared in the registry, agreed to, and gone in time. Knows no browser."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit

from audits.consent.states import State
from audits.consent.traces import Traces
from clevenio.registry import Cookie, Registry

ANSWERED = frozenset({"choices", "receipt"})
NECESSARY = "necessary"
DAY = 86_400
# What a browser's clock and ours may differ by while a page is on its way.
SLACK = 60 / DAY
# Kinds of request that tell somebody something: before an answer there is nothing to tell.
TELLING = {"xhr", "fetch", "ping", "websocket", "eventsource", "beacon"}


@dataclass(frozen=True)
class Judge:
    """What may be seen in one state, on the site at `host` (name and port)."""

    registry: Registry
    state: State
    host: str
    now: datetime

    def findings(self, seen: Traces, *, is_public: bool) -> Iterator[str]:
        """Everything wrong with one visit, each beginning with its path."""
        wrong = [
            *self._cookies(seen, is_public=is_public),
            *self._stored(seen),
            *self._requests(seen),
            *(f"stopped by the policy: {each}" for each in seen.violations),
            *seen.errors,
            *(f"the layout shifts by {each}" for each in seen.shifts),
        ]
        return (f"{seen.path}: {each}" for each in wrong)

    def entry(self, kind: str, name: str, domain: str | None = None) -> Cookie | None:
        """The declaration of something stored; `domain` is that of a cookie of another site."""
        bare = name.removeprefix("__Host-").removeprefix("__Secure-")
        entries = (each for each in self.registry.cookies.values() if each.kind == kind)
        return next((e for e in entries if fnmatchcase(bare, e.name) and e.domain == domain), None)

    def domain(self, cookie: Mapping[str, Any]) -> str | None:
        """Whose a cookie is; None for ours."""
        name = str(cookie["domain"]).lstrip(".")
        return None if name == self.host.partition(":")[0] else name

    def _cookies(self, seen: Traces, *, is_public: bool) -> Iterator[str]:
        for cookie in seen.cookies:
            name, domain = cookie["name"], self.domain(cookie)
            entry = self.entry("cookie", name, domain)
            if entry is None:
                yield f"cookie {name} is not declared" + (f" for {domain}" if domain else "")
                continue
            if entry.category == NECESSARY:
                yield from self._too_early(entry, is_public=is_public)
            # What another site keeps for itself only that site and the browser can take back.
            elif entry.category not in self.state.allowed and not (domain and self.state.then_withdrawn):
                yield f"cookie {name} without consent to {entry.category}"
            yield from self._life(cookie, entry)

    def _too_early(self, entry: Cookie, *, is_public: bool) -> Iterator[str]:
        """A necessary cookie where nobody needs it yet: before an answer, or on a page that knows nobody."""
        if entry.name in ANSWERED:
            if not self.state.is_decided:
                yield f"cookie {entry.name} before any answer"
        elif is_public:
            yield f"cookie {entry.name} on a page that is the same for everybody"

    def _life(self, cookie: Mapping[str, Any], entry: Cookie) -> Iterator[str]:
        name, ends = cookie["name"], float(cookie["expires"])
        days = (ends - self.now.timestamp()) / DAY if ends > 0 else 0
        if ends > 0 and days > entry.days + SLACK:
            yield f"cookie {name} lives {days:.1f} days, declared are {entry.days}"
        if bool(cookie["httpOnly"]) is entry.readable_by_scripts:
            yield f"cookie {name} is {'not ' * bool(cookie['httpOnly'])}readable by scripts, declared is the contrary"
        # Under another one a withdrawal would not find it.
        if entry.domain is None and cookie["path"] != entry.path:
            yield f"cookie {name} stands under {cookie['path']}, declared is {entry.path}"

    def _stored(self, seen: Traces) -> Iterator[str]:
        for kind, name in seen.stored:
            entry = self.entry(kind, name)
            if entry is None:
                yield f"{kind} {name} is not declared"
            elif entry.category != NECESSARY and entry.category not in self.state.allowed:
                yield f"{kind} {name} without consent to {entry.category}"

    def _requests(self, seen: Traces) -> Iterator[str]:
        for kind, address in seen.requests:
            parts = urlsplit(address)
            if parts.scheme in ("data", "blob", "about"):
                continue
            if parts.netloc == self.host:
                if kind in TELLING and not self.state.is_decided:
                    yield f"{kind} to {parts.path} before any answer"
            elif not any(_covers(origin, parts.scheme, parts.netloc) for origin in self._origins()):
                yield f"{kind} to {parts.netloc}, which nothing agreed to needs"

    def _origins(self) -> Iterator[str]:
        for tag in self.registry.tags.values():
            if tag.category in self.state.allowed:
                yield from (*tag.scripts, *tag.connections, *tag.images, *tag.frames)


def never_seen(registry: Registry, seen: set[tuple[str, str, str | None]]) -> list[str]:
    """What is declared, and yet no page in any state left it: (kind, name, domain) are what was seen."""
    return [
        f"{entry.kind} {entry.name} is declared and was never seen"
        for entry in registry.cookies.values()
        if not any(
            kind == entry.kind and domain == entry.domain and fnmatchcase(_bare(name), entry.name)
            for kind, name, domain in seen
        )
    ]


def _bare(name: str) -> str:
    return re.sub("^__(Host|Secure)-", "", name)


def _covers(source: str, scheme: str, netloc: str) -> bool:
    """Whether a CSP source expression names an origin (W3C CSP Level 3, section 6.7.2.8)."""
    wanted, _, host = source.partition("://")
    if wanted != scheme:
        return False
    return netloc.endswith(host[1:]) if host.startswith("*.") else netloc == host
