"""Puts the room into the application: the variant of each page, its count, and the cookie filter."""

import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import cast

from flask import Flask, Response, request
from sqlalchemy.exc import DBAPIError

from clevenio.consent import cookies, ledger, tags
from clevenio.consent.beside_cache import HEADER
from clevenio.consent.embeds.pieces import Piece, piece
from clevenio.consent.enforcement import CookieFilter
from clevenio.consent.notices import SCOPE_DIGITS, Wording, choices_notice
from clevenio.consent.scopes import Scope, earlier
from clevenio.consent.shown import ShownCounter, is_for_a_screen
from clevenio.i18n import current_language
from clevenio.registry import load
from clevenio.web.kit import SHOWN, VARIANT, Kit

log = logging.getLogger(__name__)
FILTER = "clevenio.cookie_filter"
COUNTER = "clevenio.shown_counter"


def install(app: Flask, kit: Kit) -> None:
    """Say which variant a visitor gets, what the bar shows, count it, and filter what is stored in browsers."""
    kit.variant = cookies.variant
    earlier.read_from(lambda: _archived(kit))
    kit.sources = partial(tags.sources, load())
    # The preference centre knows its visitor; where it is measured there is nothing to type, and no number of a receipt.
    kit.measured.add("consent.choices")
    kit.shared["tags"] = lambda: tags.described(request.endpoint in kit.measured)
    kit.shared["embedded"] = lambda: _embedded(kit)
    kit.shared["question"] = lambda: _question
    app.extensions[COUNTER] = counter = ShownCounter(kit.database, lambda: kit.clock())  # noqa: PLW0108 - tests set another clock

    def count(environ: Mapping[str, object], shown: object) -> None:
        if is_for_a_screen(environ):
            counter.add(cast(Wording, shown))

    @app.after_request
    def count_this_page(response: Response) -> Response:
        shown = request.environ.get(SHOWN)
        if shown and response.status_code == 200:
            response.headers[HEADER] = shown[-1].id
            # A page made for the shelf is nobody's yet: it is counted when it is taken from there.
            if VARIANT not in request.environ:
                count(request.environ, shown[-1])
        return response

    kit.count_shown = count
    app.extensions[FILTER] = app.wsgi_app = CookieFilter(app.wsgi_app)  # type: ignore[method-assign, assignment]


def _question() -> Wording:
    """What the bar asks; whoever calls this shows it, and the request remembers that."""
    notice = choices_notice(current_language())
    request.environ.setdefault(SHOWN, []).append(notice)
    return notice


def _embedded(kit: Kit) -> Callable[[str, str, str], Piece]:
    """For templates: `embedded("youtube", key, title)` is what the macro `embed` shows on this page."""

    def embedded(embed: str, key: str, title: str) -> Piece:
        return piece(kit.settings.secret_keys, embed, key, title, current_language(), request.path)

    return embedded


def _archived(kit: Kit) -> list[tuple[str, Scope]] | None:
    """The beginnings of all versions that were shown; None while the database is out of reach."""
    try:
        with kit.database.session(write=False) as session:
            return [(version[:SCOPE_DIGITS], scope) for version, scope in ledger.choices_shown(session)]
    except DBAPIError:
        log.warning(
            "earlier versions of the choices cannot be read: their answers do not count", exc_info=True
        )
        return None


def shown_counter(app: Flask) -> ShownCounter:
    """The counter of an application, to write what it counted at once or to end it."""
    found: ShownCounter = app.extensions[COUNTER]
    return found


def cookie_filter(app: Flask) -> CookieFilter:
    """The filter of an application, to count what it took or to make it strict."""
    found: CookieFilter = app.extensions[FILTER]
    return found
