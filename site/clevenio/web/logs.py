"""What the processes write down: one JSON object a line, in UTC, without a byte that belongs to somebody.

A line about a request names its route as it is written in the code, never the path, which may hold a
token; no query string, no body, no header, no network address. What an exception says may repeat what
somebody typed, so a line holds its kind and where it came from. Errors of the database are told in
full: `faults` has taken the values out.
"""

import json
import logging
import logging.config
import time
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask, Response, g, has_request_context, request
from sqlalchemy.exc import DBAPIError

from clevenio.errors import Problem

log = logging.getLogger(__name__)
METHODS = ("GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT")
# Asked for all the time, and only of interest where they fail.
QUIET = ("asset", "livez", "readyz")
# Granian's own level is set beside this, by `log_level`.
CONFIGURATION: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"lines": {"()": "clevenio.web.logs.Lines"}},
    "handlers": {"lines": {"class": "logging.StreamHandler", "formatter": "lines"}},
    "root": {"handlers": ["lines"], "level": "INFO"},
    # These tell of each task and each step of a migration otherwise.
    "loggers": {name: {"level": "WARNING"} for name in ("_granian", "alembic", "huey", "markdown_it")},
}


class Lines(logging.Formatter):
    """A record as one JSON object: at, level, logger, event, the request's route, the error's kind."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **_request(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info and record.exc_info[1]:
            line |= _error(record.exc_info[1])
        return json.dumps(line)


def configure() -> None:
    """Let this process write such lines to its standard error."""
    logging.config.dictConfig(CONFIGURATION)
    logging.captureWarnings(True)


def install(app: Flask) -> None:
    """Write down every answer that the application makes; public pages that lie ready are not its own."""
    app.before_request(_begin)
    app.after_request(_answered)


def _begin() -> None:
    g.begun = time.perf_counter()


def _answered(response: Response) -> Response:
    if response.status_code >= 400 or request.endpoint not in QUIET:
        facts: dict[str, object] = {"status": response.status_code}
        if "begun" in g:
            facts["ms"] = round((time.perf_counter() - g.begun) * 1000, 1)
        log.info("answered", extra={"facts": facts})
    return response


def _request() -> dict[str, object]:
    if not has_request_context():
        return {}
    rule = request.url_rule
    method = request.method if request.method in METHODS else "other"
    return {"method": method, "route": rule.rule if rule else "none"}


def _error(error: BaseException) -> dict[str, object]:
    """The kinds of an error and of what caused it, the outermost first, and where the first was raised."""
    kinds: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(kinds) < 10:
        kinds.append(_kind(cause))
        cause = cause.__cause__ or cause.__context__
    frames = traceback.extract_tb(error.__traceback__)
    where = [f"{_place(frame.filename)}:{frame.lineno} in {frame.name}" for frame in frames]
    return {"error": kinds, "trace": where}


def _kind(error: BaseException) -> str:
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    if isinstance(error, DBAPIError):
        return f"{kind}: {error.args[0] if error.args else ''}"
    # A problem's message is a sentence of our own, before anything is filled in.
    return f"{kind}: {error.message}" if isinstance(error, Problem) else kind


def _place(file: str) -> str:
    """The file's last three parts: enough to find it, nothing about the machine."""
    return "/".join(Path(file).parts[-3:])
