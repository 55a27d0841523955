"""Pages behind a mailed link: kept from others, and in the other language at the same address.

They have one address in all languages, so that the mails sent before keep working. `?language=` asks for the
other language than the person's own; it changes nothing that is stored.
"""

from flask import current_app, g, request
from flask.blueprints import BlueprintSetupState

from clevenio.i18n import LANGUAGES
from clevenio.web.addresses import is_localized
from clevenio.web.blueprints import SiteBlueprint
from clevenio.web.headers import keep_token_private

PARAMETER = "language"
_KEPT = "mailed"


def keep(bp: SiteBlueprint) -> None:
    """Say that the pages of `bp` whose address has a `token` are behind a mailed link."""

    def note(state: BlueprintSetupState) -> None:
        state.app.extensions.setdefault(_KEPT, set()).add(state.name)

    bp.record_once(note)
    bp.after_request(keep_token_private)


def is_mailed() -> bool:
    """Whether the page of this request is behind a mailed link and has one address in all languages."""
    known = request.blueprint in current_app.extensions.get(_KEPT, ())
    return known and "token" in (request.view_args or {}) and not is_localized(request.endpoint)


def is_navigated() -> bool:
    """Whether a browser came here from a page of ours, by a press or a redirect, as it says itself (Fetch Metadata).

    Nothing else says so: no mail client, no scanner that was handed an address, and no browser that was, either.
    """
    headers = request.headers
    return headers.get("Sec-Fetch-Mode") == "navigate" and headers.get("Sec-Fetch-Site") == "same-origin"


def asked_language() -> str | None:
    """The language that the address of this page asks for; None where it leaves it to the person's own."""
    asked = request.args.get(PARAMETER) if is_mailed() else None
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
