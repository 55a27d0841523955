"""Where public keys of DKIM and the policy of DMARC come from: from DNS, or from a file for one key."""

from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import dns.exception
import dns.resolver
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from clevenio.errors import BadInput

# The text of a name's TXT record; None where there is none. Raises `Unreachable`.
Lookup = Callable[[str], str | None]
SECONDS = 10


class Unreachable(Exception):
    """DNS gave no answer, which says nothing about whether there is a record."""


def from_dns(name: str) -> str | None:
    """What DNS says, by the resolver of this machine."""
    try:
        answer = dns.resolver.resolve(name, "TXT", lifetime=SECONDS)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return None
    except (dns.exception.DNSException, OSError, UnicodeError) as error:
        raise Unreachable(type(error).__name__) from error
    texts = [b"".join(each.strings).decode("utf-8", "replace") for each in answer]
    if name.startswith("_dmarc."):
        # Those that are no policy are passed over, and of several policies none holds (RFC 7489, 6.6.3).
        texts = [text for text in texts if is_policy(text)]
        return texts[0] if len(texts) == 1 else None
    return texts[0]


def is_policy(record: str) -> bool:
    """Whether a TXT record is one of DMARC."""
    return record.lower().replace(" ", "").startswith("v=dmarc1")


def from_file(path: Path) -> Lookup:
    """One key for every selector: a file with the DNS record's text (`v=DKIM1; …`), or a public key in PEM.

    Nothing else is known then. Raises `BadInput`.
    """
    try:
        text = path.read_text(encoding="ascii").strip()
    except OSError as error:
        reason = error.strerror or "unreadable"
        raise BadInput("%(file)s cannot be read: %(reason)s.", file=path, reason=reason) from error
    except UnicodeDecodeError as error:
        raise BadInput("%(file)s holds no public key.", file=path) from error
    record = _record(text)
    if "p=" not in record:
        raise BadInput("%(file)s holds no public key.", file=path)
    return lambda name: record if "._domainkey." in name else None


def _record(text: str) -> str:
    if not text.startswith("-----BEGIN"):
        # As opendkim-genkey writes it: quoted pieces in parentheses, or the bare text.
        pieces = text.split('"')
        return "".join(pieces[1::2]) if len(pieces) > 2 else text
    try:
        key = load_pem_public_key(text.encode("ascii"))
    except (ValueError, UnsupportedAlgorithm):
        return ""
    if isinstance(key, RSAPublicKey):
        kind, spelled = "rsa", key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    elif isinstance(key, Ed25519PublicKey):
        # The bare key (RFC 8463, 4).
        kind, spelled = "ed25519", key.public_bytes_raw()
    else:
        return ""
    return f"v=DKIM1; k={kind}; p={b64encode(spelled).decode('ascii')}"
