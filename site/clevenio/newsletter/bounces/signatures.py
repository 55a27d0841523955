"""Who may post to the webhook: whoever signs with the shared secret, and lately.

The signature is the HMAC-SHA-256, in lower-case hex, over the timestamp, a full stop and the body as it
stands. A post that somebody recorded is worth nothing five minutes later.
"""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from clevenio.errors import Refused

WINDOW = timedelta(minutes=5)
VERSION = "v1="


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What stands in `Webhook-Signature` for a body sent at a timestamp (seconds of the epoch)."""
    signed = timestamp.encode("ascii") + b"." + body
    return VERSION + hmac.new(secret.encode("utf-8"), signed, hashlib.sha256).hexdigest()


def check(secrets: Sequence[str], timestamp: str, given: str, body: bytes, now: datetime) -> None:
    """Raises `Refused` unless one of the signatures, with spaces between, is of one of the secrets, and recent."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise Refused("Webhook-Timestamp is not there, or is not a number of seconds.")
    if abs(now.timestamp() - int(timestamp)) > WINDOW.total_seconds():
        raise Refused("Webhook-Timestamp is more than five minutes from now.")
    if not _is_signed(secrets, timestamp, given.split(), body):
        raise Refused("Webhook-Signature does not fit the body.")


def _is_signed(secrets: Iterable[str], timestamp: str, given: Sequence[str], body: bytes) -> bool:
    # Few: each costs a comparison, and two are enough while a secret is changed.
    return any(
        hmac.compare_digest(signature(secret, timestamp, body).encode("ascii"), each.encode("utf-8"))
        for secret in secrets
        for each in given[:5]
    )
