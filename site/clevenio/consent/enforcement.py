"""Nothing is stored in a browser that the registry does not declare or that was not agreed to.

A filter in front of the application takes away every `Set-Cookie` that is undeclared, or whose
category or vendor lacks consent, and a withdrawal expires what was set before.
"""

import ipaddress
import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from fnmatch import fnmatchcase
from functools import lru_cache
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
            if any(_sets_cookie(header) for header in headers):
                headers = list(self._kept(environ, headers))
            return start(status, headers, *more)

        return self._app(environ, begin)

    def _kept(self, environ: dict[str, Any], headers: Headers) -> Iterator[tuple[str, str]]:
        choices = environ.get(DECIDED) or chosen(environ)
        for header in headers:
            if not _sets_cookie(header) or is_allowed(load(), header[1], choices):
                yield header
                continue
            name = header[1].partition("=")[0]
            self.taken[name] += 1
            log.error("a cookie was taken out of an answer: %s", name)
            if self.is_strict:
                raise UndeclaredCookieError(name)


def _sets_cookie(header: tuple[str, str]) -> bool:
    # Field names are the same in either case (RFC 9110, 5.1), and not everybody writes them as we do.
    return header[0].lower() == "set-cookie"


def is_allowed(registry: Registry, header: str, choices: Choices | None) -> bool:
    """Whether a `Set-Cookie` may leave. One that deletes always may.

    An optional one may under the path that the registry declares: under another a withdrawal would not find it.
    """
    pair, *attributes = header.split(";")
    cookie = declared(registry, pair.partition("=")[0].strip())
    if (cookie and cookie.category == NECESSARY) or _last(attributes, "max-age") == "0":
        return True
    if cookie is None:
        return False
    is_agreed_to = choices is not None and choices.allows(cookie.category, cookie.provider)
    return is_agreed_to and _last(attributes, "path") == cookie.path


def _last(attributes: Iterable[str], name: str) -> str | None:
    """The value of an attribute: the last of its kind is the one that counts (RFC 6265, 5.3)."""
    pairs = (attribute.partition("=") for attribute in attributes)
    values = [value.strip() for key, _sign, value in pairs if key.strip().lower() == name]
    return values[-1] if values else None


@lru_cache(maxsize=256)
def declared(registry: Registry, name: str) -> Cookie | None:
    """The entry for a cookie, by its name or pattern; the browser's own name prefixes do not count."""
    entries = (c for c in registry.cookies.values() if c.kind == "cookie" and c.domain is None)
    return next((cookie for cookie in entries if fnmatchcase(_bare(name), cookie.name)), None)


def _bare(name: str) -> str:
    return name.removeprefix("__Host-").removeprefix("__Secure-")


def expired(registry: Registry, choices: Choices, host: str, sent: Collection[str]) -> Iterator[str]:
    """`Set-Cookie` values that delete every declared cookie that is not agreed to (any more).

    Each is deleted for the host and for its parent domains, under its path, HttpOnly ones too. A plain name is
    deleted unseen; what the browser `sent` is deleted under a pattern or one of the browser's own prefixes as well.
    """
    for cookie in _unwanted(registry, choices):
        if cookie.kind != "cookie":
            continue
        seen = {name for name in sent if fnmatchcase(_bare(name), cookie.name)}
        for name in sorted(seen if cookie.is_pattern else {*seen, cookie.name}):
            # A browser takes nothing for such a name that is not Secure, a deletion neither.
            is_secure = name != _bare(name)
            for domain in (None, *(() if name.startswith("__Host-") else domains(host))):
                # A browser takes `__Host-` under no other path (RFC 6265bis, 4.1.3.2).
                path = "/" if name.startswith("__Host-") else cookie.path
                yield dump_cookie(name, "", max_age=0, expires=0, domain=domain, path=path, secure=is_secure)


def _unwanted(registry: Registry, choices: Choices) -> Iterator[Cookie]:
    """The optional entries of our own site that are not agreed to."""
    for entry in registry.cookies.values():
        is_ours = entry.category != NECESSARY and entry.domain is None
        if is_ours and not choices.allows(entry.category, entry.provider):
            yield entry


def clears_storage(registry: Registry, choices: Choices) -> bool:
    """Whether a browser may be told to empty all its storage but the cookies (W3C Clear Site Data, "storage").

    That is one sweep without a look at names. So it is for when something there is unwanted and nothing
    is wanted; where both are declared, the page's own script tells them apart.
    """
    stored = [c for c in registry.cookies.values() if c.kind != "cookie" and c.domain is None]
    unwanted = [entry for entry in _unwanted(registry, choices) if entry.kind != "cookie"]
    return bool(unwanted) and len(unwanted) == len(stored)


def domains(host: str) -> list[str]:
    """The domains a cookie may have been set for: the host and its parents, but no whole top level."""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        labels = name.split(".")
        return [".".join(labels[start:]) for start in range(len(labels) - 1)]
    return []
