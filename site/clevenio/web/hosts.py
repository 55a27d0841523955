"""Under which names the site answers, and for how much: in front of everything, ready pages too.

A foreign name in `Host` leads a cache, a link or a browser astray (ASVS 5.0, 4.1.3), so the request goes on
under our own name, to be refused in the application with a page like any other.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, abort, request
from werkzeug.middleware.proxy_fix import ProxyFix

from clevenio.settings import Settings
from clevenio.web import sizes
from clevenio.web.legible import legible

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
# The status with which the application is to refuse a request.
REFUSED = "clevenio.refused"
# Asked by a supervisor on the machine itself, by whatever name; they tell nothing that a name changes.
PROBES = ("/livez", "/readyz")
_HOST = re.compile(r"([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?")
_THIS_MACHINE = ("localhost", "127.0.0.1", "[::1]")


class Hosts:
    """The WSGI application in front of all others."""

    def __init__(self, app: Application, settings: Settings) -> None:
        self._app = app
        own = urlsplit(settings.base_url)
        self._own = own.netloc
        trusted = settings.trusted_hosts or (own.netloc, *_THIS_MACHINE)
        names = {_name(host.lower()) for host in trusted} - {""}

        @lru_cache(maxsize=256)
        def is_ours(host: str) -> bool:
            name = _name(host)
            # A name that begins with a dot stands for every host below it.
            return name in names or any(name.endswith(each) for each in names if each.startswith("."))

        self._is_ours = is_ours

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        """Pass on what asks for us, and for no more than we read; mark the rest."""
        # Names are the same in either case (RFC 9110, 4.2.3).
        host = environ.get("HTTP_HOST", "").lower()
        if self._is_ours(host):
            environ["HTTP_HOST"] = host
        else:
            environ["HTTP_HOST"] = self._own
            if environ["PATH_INFO"] not in PROBES:
                environ[REFUSED] = 400
        if status := sizes.refusal(environ):
            environ[REFUSED] = status
            # Its beginning names the language of the page, which repeats no more than that.
            environ["PATH_INFO"] = environ["PATH_INFO"][:100]
        if not (cookies := environ.get("HTTP_COOKIE", "")).isascii():
            environ["HTTP_COOKIE"] = legible(cookies)
        return self._app(environ, start)


def _name(host: str) -> str:
    """The host without its port; empty where it is none."""
    found = _HOST.fullmatch(host)
    return found[1] if found else ""


def front(app: Application, settings: Settings) -> Application:
    """The application behind its gate, and behind as many proxies as the settings trust."""
    gate = Hosts(app, settings)
    count = settings.trusted_proxies
    return ProxyFix(gate, x_for=count, x_proto=count, x_host=count) if count else gate


def is_refused(environ: dict[str, Any]) -> bool:
    """Whether this request asked for another host than ours, or for too much."""
    return bool(environ.get(REFUSED))


def install(app: Flask) -> None:
    """Refuse what the gate has marked."""
    app.before_request(_check)


def _check() -> None:
    if is_refused(request.environ):
        abort(int(request.environ[REFUSED]))
