"""A video or map of others, on a page of its own and in the frame of another page.

Other pages are the same for everybody, and their policy lets no foreign frame in. So the frame is always in an
answer of this address, which looks at the choice of the browser that asks; a script puts that answer into the
page, and without one the button leads here.
"""

from flask import Response, make_response, request
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from clevenio.consent.cookies import RECEIPT, chosen
from clevenio.consent.embeds import pieces
from clevenio.consent.embeds.allowing import allow
from clevenio.consent.embeds.pieces import Piece
from clevenio.consent.enforcement import DECIDED
from clevenio.consent.forms import receipt_id
from clevenio.consent.views import remember
from clevenio.errors import BadInput, Problem
from clevenio.web.blueprints import SiteBlueprint
from clevenio.web.errors import say
from clevenio.web.headers import content_security_policy, no_store
from clevenio.web.kit import kit
from clevenio.web.languages import speak
from clevenio.web.rendering import render
from clevenio.web.request import db, now, settings

bp = SiteBlueprint("embeds")
bp.after_request(no_store)
# Asks for the frame alone, to be put into another page of ours.
BARE = "bare"


@bp.get("/e/<token>")
def embed(token: str) -> Response:
    piece = _piece(token)
    return _page(piece, is_shown=piece.is_allowed(chosen(request.environ)))


@bp.post("/e/<token>")
def show(token: str) -> ResponseReturnValue:
    """Show it in this answer alone, of which nothing is kept, or allow its maker from now on."""
    piece, wanted = _piece(token), request.form.get("show")
    if wanted == "once" and piece.is_on:
        return _page(piece, is_shown=True)
    try:
        if wanted != "always" or not piece.is_on:
            raise BadInput("Nothing was changed: say whether to show it once or always.")
        receipt = receipt_id(request.cookies.get(RECEIPT))
        given = allow(db(), receipt, piece, request.form.get("notice"), now())
    except BadInput as problem:
        return _page(piece, is_shown=False, problem=problem), 422
    db().commit()
    request.environ[DECIDED] = given.choices
    response = redirect(request.path, 303)
    remember(response, given)
    return response


def _piece(token: str) -> Piece:
    piece = pieces.opened(settings().secret_keys, token)
    speak(piece.language)
    return piece


def _page(piece: Piece, is_shown: bool, problem: Problem | None = None) -> Response:
    is_bare = BARE in request.values
    response = make_response(
        render(
            f"consent/{'embed_frame' if is_bare else 'embed'}.html",
            piece=piece,
            is_shown=is_shown,
            problem=problem and say(problem),
        )
    )
    more = {} if is_bare else {name: set(origins) for name, origins in kit().sources(False).items()}
    if is_shown:
        more["frame-src"] = {*more.get("frame-src", ()), piece.embed.origin}
    headers = response.headers
    headers["Content-Security-Policy"] = content_security_policy(more, is_framed=is_bare)
    headers["X-Frame-Options"] = "SAMEORIGIN" if is_bare else "DENY"
    return response
