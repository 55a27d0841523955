"""The webhook: signed, without a session, and the same answer however often one thing is posted."""

from flask import Response, abort, jsonify, request
from flask.typing import ResponseReturnValue

from clevenio.errors import BadInput, Refused
from clevenio.newsletter.bounces import signatures, webhook
from clevenio.newsletter.bounces.operations import Outcome
from clevenio.web.blueprints import SiteBlueprint
from clevenio.web.headers import no_store
from clevenio.web.kit import kit
from clevenio.web.request import db, now, settings

bp = SiteBlueprint("returned_mail")
bp.after_request(no_store)
KINDS = ("application/json", webhook.MAIL)


@bp.post("/hooks/mail")
def take() -> ResponseReturnValue:
    """401 for who may not, 415 and 422 for what cannot be read: then nothing of it is noted."""
    secrets = settings().webhook_secrets
    if not secrets:
        abort(404)
    body, given, counts = request.get_data(), request.headers, dict.fromkeys(Outcome, 0)
    try:
        signatures.check(
            secrets,
            given.get("Webhook-Timestamp", ""),
            given.get("Webhook-Signature", ""),
            body,
            now(),
        )
        if request.mimetype not in KINDS:
            return _fault("Content-Type is application/json or message/rfc822."), 415
        for outcome in webhook.take(db(), settings(), request.mimetype, body, kit().clock):
            db().commit()
            counts[outcome] += 1
    except Refused as problem:
        return _fault(str(problem)), 401
    except BadInput as problem:
        return _fault(str(problem)), 422
    return jsonify(counts)


def _fault(text: str) -> Response:
    return jsonify(error=text)
