"""For machines: what is asked, who receives data, what may be stored; the rule of helpers; the ledger's seals."""

import json
import re
from dataclasses import asdict
from typing import Any
from urllib.parse import quote, urlsplit

from flask import Response, url_for

from clevenio.consent import changes, publication
from clevenio.consent.cookies import NAME
from clevenio.consent.notices import SCOPE_DIGITS, choices_notice
from clevenio.i18n import LANGUAGES
from clevenio.registry import Vendor, load
from clevenio.web.blueprints import SiteBlueprint
from clevenio.web.request import db, settings

bp = SiteBlueprint("registry")


@bp.get("/.well-known/choices.json")
def choices_file() -> Response:
    registry = load()
    notices = {language: choices_notice(language).id for language in LANGUAGES}
    body = {
        "asks": notices[LANGUAGES[0]][:SCOPE_DIGITS],
        "notices": notices,
        "clocks": asdict(registry.clocks),
        "categories": [category.id for category in registry.categories],
        "purposes": [asdict(entry) for entry in registry.purposes.values()],
        "topics": [asdict(entry) for entry in registry.topics.values()],
        "vendors": [_published(entry) for entry in registry.vendors.values()],
        "cookies": [asdict(entry) for entry in registry.cookies.values()],
        "periods": [asdict(entry) for entry in registry.periods.values()],
        "tags": [asdict(entry) for entry in registry.tags.values()],
        "embeds": [asdict(entry) for entry in registry.embeds.values()],
        "changes": changes.document(registry),
        "narrowed": changes.narrowed(),
        "seals": url_for("registry.seals_file"),
    }
    return _document(body)


def _published(vendor: Vendor) -> dict[str, Any]:
    """All of a recipient but whom there we write to, who may be a person."""
    return {name: value for name, value in asdict(vendor).items() if not name.startswith("contact")}


@bp.get("/.well-known/seals.json")
def seals_file() -> Response:
    """The ledger's newest seals, for whoever wants to see that nothing is rewritten."""
    return _document({"about": publication.ABOUT, "seals": publication.published(db())})


@bp.get("/.well-known/autoconsent.json")
def autoconsent_rule() -> Response:
    """How a browser's helper answers the bar for its owner: a rule of DuckDuckGo's autoconsent engine.

    Its selectors are the hooks that every page promises (github.com/duckduckgo/autoconsent, docs/rules.md).
    """
    bar = "#site-choices"
    rule = {
        "name": urlsplit(settings().base_url).hostname,
        "vendorUrl": settings().base_url,
        "runContext": {"urlPattern": f"^{re.escape(settings().base_url)}/"},
        "prehideSelectors": [bar],
        "detectCmp": [{"exists": f"{bar} [data-choice=reject]"}],
        "detectPopup": [{"visible": f"{bar} [data-choice=reject]"}],
        "optIn": [{"waitForThenClick": f"{bar} [data-choice=accept]"}],
        "optOut": [{"waitForThenClick": f"{bar} [data-choice=reject]"}],
        # By this a helper sees whether its refusal took: the choice is there, and allows nothing.
        "test": [{"cookieContains": f"{NAME}="}, {"cookieContains": quote(";c=;", safe="=")}],
    }
    return _document({"autoconsent": [rule]})


def _document(body: object) -> Response:
    response = Response(
        json.dumps(body, ensure_ascii=False, indent=1, default=str), mimetype="application/json"
    )
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response
