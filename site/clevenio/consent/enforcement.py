"""Nothing is stored in a browser that the registry does not declare or that was not agreed to.

A filter in front of the application takes away every `Set-Cookie` that is undeclared, or whose
category or vendor lacks consent, and a withdrawal expires what was set before.
"""

import ipaddress
import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Any

from werkzeug.http import dump_cookie

from clevenio.consent.cookies import Choices, chosen
from clevenio.registry import Cookie, Registry, load

log = logging.getLogger(__name__)
# A view that takes a decision puts it here, so that it holds for its own answer.
DECIDED = "clevenio.choices"
NECESSARY = "necessary"

Headers = list[tuple[str, str]]


class UndeclaredCookieError(Exception):
    """A part of the application set a cookie it may not set. Raised in tests only."""


class CookieFilter:
    """The WSGI application in front. `is_strict` raises instead of taking the cookie away."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self._app = app
        self.is_strict = False
        self.taken: Counter[str] = Counter()

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer, with the headers filtered."""

        def begin(status: str, headers: Headers, *more: Any) -> Any:
            if any(name == "Set-Cookie" for name, _ in headers):
                headers = list(self._kept(environ, headers))
            return start(status, headers, *more)

        return self._app(environ, begin)

    def _kept(self, environ: dict[str, Any], headers: Headers) -> Iterator[tuple[str, str]]:
        choices = environ.get(DECIDED) or chosen(environ)
        for header in headers:
            if header[0] != "Set-Cookie" or is_allowed(load(), header[1], choices):
                yield header
                continue
            name = header[1].partition("=")[0]
            self.taken[name] += 1
            log.error("a cookie was taken out of an answer: %s", name)
            if self.is_strict:
                raise UndeclaredCookieError(name)


def is_allowed(registry: Registry, header: str, choices: Choices | None) -> bool:
    """Whether a `Set-Cookie` may leave. One that deletes always may."""
    pair, *attributes = header.split(";")
    if "max-age=0" in {attribute.strip().lower() for attribute in attributes}:
        return True
    cookie = declared(registry, pair.partition("=")[0].strip())
    if cookie is None:
        return False
    return cookie.category == NECESSARY or bool(choices and choices.allows(cookie.category, cookie.provider))


def declared(registry: Registry, name: str) -> Cookie | None:
    """The entry for a cookie, by its name or pattern; the browser's own name prefixes do not count."""
    bare = name.removeprefix("__Host-").removeprefix("__Secure-")
    entries = (c for c in registry.cookies.values() if c.kind == "cookie" and c.domain is None)
    return next((cookie for cookie in entries if fnmatchcase(bare, cookie.name)), None)


def expired(registry: Registry, choices: Choices, host: str, sent: Collection[str]) -> Iterator[str]:
    """`Set-Cookie` values that delete every declared cookie that is not agreed to (any more).

    Each is deleted for the host and for its parent domains, HttpOnly ones too. A pattern deletes
    the cookies that the browser `sent`; a plain name is deleted unseen.
    """
    for cookie in registry.cookies.values():
        if cookie.kind != "cookie" or cookie.category == NECESSARY or cookie.domain is not None:
            continue
        if choices.allows(cookie.category, cookie.provider):
            continue
        is_pattern = any(sign in cookie.name for sign in "*?[")
        names = [name for name in sent if fnmatchcase(name, cookie.name)] if is_pattern else [cookie.name]
        for name in names:
            for domain in (None, *domains(host)):
                yield dump_cookie(name, "", max_age=0, expires=0, domain=domain)


def domains(host: str) -> list[str]:
    """The domains a cookie may have been set for: the host and its parents, but no whole top level."""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        labels = name.split(".")
        return [".".join(labels[start:]) for start in range(len(labels) - 1)]
    return []
