"""Puts the kit into a Flask application."""

from flask import Flask

from clevenio.web import (
    access,
    assets,
    cross_site,
    errors,
    headers,
    hosts,
    languages,
    logs,
    numbers,
    probes,
    rendering,
    request,
    sessions,
)
from clevenio.web.kit import EXTENSION, Kit


def install(app: Flask, made: Kit) -> None:
    """Put the kit into an application, before any blueprint is registered."""
    app.extensions[EXTENSION] = made
    settings = made.settings
    app.config.update(
        SECRET_KEY=settings.secret_keys[0],
        SECRET_KEY_FALLBACKS=list(settings.secret_keys[1:]),
        MAX_CONTENT_LENGTH=1_000_000,
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,
    )
    for part in (
        logs,
        hosts,
        numbers,
        languages,
        headers,
        cross_site,
        sessions,
        access,
        errors,
        assets,
        probes,
        request,
    ):
        part.install(app)
    rendering.prepare(settings)
