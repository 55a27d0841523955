"""Refuses posts that another site made the browser send.

Public forms have no session and no token: what protects them is that a browser says where a post
comes from. In the order of Go's CrossOriginProtection: safe methods pass, then `Sec-Fetch-Site`,
then `Origin`. With neither, the client is no browser: it is let through where there is no session
whose powers could be abused, and refused where there is one.

One kind of post is taken from anywhere: those that withdraw, which mail clients send (RFC 8058
section 3.2). What else an address takes is checked there as everywhere.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

from flask import Flask, abort, request

from clevenio.web.kit import kit
from clevenio.web.sessions import has_session_cookie

SAFE = ("GET", "HEAD", "OPTIONS")
# By endpoint: whether the request at hand does nothing but withdraw.
EXEMPT: dict[str, Callable[[], bool]] = {}


def install(app: Flask) -> None:
    """Check every request before its view."""
    app.before_request(_check)


def exempt(endpoint: str, only_withdraws: Callable[[], bool]) -> None:
    """Let those posts to an endpoint come from anywhere that do nothing but withdraw.

    `only_withdraws` looks at the request before the view runs, and what it does not vouch for is
    checked like every other post.
    """
    EXEMPT[endpoint] = only_withdraws


def is_same_site() -> bool:
    """Whether this request comes from our own pages, or from no browser and without a session."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    if origin is not None:
        base = urlsplit(kit().settings.base_url)
        return origin in (f"{base.scheme}://{base.netloc}", f"{request.scheme}://{request.host}")
    return not has_session_cookie()


def _check() -> None:
    if request.method in SAFE or is_same_site():
        return
    only_withdraws = EXEMPT.get(request.endpoint or "")
    if only_withdraws is None or not only_withdraws():
        abort(403)
