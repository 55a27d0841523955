"""Turns what went wrong into a page and a status, in one place."""

import logging
from collections.abc import Iterator

from flask import Flask, g, request
from flask.typing import ResponseReturnValue
from markupsafe import escape
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

from clevenio.errors import BadInput, BadToken, Missing, Problem, Refused, Unavailable
from clevenio.i18n import gettext as _
from clevenio.web import mailed
from clevenio.web.access import current_member
from clevenio.web.languages import speak_behind_link
from clevenio.web.nearest import nearest
from clevenio.web.rendering import render
from clevenio.web.typed import typed

log = logging.getLogger(__name__)
STATUS = ((Missing, 404), (Refused, 403), (Unavailable, 503), (BadInput, 422))


def install(app: Flask) -> None:
    """Register one handler for each kind of failure."""
    app.register_error_handler(Problem, _problem)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(Exception, _unexpected)


def say(problem: Problem) -> str:
    """What a problem says, in the language of the reader."""
    return _(problem.message, **problem.values)


def _page(status: int, title: str, text: str, *, is_link: bool = False) -> tuple[str, int, dict[str, str]]:
    """The page that says it, and where to go from there. `is_link`: it was a mailed link that led nowhere."""
    headers = {"Cache-Control": "no-store"}
    carried = None
    # Over no page behind a mailed link does a bar stand.
    barless = {"bar_variant": "none"} if mailed.behind() else {}
    if status == 503:
        headers["Retry-After"] = "30"
        carried = typed()
    for template in _templates():
        try:
            return (
                render(
                    template,
                    status=status,
                    title=title,
                    text=text,
                    is_link=is_link,
                    typed=carried,
                    form=carried.form if carried else None,
                    meant=nearest(request.path) if status == 404 and not is_link else None,
                    canonical=None,
                    head=None,
                    **barless,
                ),
                status,
                headers,
            )
        except Exception:
            log.exception("the error page broke")
    body = f"<!doctype html><title>{escape(title)}</title><h1>{escape(title)}</h1><p>{escape(text)}</p>"
    return body, status, headers


def _templates() -> Iterator[str]:
    """The pages that say it: inside the back office its own, which knows the way on; else the public one."""
    try:
        member = current_member() if request.path.startswith("/staff/") else None
        if member is not None and member.kind == "staff" and member.confirmed_at is not None:
            yield "errors/staff.html"
    except Exception:
        log.exception("nobody could say who is there")
    yield "errors/problem.html"


def _titles(status: int) -> tuple[str, str]:
    known = {
        403: (_("This is not allowed"), _("You may not open this, or the form came from another site.")),
        404: (
            _("There is no such page"),
            _("The address may be old or mistyped. Everything there is can be reached from the front page."),
        ),
        405: (_("This cannot be done here"), _("Go back and use the buttons of the page.")),
        413: (_("This is too large"), _("What you sent is larger than we can take. Make it shorter.")),
        414: (
            _("This address is too long"),
            _(
                "No page of ours has an address as long as this. Everything can be reached from the front page."
            ),
        ),
        431: (
            _("Your browser sends too much"),
            _("It sends more along than we read. Delete the cookies it keeps for this site, then try again."),
        ),
        500: (
            _("Something broke at our end"),
            _("Nothing you did was wrong. Try again in a moment; what you had typed was not saved."),
        ),
        503: (
            _("We cannot answer just now"),
            _("Nothing was saved. Wait a moment and send it again."),
        ),
    }
    return known.get(status, (_("This did not work"), _("Go back and try again.")))


def _problem(problem: Problem) -> tuple[str, int, dict[str, str]]:
    status = next((code for kind, code in STATUS if isinstance(problem, kind)), 400)
    is_link = isinstance(problem, BadToken)
    title = _("An old or incomplete link") if is_link else _titles(status)[0]
    return _page(status, title, say(problem), is_link=is_link)


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400 or error.response is not None:
        return error.get_response()
    speak_behind_link()
    body, status, headers = _page(error.code, *_titles(error.code))
    if error.code == 405:
        headers.update(value for value in error.get_headers() if value[0] == "Allow")
    return body, status, headers


def _database(error: DBAPIError) -> tuple[str, int, dict[str, str]]:
    log.error("the database did not answer", exc_info=error)
    _rollback()
    return _page(503, *_titles(503))


def _unexpected(error: Exception) -> tuple[str, int, dict[str, str]]:
    log.error("a page broke", exc_info=error)
    _rollback()
    return _page(500, *_titles(500))


def _rollback() -> None:
    if "session" in g:
        g.session.rollback()
