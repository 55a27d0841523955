"""The registry for machines: what is asked, who receives data, and what may be stored."""

import json
from dataclasses import asdict

from flask import Response

from clevenio.consent.notices import SCOPE_DIGITS, choices_notice
from clevenio.i18n import LANGUAGES
from clevenio.registry import load
from clevenio.web.blueprints import SiteBlueprint

bp = SiteBlueprint("registry")


@bp.get("/.well-known/choices.json")
def choices_file() -> Response:
    registry = load()
    notices = {language: choices_notice(language).id for language in LANGUAGES}
    body = {
        "asks": notices[LANGUAGES[0]][:SCOPE_DIGITS],
        "notices": notices,
        "categories": [category.id for category in registry.categories],
        "purposes": [asdict(entry) for entry in registry.purposes.values()],
        "topics": [asdict(entry) for entry in registry.topics.values()],
        "vendors": [asdict(entry) for entry in registry.vendors.values()],
        "cookies": [asdict(entry) for entry in registry.cookies.values()],
        "periods": [asdict(entry) for entry in registry.periods.values()],
    }
    response = Response(json.dumps(body, ensure_ascii=False, indent=1), mimetype="application/json")
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response
