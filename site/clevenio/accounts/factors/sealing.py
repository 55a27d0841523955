"""Secrets of apps as they are kept: sealed by a key outside the database, so that a copy of it opens nothing.

Keys form the ring of `SECRET_KEYS`: the newest seals, all open, and what was sealed by an older one is
sealed anew when it is used.
"""

from collections.abc import Sequence

from clevenio.errors import BadToken
from clevenio.signing import Cipher

PURPOSE = "factors.totp"


def seal(keys: Sequence[str], secret: str) -> str:
    """The secret, encrypted and authenticated (Fernet)."""
    return Cipher(keys, PURPOSE).encrypt(secret.encode("ascii")).decode("ascii")


def unseal(keys: Sequence[str], sealed: str) -> str | None:
    """The secret again; None where its key has left the ring."""
    try:
        return Cipher(keys, PURPOSE).decrypt(sealed.encode("ascii")).decode("ascii")
    except BadToken:
        return None


def is_current(keys: Sequence[str], sealed: str) -> bool:
    """Whether the newest key sealed it."""
    return unseal(keys[:1], sealed) is not None
