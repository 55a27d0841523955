"""Puts the room into the application: the variant of each page and the cookie filter."""

import logging
from collections.abc import Callable

from flask import Flask, request
from sqlalchemy.exc import DBAPIError

from clevenio.consent import cookies, ledger, tags
from clevenio.consent.embeds.pieces import Piece, piece
from clevenio.consent.enforcement import CookieFilter
from clevenio.consent.notices import SCOPE_DIGITS, choices_notice
from clevenio.consent.scopes import Scope, earlier
from clevenio.i18n import current_language
from clevenio.registry import load
from clevenio.web.kit import Kit

log = logging.getLogger(__name__)
FILTER = "clevenio.cookie_filter"


def install(app: Flask, kit: Kit) -> None:
    """Say which variant a visitor gets, what the bar shows, and filter what is stored in browsers."""
    kit.variant = cookies.variant
    earlier.read_from(lambda: _archived(kit))
    kit.sources = tags.sources(load())
    kit.shared["tags"] = tags.described
    kit.shared["embedded"] = lambda: _embedded(kit)
    kit.shared["choices_notice"] = lambda: choices_notice(current_language())
    app.extensions[FILTER] = app.wsgi_app = CookieFilter(app.wsgi_app)  # type: ignore[method-assign, assignment]


def _embedded(kit: Kit) -> Callable[[str, str, str], Piece]:
    """For templates: `embedded("youtube", key, title)` is what the macro `embed` shows on this page."""

    def embedded(embed: str, key: str, title: str) -> Piece:
        return piece(kit.settings.secret_keys, embed, key, title, current_language(), request.path)

    return embedded


def _archived(kit: Kit) -> list[tuple[str, Scope]] | None:
    """The beginnings of all versions that were answered; None while the database is out of reach."""
    try:
        with kit.database.session(write=False) as session:
            return [(version[:SCOPE_DIGITS], scope) for version, scope in ledger.choices_shown(session)]
    except DBAPIError:
        log.warning(
            "earlier versions of the choices cannot be read: their answers do not count", exc_info=True
        )
        return None


def cookie_filter(app: Flask) -> CookieFilter:
    """The filter of an application, to count what it took or to make it strict."""
    found: CookieFilter = app.extensions[FILTER]
    return found
