"""Structured data (schema.org, as JSON-LD): who answers for the site, where a page stands in it, how old it is.

A block of data is no script, and the content security policy lets it stand (HTML, "prepare the script
element": what is neither script, module nor map is left before the policy is asked).
"""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import accumulate

from markupsafe import Markup

from clevenio.heads import Head, heads
from clevenio.i18n import LANGUAGES, postal
from clevenio.settings import Settings

HOME = "pages.home"
Node = dict[str, object]


def structured(
    settings: Settings, language: str, addresses: dict[str, str], endpoint: str, modified: date | None
) -> Markup:
    """The data of a page that has a head. `addresses` are the paths of all such pages, by endpoint."""
    known = heads(language)
    if endpoint == HOME:
        nodes = [_organization(settings), _site(settings)]
    else:
        nodes = [_trail(settings, [*_above(addresses, endpoint), endpoint], known, addresses)]
        if modified:
            nodes.append(_text(settings, language, known[endpoint], addresses[endpoint], modified))
    whole = {"@context": "https://schema.org", "@graph": nodes}
    text = json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
    # No name out of the settings ends the element or begins another one.
    safe = text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    # nosemgrep: markup-is-not-made-of-variables -- JSON whose every special character is escaped above
    return Markup(safe)  # noqa: S704 # nosec B704


def _organization(settings: Settings) -> Node:
    return {
        "@type": "Organization",
        "@id": f"{settings.base_url}/#organization",
        "name": settings.controller_name,
        "url": f"{settings.base_url}/",
        "email": settings.controller_contact,
        "address": postal(settings.controller_address),
    }


def _site(settings: Settings) -> Node:
    return {
        "@type": "WebSite",
        "@id": f"{settings.base_url}/#website",
        "name": settings.controller_name,
        "url": f"{settings.base_url}/",
        "inLanguage": list(LANGUAGES),
        "publisher": {"@id": f"{settings.base_url}/#organization"},
    }


def _text(settings: Settings, language: str, head: Head, path: str, modified: date) -> Node:
    return {
        "@type": "WebPage",
        "name": head.title,
        "url": settings.base_url + path,
        "inLanguage": language,
        "dateModified": modified.isoformat(),
        "isPartOf": {"@id": f"{settings.base_url}/#website"},
    }


def _trail(
    settings: Settings, trail: list[str], known: Mapping[str, Head], addresses: dict[str, str]
) -> Node:
    items = [
        {
            "@type": "ListItem",
            "position": place,
            "name": known[endpoint].name,
            "item": settings.base_url + addresses[endpoint],
        }
        for place, endpoint in enumerate(trail, 1)
    ]
    return {"@type": "BreadcrumbList", "itemListElement": items}


def _above(addresses: dict[str, str], endpoint: str) -> Iterator[str]:
    """The pages above one, by its address: the front page first."""
    by_path = {path.rstrip("/"): endpoint for endpoint, path in addresses.items()}
    segments = addresses[endpoint].rstrip("/").split("/")
    for path in list(accumulate(segments, lambda whole, part: f"{whole}/{part}"))[:-1]:
        if path in by_path:
            yield by_path[path]
