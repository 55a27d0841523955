"""Security headers on every answer, errors and redirects too."""

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
    app.after_request(_set)


def content_security_policy() -> str:
    """The policy: our own files, and what the registry lets in."""
    more = kit().sources
    parts = {name: [value, *sorted(more.get(name, ()))] for name, value in POLICY.items()}
    parts |= {name: sorted(origins) for name, origins in more.items() if name not in POLICY}
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in parts.items())


def _set(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", content_security_policy())
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
    headers.setdefault("X-Frame-Options", "DENY")
    if kit().settings.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if response.mimetype == "text/html" and "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-cache" if request.method in ("GET", "HEAD") else "no-store"
    return response


def no_store(response: Response) -> Response:
    """Keep an answer out of every cache; for pages about one person."""
    response.headers["Cache-Control"] = "no-store"
    return response
