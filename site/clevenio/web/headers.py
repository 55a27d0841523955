"""Security headers on every answer, errors and redirects too."""

from collections.abc import Callable, Collection, Mapping

from flask import Flask, Response, request

from clevenio.web.kit import kit

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}


def install(app: Flask) -> None:
    """Set the headers last of all."""
    app.after_request(_setting())


def content_security_policy(more: Mapping[str, Collection[str]], is_framed: bool = False) -> str:
    """The policy: our own files, and these origins of others, by directive; `is_framed` by our own pages alone."""
    own = {**POLICY, "frame-ancestors": "'self'"} if is_framed else POLICY
    parts = {name: [value, *sorted(more.get(name, ()))] for name, value in own.items()}
    parts |= {name: sorted(origins) for name, origins in more.items() if name not in own}
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in parts.items())


def _setting() -> Callable[[Response], Response]:
    fixed: dict[bool, list[tuple[str, str]]] = {}

    def set_headers(response: Response) -> Response:
        # The policy waits for the registry, which the rooms bring after this; from then on nothing changes.
        if not fixed:
            fixed.update({is_measured: _fixed(is_measured) for is_measured in (True, False)})
        headers = response.headers
        present = {name.lower() for name, _value in headers}
        for name, value in fixed[request.endpoint in kit().measured]:
            if name.lower() not in present:
                headers.add(name, value)
        if response.mimetype == "text/html" and "cache-control" not in present:
            headers.add("Cache-Control", "no-cache" if request.method in ("GET", "HEAD") else "no-store")
        return response

    return set_headers


def _fixed(is_measured: bool) -> list[tuple[str, str]]:
    """What every answer carries unless it says something else; only a measured page lets scripts of others in."""
    fixed = [
        ("Content-Security-Policy", content_security_policy(kit().sources(is_measured))),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "strict-origin-when-cross-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()"),
        ("X-Frame-Options", "DENY"),
    ]
    if kit().settings.is_secure:
        fixed.append(("Strict-Transport-Security", "max-age=31536000; includeSubDomains"))
    return fixed


def framing(response: Response, styles: str = "") -> Response:
    """Let a page of staff show frames of ours; where a script fills one, style elements with the word `styles`."""
    more = {**kit().sources(False), "frame-src": {"'self'"}}
    if styles:
        more["style-src"] = {*more.get("style-src", ()), f"'nonce-{styles}'"}
    policy = content_security_policy(more)
    response.headers["Content-Security-Policy"] = policy
    return response


def framed(response: Response) -> Response:
    """Let a document stand in a frame of ours, where nothing in it runs, is sent, or asks for anything but style."""
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; font-src 'self'; form-action 'none'; base-uri 'none'; "
        "frame-ancestors 'self'; sandbox allow-same-origin"
    )
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def no_store(response: Response) -> Response:
    """Keep an answer out of every cache; for pages about one person."""
    response.headers["Cache-Control"] = "no-store"
    return response


def keep_token_private(response: Response) -> Response:
    """Keep a page under a mailed token out of caches, search engines and logs; an `after_request`."""
    if "token" in (request.view_args or {}):
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        # The next page, whose tags report where one came from, learns no path, though it is ours. Not
        # no-referrer: that turns Origin into null (Fetch, 3.1), and our own buttons would be refused.
        response.headers["Referrer-Policy"] = "strict-origin"
    return response
