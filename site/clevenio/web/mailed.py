"""Pages behind a mailed link: kept from others, and in the other language at the same address.

They have one address in all languages, so that the mails sent before keep working. `?language=` asks for the
other language than the person's own; it changes nothing that is stored.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from flask import current_app, g, request
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import HTTPException

from clevenio.i18n import LANGUAGES
from clevenio.web.addresses import is_localized
from clevenio.web.blueprints import SiteBlueprint
from clevenio.web.headers import keep_token_private

PARAMETER = "language"
_KEPT = "mailed"
_TELLING = "telling_tokens"


def keep(bp: SiteBlueprint) -> None:
    """Say that the pages of `bp` whose address has a `token` are behind a mailed link."""

    def note(state: BlueprintSetupState) -> None:
        state.app.extensions.setdefault(_KEPT, set()).add(state.name)

    bp.record_once(note)
    bp.after_request(keep_token_private)


def tell_language(bp: SiteBlueprint, pages: Mapping[str, Callable[[str], str | None]]) -> None:
    """Say of pages of `bp`, by the name of what shows them, whose language their token tells, where it tells one."""

    def note(state: BlueprintSetupState) -> None:
        told = {f"{state.name}.{page}": language_of for page, language_of in pages.items()}
        state.app.extensions.setdefault(_TELLING, {}).update(told)

    bp.record_once(note)


def is_mailed() -> bool:
    """Whether the page of this request is behind a mailed link and has one address in all languages."""
    return _is_mailed(request.endpoint, request.view_args)


def _is_mailed(endpoint: str | None, values: Mapping[str, Any] | None) -> bool:
    known = (endpoint or "").rpartition(".")[0] in current_app.extensions.get(_KEPT, ())
    return known and "token" in (values or {}) and not is_localized(endpoint)


def behind() -> tuple[str, str] | None:
    """The page behind a mailed link at this request's address, and its token, whatever the request's method is.

    None at every other address.
    """
    endpoint: str | None
    values: Mapping[str, Any]
    endpoint, values = request.endpoint, request.view_args or {}
    # An address that only takes posts, or leads nowhere, has no such page.
    with suppress(HTTPException):
        endpoint, values = current_app.create_url_adapter(request).match(method="GET")  # type: ignore[union-attr]
    return (str(endpoint), str(values["token"])) if _is_mailed(endpoint, values) else None


def language_of(page: str, token: str) -> str | None:
    """The language that a token tells. Raises `BadToken` where it is none."""
    found: Callable[[str], str | None] | None = current_app.extensions.get(_TELLING, {}).get(page)
    return found(token) if found else None


def is_navigated() -> bool:
    """Whether a browser came here from a page of ours, by a press or a redirect, as it says itself (Fetch Metadata).

    Nothing else says so: no mail client, no scanner that was handed an address, and no browser that was, either.
    """
    headers = request.headers
    return headers.get("Sec-Fetch-Mode") == "navigate" and headers.get("Sec-Fetch-Site") == "same-origin"


def asked_language() -> str | None:
    """The language that the address of this page asks for; None where it leaves it to the person's own."""
    return asked_behind() if is_mailed() else None


def asked_behind() -> str | None:
    """The same at an address of which it is known that it is behind a mailed link, whatever the request's method."""
    asked = request.args.get(PARAMETER)
    return asked if asked in LANGUAGES else None


def carry_on(values: dict[str, object]) -> None:
    """Keep the language that was asked for in the addresses under the same token."""
    asked = g.get("asked_language")
    if asked and values.get("token") == (request.view_args or {}).get("token"):
        values[PARAMETER] = asked


def first_page(address: str) -> str:
    """The page that the mail led to, of whose forms `address` may be one."""
    path, _mark, query = address.partition("?")
    below = str(request.url_rule).rpartition("<token>")[2]
    return f"{path.removesuffix(below)}?{query}"
