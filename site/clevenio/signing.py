"""Signed links, sealed payloads and keyed hashes.

A link carries a random handle and its signature, nothing else: no address, no counter. The row
under the handle says what the link may do. Keys form a ring: the newest signs, all verify, so
links from before a rotation keep working.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from typing import Any

import itsdangerous
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from clevenio.errors import BadToken

HANDLE_BYTES = 15


def new_handle() -> str:
    """A random handle: 15 bytes as 20 URL-safe characters."""
    return secrets.token_urlsafe(HANDLE_BYTES)


class Signer:
    """Signs and verifies handles for one purpose; a token of one purpose opens nothing else."""

    def __init__(self, keys: Sequence[str], purpose: str) -> None:
        # itsdangerous takes the newest key last.
        self._signer = itsdangerous.Signer(
            list(reversed(keys)),
            salt=f"clevenio.{purpose}",
            sep=".",
            key_derivation="hmac",
            digest_method=hashlib.sha256,
        )

    def sign(self, handle: str) -> str:
        """The token for a handle: 64 characters of the URL-safe alphabet and one dot."""
        return self._signer.sign(handle).decode("ascii")

    def unsign(self, token: str) -> str:
        """The handle of a token. Raises `BadToken`, and never reads what was not signed."""
        try:
            _, _, signature = token.rpartition(".")
            # The last character of base64 holds two idle bits, so four spellings mean the same bytes.
            if itsdangerous.base64_encode(itsdangerous.base64_decode(signature)).decode("ascii") != signature:
                raise BadToken
            return self._signer.unsign(token.encode("utf-8", "replace")).decode("ascii")
        except (itsdangerous.BadData, UnicodeError) as error:
            raise BadToken from error


class Sealer:
    """Seals what a browser keeps for us, for one purpose: readable, signed with HMAC-SHA-256 by the key ring."""

    def __init__(self, keys: Sequence[str], purpose: str) -> None:
        self._serializer = itsdangerous.URLSafeSerializer(
            list(reversed(keys)),
            salt=f"clevenio.sealed.{purpose}",
            signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
        )

    def seal(self, payload: object) -> str:
        """A payload that JSON can hold, as one text of the URL-safe alphabet and dots."""
        sealed: str | bytes = self._serializer.dumps(payload)
        return sealed if isinstance(sealed, str) else sealed.decode("ascii")

    def unseal(self, sealed: str) -> Any:
        """The payload again. Raises `BadToken`, and never reads what was not sealed."""
        try:
            return self._serializer.loads(sealed)
        except itsdangerous.BadData as error:
            raise BadToken from error


class Cipher:
    """Encrypts and authenticates what is kept (Fernet), for one purpose, by keys outside the database.

    Keys form a ring: the newest encrypts, all decrypt.
    """

    def __init__(self, keys: Sequence[str], purpose: str) -> None:
        self._fernet = MultiFernet([_fernet(key, purpose) for key in keys])

    def encrypt(self, content: bytes) -> bytes:
        """The content as a Fernet token."""
        return self._fernet.encrypt(content)

    def decrypt(self, token: bytes) -> bytes:
        """The content again. Raises `BadToken` where its key has left the ring."""
        try:
            return self._fernet.decrypt(token)
        except InvalidToken as error:
            raise BadToken from error


def _fernet(key: str, purpose: str) -> Fernet:
    derived = HKDF(SHA256(), length=32, salt=None, info=f"clevenio.{purpose}".encode())
    return Fernet(base64.urlsafe_b64encode(derived.derive(key.encode("utf-8"))))


def keyed_hash(key: str, *parts: str) -> str:
    """HMAC-SHA-256 of the parts, in lower-case hex. The parts cannot run into each other."""
    return hmac.digest(key.encode("utf-8"), _apart(parts), "sha256").hex()


def keyed_hashes(key: str, *first: str) -> Callable[[str], str]:
    """What `keyed_hash` makes of a last part behind these, for very many: HMAC as RFC 2104 writes it down."""
    secret, sha256 = key.encode("utf-8"), hashlib.sha256
    if len(secret) > _BLOCK:
        secret = sha256(secret).digest()
    secret = secret.ljust(_BLOCK, b"\0")
    inner = secret.translate(_INNER) + _apart(first)
    outer = secret.translate(_OUTER)

    def hashed(last: str) -> str:
        part = last.encode("utf-8")
        message = sha256(inner + len(part).to_bytes(4, "big") + part)
        return sha256(outer + message.digest()).hexdigest()

    return hashed


# SHA-256's block, and what RFC 2104 adds to each byte of a key.
_BLOCK = 64
_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))


def _apart(parts: Sequence[str]) -> bytes:
    return b"".join(
        [len(part).to_bytes(4, "big") + part for part in [text.encode("utf-8") for text in parts]]
    )
