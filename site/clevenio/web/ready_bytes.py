"""Public pages as ready bytes in front of Flask.

A public page is the same for everybody, in at most three variants (bar, no bar, GPC notice) and three
encodings. It is made once, by the application itself, from a request without cookies or query
string, so that no byte of it can belong to one visitor; a restart renews it, and so does a new local day,
on which another version of a legal text may be in force.
"""

import gzip
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import brotli
from flask import Flask
from werkzeug.http import parse_accept_header
from werkzeug.test import EnvironBuilder, run_wsgi_app

from clevenio.i18n import local_day
from clevenio.web.hosts import is_refused
from clevenio.web.kit import SHOWN, VARIANT, Kit

Environ = dict[str, Any]
Start = Callable[..., Any]
Headers = list[tuple[str, str]]
VARY = "Accept-Encoding, Sec-GPC"


@lru_cache(maxsize=256)
def preferred_encoding(accepted: str) -> str:
    """`br`, `gzip` or none, by an Accept-Encoding header (RFC 9110, 12.5.3); Brotli where both are as welcome.

    Remembered by header, of which browsers send but a few.
    """
    weights = parse_accept_header(accepted)
    best = max(("br", "gzip"), key=weights.quality)
    return best if weights.quality(best) > 0 else ""


@dataclass(frozen=True)
class Page:
    """One page in one variant and encoding. `shown` is what on it is worth counting, None for nothing."""

    body: bytes
    headers: Headers
    etag: str
    shown: object


class ReadyBytes:
    """The WSGI application in front: answers GET and HEAD of public pages, passes on the rest."""

    def __init__(self, app: Flask, kit: Kit) -> None:
        self._app = app.wsgi_app
        self._kit = kit
        self._pages: dict[tuple[str, str, str], Page] = {}
        self._day = local_day(kit.clock())
        self._paths = frozenset(
            rule.rule
            for rule in app.url_map.iter_rules()
            if rule.endpoint in kit.public and not rule.arguments - {"language"}
        )

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        """Answer from the shelf where the page is there."""
        is_ready = environ["PATH_INFO"] in self._paths and environ["REQUEST_METHOD"] in ("GET", "HEAD")
        if not is_ready or is_refused(environ):
            return self._app(environ, start)
        encoding = preferred_encoding(environ.get("HTTP_ACCEPT_ENCODING", ""))
        if (today := local_day(self._kit.clock())) != self._day:
            self._pages, self._day = {}, today
        key = (environ["PATH_INFO"], self._kit.variant(environ), encoding)
        page = self._pages.get(key) or self._make(*key)
        if page is None:
            return self._app(environ, start)
        if page.shown is not None:
            # A browser that has the page already shows it again.
            self._kit.count_shown(environ, page.shown)
        if page.etag in environ.get("HTTP_IF_NONE_MATCH", ""):
            start(
                "304 NOT MODIFIED",
                [h for h in page.headers if h[0] not in ("Content-Length", "Content-Type")],
            )
            return ()
        start("200 OK", page.headers)
        return () if environ["REQUEST_METHOD"] == "HEAD" else (page.body,)

    def _make(self, path: str, variant: str, encoding: str) -> Page | None:
        """Have the application make the page for nobody in particular."""
        environ = EnvironBuilder(path, base_url=self._kit.settings.base_url).get_environ()
        environ[VARIANT] = variant
        shown: list[object] = environ.setdefault(SHOWN, [])
        chunks, status, made = run_wsgi_app(self._app, environ, buffered=True)
        if not status.startswith("200"):
            return None
        if "Set-Cookie" in made or "Cookie" in made.get("Vary", ""):
            raise RuntimeError(f"{path} is a public page and yet about one visitor")
        body = b"".join(chunks)
        if encoding:
            body = brotli.compress(body, quality=11) if encoding == "br" else gzip.compress(body, 9, mtime=0)
        etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
        headers = [h for h in made.items() if h[0] not in ("Content-Length", "Vary", "Date")]
        headers += [("Content-Length", str(len(body))), ("Vary", VARY), ("ETag", etag)]
        if encoding:
            headers.append(("Content-Encoding", encoding))
        page = self._pages[path, variant, encoding] = Page(body, headers, etag, shown[-1] if shown else None)
        return page
