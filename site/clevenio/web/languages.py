"""The language of a request: the first segment of its address, on every request, errors too."""

from typing import Any

from flask import Flask, current_app, g, request

from clevenio.errors import Problem
from clevenio.i18n import LANGUAGES, set_language
from clevenio.web import mailed
from clevenio.web.kit import kit


def install(app: Flask) -> None:
    """Choose the language before anything else runs, and fill it into addresses that are built."""
    app.url_value_preprocessor(_choose)
    app.url_defaults(_fill_in)


def speak(language: str) -> None:
    """Answer in a person's own language, where the address names none: behind a mailed link."""
    g.language = g.get("asked_language") or language
    set_language(g.language)


def speak_behind_link() -> None:
    """Refuse at the address of a mailed link in the language that a page there has: the asked one, or the person's."""
    found = mailed.behind()
    if found is None:
        return
    try:
        language = mailed.language_of(*found)
    except Problem:
        # Whose link it is, nobody knows.
        language = None
    g.asked_language = mailed.asked_behind()
    speak(language or g.get("language") or preferred())


def _choose(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    # Done on every request: a worker keeps the last visitor's language otherwise.
    first = request.path.split("/", 2)[1] if request.path.startswith("/") else ""
    language = (values or {}).pop("language", None) or (first if first in LANGUAGES else preferred())
    g.asked_language = mailed.asked_language()
    speak(language)


def preferred() -> str:
    """The language that the browser asks for, else the site's default."""
    # Werkzeug's best_match would let a later "en" win over an earlier "fi-FI", which it matches second.
    wanted = (tag.partition("-")[0].lower() for tag, quality in request.accept_languages if quality)
    return next((tag for tag in wanted if tag in LANGUAGES), kit().settings.default_language)


def _fill_in(endpoint: str, values: dict[str, Any]) -> None:
    if "language" in values:
        return
    if current_app.url_map.is_endpoint_expecting(endpoint, "language"):
        values["language"] = g.get("language", kit().settings.default_language)
    else:
        mailed.carry_on(values)
