"""A mail that came back, looked at as a whole."""

from datetime import datetime
from pathlib import Path

from clevenio.deliverability import headers, signatures, verdicts
from clevenio.deliverability.keys import Lookup, from_dns, from_file
from clevenio.deliverability.message import opened
from clevenio.health import Finding


def examine(path: Path, key: Path | None, now: datetime, lookup: Lookup = from_dns) -> list[Finding]:
    """Everything that a receiver would look at in the mail of a file. Raises `BadInput` for one that is none.

    `key` is a file with the public key; without it keys and policies come from DNS.
    """
    mail = opened(path)
    keys = from_file(key) if key else lookup
    return [
        *headers.look(mail, now),
        *signatures.look(mail, keys),
        *verdicts.look(mail, None if key else lookup),
    ]
