"""The address itself: HTTPS with a user name and a password (RFC 7617), no session, no cookie.

As Google's Data Manager takes it (support.google.com/google-ads-data-manager/answer/14605515): a file with a
header under an address that ends in .csv. Each fetch is an export like any other: same consent, same smallest size, same
declared recipient, on record before a byte leaves.
"""

from flask import Response, abort, request
from flask.typing import ResponseReturnValue

from clevenio import limits
from clevenio.audiences.blurring import no_exact_refusal
from clevenio.audiences.export import handout_now
from clevenio.audiences.platforms import platform
from clevenio.audiences.pulls import operations
from clevenio.audiences.views import streamed
from clevenio.web.blueprints import SiteBlueprint
from clevenio.web.headers import no_store
from clevenio.web.kit import kit
from clevenio.web.network import client_network
from clevenio.web.request import db, now, settings

bp = SiteBlueprint("pulls")
bp.after_request(no_store)


@bp.get("/audiences/<handle>.csv")
def fetch(handle: str) -> ResponseReturnValue:
    """401 for every kind of wrong credentials, 429 for too many, 403 where the audience may not leave or the request came in clear."""
    if request.method == "HEAD":
        abort(405)
    if settings().is_secure and not request.is_secure:
        # A password that came in clear would be let in again by whoever read it.
        abort(403)
    session, key, network = db(write=True), settings().secret_keys[0], client_network()
    if limits.is_spent(session, key, operations.GUESSES, network, now()):
        abort(429)
    given = request.authorization
    known = given is not None and given.type == "basic"
    username, password = (given.username or "", given.password or "") if given and known else ("", "")
    pull = operations.admitted(session, handle, username, password)
    if pull is None:
        if known:
            limits.take(session, key, operations.GUESSES, network, now())
            session.commit()
        return Response(status=401, headers={"WWW-Authenticate": 'Basic realm="audience", charset="UTF-8"'})
    has_room = limits.take(session, key, operations.FETCHES, handle, now())
    chosen, choice = platform(pull.platform, settings().data), operations.choice_of(session, pull, now())
    if has_room:
        pull.pulled_at = now()
    session.commit()
    if not has_room:
        abort(429)
    opened = handout_now(
        kit().database, settings(), chosen, choice, actor=operations.ACTOR, now=now(), is_one_file=True
    )
    with no_exact_refusal():
        return streamed(opened, f"audience-{chosen.id}")
