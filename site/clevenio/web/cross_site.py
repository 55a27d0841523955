"""Refuses posts that another site made the browser send.

Public forms have no session and no token: what protects them is that a browser says where a post
comes from. In the order of Go's CrossOriginProtection: safe methods pass, then `Sec-Fetch-Site`,
then `Origin`. With neither, the client is no browser: it is let through where there is no session
whose powers could be abused, and refused where there is one.
"""

from urllib.parse import urlsplit

from flask import Flask, abort, request

from clevenio.web.kit import kit
from clevenio.web.sessions import has_session_cookie

SAFE = ("GET", "HEAD", "OPTIONS")
# The mail client's one-click post comes from anywhere (RFC 8058 section 3.2).
EXEMPT: set[str] = set()


def install(app: Flask) -> None:
    """Check every request before its view."""
    app.before_request(_check)


def exempt(endpoint: str) -> None:
    """Let posts to this endpoint come from anywhere; it may only take away, never give."""
    EXEMPT.add(endpoint)


def _check() -> None:
    if request.method in SAFE or request.endpoint in EXEMPT or _is_same_site():
        return
    abort(403)


def _is_same_site() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    if origin is not None:
        base = urlsplit(kit().settings.base_url)
        return origin in (f"{base.scheme}://{base.netloc}", f"{request.scheme}://{request.host}")
    return not has_session_cookie()
