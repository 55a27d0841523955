"""Secrets of apps as they are kept: sealed by a key outside the database, so that a copy of it opens nothing.

Keys form the ring of `SECRET_KEYS`: the newest seals, all open, and what was sealed by an older one is
sealed anew when it is used.
"""

import base64
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def seal(keys: Sequence[str], secret: str) -> str:
    """The secret, encrypted and authenticated (Fernet)."""
    return _fernet(keys[0]).encrypt(secret.encode("ascii")).decode("ascii")


def unseal(keys: Sequence[str], sealed: str) -> str | None:
    """The secret again; None where its key has left the ring."""
    try:
        return MultiFernet([_fernet(key) for key in keys]).decrypt(sealed.encode("ascii")).decode("ascii")
    except InvalidToken:
        return None


def is_current(keys: Sequence[str], sealed: str) -> bool:
    """Whether the newest key sealed it."""
    return unseal(keys[:1], sealed) is not None


def _fernet(key: str) -> Fernet:
    derived = HKDF(SHA256(), length=32, salt=None, info=b"clevenio.factors.totp")
    return Fernet(base64.urlsafe_b64encode(derived.derive(key.encode("utf-8"))))
