"""Puts the room into the application: the variant of each page and the cookie filter."""

from flask import Flask

from clevenio.consent import cookies, tags
from clevenio.consent.enforcement import CookieFilter
from clevenio.consent.notices import choices_notice
from clevenio.i18n import current_language
from clevenio.registry import load
from clevenio.web.kit import Kit

FILTER = "clevenio.cookie_filter"


def install(app: Flask, kit: Kit) -> None:
    """Say which variant a visitor gets, what the bar shows, and filter what is stored in browsers."""
    kit.variant = cookies.variant
    kit.sources = tags.sources(load())
    kit.shared["tags"] = tags.described
    kit.shared["choices_notice"] = lambda: choices_notice(current_language())
    app.extensions[FILTER] = app.wsgi_app = CookieFilter(app.wsgi_app)  # type: ignore[method-assign, assignment]


def cookie_filter(app: Flask) -> CookieFilter:
    """The filter of an application, to count what it took or to make it strict."""
    found: CookieFilter = app.extensions[FILTER]
    return found
