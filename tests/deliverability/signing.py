"""Mails that were signed by a relay of ours and arrived somewhere, and the DNS that goes with them."""

from base64 import b64encode
from functools import cache

import dkim
from cryptography.hazmat.primitives import serialization as spelled
from cryptography.hazmat.primitives.asymmetric import rsa

SIGNED = (
    "From To Subject Date Message-ID MIME-Version Content-Type Reply-To List-ID List-Unsubscribe "
    "List-Unsubscribe-Post"
).split()


@cache
def private_key(bits: int = 2048) -> bytes:
    """A key that only this run knows, as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    return key.private_bytes(
        spelled.Encoding.PEM, spelled.PrivateFormat.TraditionalOpenSSL, spelled.NoEncryption()
    )


def public_key(bits: int = 2048, *, as_pem: bool = False) -> bytes:
    """The other half: as PEM, or in DER as records hold it."""
    key = spelled.load_pem_private_key(private_key(bits), None).public_key()
    form = spelled.Encoding.PEM if as_pem else spelled.Encoding.DER
    return key.public_bytes(form, spelled.PublicFormat.SubjectPublicKeyInfo)


def record(bits: int = 2048) -> str:
    """The text of the key's TXT record."""
    return f"v=DKIM1; k=rsa; p={b64encode(public_key(bits)).decode('ascii')}"


def signed(
    message: bytes, domain: str = "example.com", *, bits: int = 2048, headers=SIGNED, **options
) -> bytes:
    """The message with a signature in front, as the relay adds it."""
    wire = message.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    there = {line.partition(b":")[0].lower() for line in wire.partition(b"\r\n\r\n")[0].split(b"\r\n")}
    covered = [name.encode() for name in headers if name.lower().encode() in there]
    signature = dkim.sign(
        wire,
        b"mail",
        domain.encode(),
        private_key(bits),
        canonicalize=(b"relaxed", b"relaxed"),
        include_headers=covered,
        **options,
    )
    return bytes(signature) + wire
