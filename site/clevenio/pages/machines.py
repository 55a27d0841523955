"""Files for machines: what there is to crawl, and where to report a weakness."""

from datetime import date, timedelta

from flask import Response, current_app, url_for

from clevenio import legal
from clevenio.heads import heads
from clevenio.i18n import LANGUAGES, local_day
from clevenio.web.blueprints import SiteBlueprint
from clevenio.web.rendering import render
from clevenio.web.request import now, settings

bp = SiteBlueprint("machines")
STAFF = "/staff/"


@bp.get("/sitemap.xml")
def sitemap() -> Response:
    """Every page to be found, in every language, each with its alternates (sitemaps.org, hreflang)."""
    base = settings().base_url
    pages = [
        (
            {language: base + url_for(endpoint, language=language) for language in LANGUAGES},
            _modified(endpoint, local_day(now())),
        )
        for endpoint in heads(LANGUAGES[0])
    ]
    return Response(render("pages/sitemap.xml", pages=pages), mimetype="application/xml")


def _modified(endpoint: str, today: date) -> date | None:
    """Since when a page reads as it does: known of the legal texts, whose versions are dated."""
    text = endpoint.removeprefix("pages.").removesuffix("_versions")
    return legal.current(text, today).date if text in legal.TEXTS else None


@bp.get("/robots.txt")
def robots() -> Response:
    """Everything public may be crawled; pages behind a token or a login of staff are not for crawlers."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in _closed())]
    return _text([*lines, "", f"Sitemap: {settings().base_url}/sitemap.xml"])


def _closed() -> list[str]:
    """What the addresses that are not for crawlers begin with, each once."""
    rules = [rule.rule for rule in current_app.url_map.iter_rules()]
    behind_tokens = {before for before, token, _ in (rule.partition("<token>") for rule in rules) if token}
    return [STAFF, *sorted(path for path in behind_tokens if not path.startswith(STAFF))]


@bp.get("/.well-known/security.txt")
def security() -> Response:
    """Where to report a weakness (RFC 9116). Its end is always less than a year away, as the RFC advises."""
    end = (now() + timedelta(days=180)).replace(hour=0, minute=0, second=0, microsecond=0)
    return _text(
        [
            f"Contact: mailto:{settings().controller_contact}",
            f"Expires: {end.strftime('%Y-%m-%dT%H:%M:%SZ')}",
            "Preferred-Languages: fi, en",
            f"Canonical: {settings().base_url}/.well-known/security.txt",
        ]
    )


def _text(lines: list[str]) -> Response:
    return Response("\n".join([*lines, ""]), mimetype="text/plain")
