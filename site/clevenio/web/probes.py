"""What a supervisor asks: is the process alive, and can it do its work. Neither tells versions or data."""

from flask import Flask, Response

from clevenio.health import Verdict, readiness
from clevenio.web.headers import no_store
from clevenio.web.kit import kit


def install(app: Flask) -> None:
    """Answer at `/livez` and `/readyz`."""
    app.add_url_rule("/livez", "livez", _livez)
    app.add_url_rule("/readyz", "readyz", _readyz)


def _livez() -> Response:
    return _text("alive\n", 200)


def _readyz() -> Response:
    made = kit()
    found = readiness(made.settings, made.database, made.clock())
    lines = [f"{finding.name}: {finding.verdict}\n" for finding in found]
    is_ready = all(finding.verdict is not Verdict.BAD for finding in found)
    return _text("".join(lines), 200 if is_ready else 503)


def _text(body: str, status: int) -> Response:
    return no_store(Response(body, status, mimetype="text/plain"))
