"""The `choices` cookie: what this browser chose, in a form that scripts and the server can read.

Its text is `v=<notice>;c=<categories, comma>;x=<refused vendors, comma>`. Semicolons and commas may
not stand in a cookie's value (RFC 6265 section 4.1.1), so they are percent-encoded; a script reads
`decodeURIComponent(value)`, the server `unquote(value)`. Without that, Werkzeug would write octal escapes in
quotation marks, which browsers hand to scripts as they are.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, unquote

from werkzeug.http import parse_cookie

from clevenio.consent.notices import changes_since
from clevenio.consent.scopes import earlier
from clevenio.registry import load

NAME = "choices"
RECEIPT = "receipt"
# What a browser keeps under one name (RFC 6265, section 6.1).
LONGEST = 4096
_LIST = r"((?:[a-z0-9_-]+(?:,[a-z0-9_-]+)*)?)"
_TEXT = re.compile(rf"v=([0-9a-f]{{32}});c={_LIST};x={_LIST}")


@dataclass(frozen=True)
class Choices:
    """The version answered, the categories allowed, and the vendors refused."""

    notice: str
    categories: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()

    def allows(self, category: str, vendor: str | None = None) -> bool:
        """Whether something of this category, and of this vendor, may be in the browser."""
        return category in self.categories and vendor not in self.refused

    def is_answer(self) -> bool:
        """Whether it is whole, and nothing is asked today that it leaves open."""
        changes = changes_since(self.notice)
        if changes is None or any(change.is_open(self.categories, self.refused) for change in changes):
            return False
        # Half a name is what is left of a cookie that was cut off.
        return self.categories <= {category.id for category in load().categories} | earlier.categories

    def __str__(self) -> str:
        return f"v={self.notice};c={','.join(sorted(self.categories))};x={','.join(sorted(self.refused))}"

    @property
    def value(self) -> str:
        """The cookie's value."""
        return _quoted(str(self))


@lru_cache(maxsize=256)
def _quoted(text: str) -> str:
    return quote(text, safe="=")


def header(name: str, value: str, *, seconds: int, is_secure: bool, is_http_only: bool = False) -> str:
    """A `Set-Cookie` value for the whole site (RFC 6265, section 4.1), of a name and a value that need no quoting.

    Werkzeug reads both once more to quote them, which costs a decision a twentieth of its time.
    """
    flags = f"{'; Secure' if is_secure else ''}{'; HttpOnly' if is_http_only else ''}"
    return f"{name}={value}{flags}; Max-Age={seconds}; Path=/; SameSite=Lax"


def parse(value: str) -> Choices | None:
    """The choices in a cookie's value; None where it is not one of ours."""
    found = _TEXT.fullmatch(unquote(value)) if len(value) <= LONGEST else None
    if found is None:
        return None
    notice, categories, refused = found.groups()
    return Choices(notice, _words(categories), _words(refused))


def _words(text: str) -> frozenset[str]:
    return frozenset(filter(None, text.split(",")))


def cookie_in(environ: Mapping[str, object], name: str) -> str:
    """The value of a request's cookie; empty where there is none."""
    header = environ.get("HTTP_COOKIE")
    # Most visitors of public pages have no such cookie, and this runs in front of all of them.
    if not isinstance(header, str) or f"{name}=" not in header:
        return ""
    return parse_cookie(header).get(name, "")


def chosen(environ: Mapping[str, object]) -> Choices | None:
    """What the browser behind a request chose, where that still answers what is asked today."""
    choices = parse(cookie_in(environ, NAME))
    return choices if choices and choices.is_answer() else None


def variant(environ: Mapping[str, object]) -> str:
    """Which variant of a public page a request gets: `none`, `gpc` or `bar`."""
    if chosen(environ):
        return "none"
    return "gpc" if environ.get("HTTP_SEC_GPC") == "1" else "bar"
