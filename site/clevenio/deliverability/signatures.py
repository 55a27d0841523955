"""DKIM and what rests on it: is a signature whole, does it cover what it must, is it the author's own."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import dkim

from clevenio.deliverability.headers import MARKETING, author_domain
from clevenio.deliverability.keys import Lookup, Unreachable
from clevenio.deliverability.message import Arrived
from clevenio.health import Finding, Verdict
from clevenio.i18n import lazy_gettext as _l

GOOD, WARNING, BAD = Verdict.GOOD, Verdict.WARNING, Verdict.BAD
# RFC 6376 5.4.1, as far as our mail has them: somebody could change those that are not signed.
SHOULD = ("subject", "date", "to", "message-id", "mime-version", "content-type")
WEAK = 2048
MOST = 10


@dataclass(frozen=True)
class Signature:
    """One DKIM-Signature: its domain and selector, what it covers, and what is wrong with it."""

    domain: str
    selector: str
    covered: frozenset[str]
    fault: str = ""
    bits: int = 0
    is_partial: bool = False
    is_test: bool = False
    remarks: tuple[str, ...] = field(default=())


def read(mail: Arrived, lookup: Lookup) -> list[Signature]:
    """Every signature, checked with the key that `lookup` finds."""
    number = min(len(mail.all("DKIM-Signature")), MOST)
    return [_read(mail, index, lookup) for index in range(number)]


def _read(mail: Arrived, index: int, lookup: Lookup) -> Signature:
    tags = _tags(mail.all("DKIM-Signature")[index].value)
    domain, selector = tags.get("d", "").lower(), tags.get("s", "")
    covered = frozenset(name.strip().lower() for name in tags.get("h", "").split(":"))
    try:
        record = lookup(f"{selector}._domainkey.{domain}")
    except Unreachable as error:
        fault = _l("DNS does not answer (%(error)s)", error=str(error))
        return Signature(domain, selector, covered, fault)
    if not record:
        fault = _l("DNS has no key at %(name)s", name=f"{selector}._domainkey.{domain}")
        return Signature(domain, selector, covered, fault)
    fault, bits = _verify(mail, index, record)
    is_test = "y" in _tags(record).get("t", "").split(":")
    return Signature(domain, selector, covered, fault, bits, "l" in tags, is_test)


def _verify(mail: Arrived, index: int, record: str) -> tuple[str, int]:
    """What is wrong with a signature, empty for nothing, and the size of its key."""
    checked = dkim.DKIM(mail.data)
    try:
        holds = checked.verify(index, dnsfunc=lambda _name, **_options: record.encode("utf-8"))
    except dkim.ValidationError as error:
        if "body hash" in str(error):
            return _l("the body was changed after it was signed"), 0
        return _l("it breaks a rule: %(rule)s", rule=str(error)), 0
    except (dkim.DKIMException, ValueError, LookupError, TypeError) as error:
        return _l("it cannot be checked: %(error)s", error=str(error)), 0
    if holds:
        return "", int(checked.keysize)
    return _l("it does not fit the header and the key: one of them was changed"), 0


def _tags(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip(): "".join(value.split()) for name, sign, value in pairs if sign}


def look(mail: Arrived, lookup: Lookup) -> Iterator[Finding]:
    """Signature, its `h=` and key, and alignment with From (RFC 6376, RFC 8058 3.1, RFC 7489 3.1)."""
    found = read(mail, lookup)
    if not found:
        text = _l("There is no DKIM signature. Have the relay sign: docs/postfix.md says how.")
        yield Finding("dkim", BAD, text)
        return
    whole = [each for each in found if not each.fault]
    author = author_domain(mail)
    for each in found:
        yield _validity(each, is_needed=not any(aligned(other.domain, author) for other in whole))
    for each in whole:
        yield from _coverage(mail, each)
        yield from _strength(each)
    if author:
        yield _alignment(whole, author)


def _validity(signature: Signature, is_needed: bool) -> Finding:
    if not signature.fault:
        return Finding("dkim", GOOD, _l("The signature of %(domain)s holds.", domain=signature.domain))
    text = _l(
        "The signature of %(domain)s does not hold: %(fault)s.",
        domain=signature.domain,
        fault=signature.fault,
    )
    return Finding("dkim", BAD if is_needed else WARNING, text)


def _coverage(mail: Arrived, signature: Signature) -> Iterator[Finding]:
    needed = ["From", *(name for name in MARKETING if mail.all(name))]
    missing = [name for name in needed if name.lower() not in signature.covered]
    if missing:
        text = _l(
            "h= of %(domain)s does not cover %(names)s: receivers then do not trust one click (RFC 8058 3.1). "
            "Add them to the headers that the relay signs.",
            domain=signature.domain,
            names=", ".join(missing),
        )
        yield Finding("dkim h=", BAD, text)
    else:
        text = _l("h= of %(domain)s covers %(names)s.", domain=signature.domain, names=", ".join(needed))
        yield Finding("dkim h=", GOOD, text)
    weak = [name for name in SHOULD if mail.all(name) and name not in signature.covered]
    if weak:
        text = _l(
            "h= of %(domain)s should cover %(names)s, too (RFC 6376 5.4.1).",
            domain=signature.domain,
            names=", ".join(weak),
        )
        yield Finding("dkim h=", WARNING, text)


def _strength(signature: Signature) -> Iterator[Finding]:
    if signature.is_partial:
        text = _l(
            "The signature of %(domain)s covers a part of the body only (l=): anything can be appended.",
            domain=signature.domain,
        )
        yield Finding("dkim l=", BAD, text)
    if 256 < signature.bits < WEAK:
        text = _l(
            "The key of %(domain)s has %(bits)s bits; 2048 are usual (RFC 8301 3.2).",
            domain=signature.domain,
            bits=signature.bits,
        )
        yield Finding("dkim key", WARNING, text)
    if signature.is_test:
        text = _l(
            "The key of %(domain)s says that DKIM is being tried out (t=y). Take that away.",
            domain=signature.domain,
        )
        yield Finding("dkim key", WARNING, text)


def _alignment(whole: list[Signature], author: str) -> Finding:
    if any(aligned(each.domain, author) for each in whole):
        return Finding("alignment", GOOD, _l("A signature that holds is of the domain in From (DMARC)."))
    text = _l(
        "No signature that holds is of %(author)s, the domain in From, so DMARC fails. Sign with that domain.",
        author=author,
    )
    return Finding("alignment", BAD, text)


def aligned(domain: str, author: str) -> bool:
    """Whether a domain is the author's, above it or below it: what relaxed alignment lets through without a list of suffixes.

    Two neighbours below one domain may be aligned, too (RFC 7489 3.1); that is not assumed.
    """
    one, other = f".{domain.rstrip('.')}", f".{author.rstrip('.')}"
    return "." in domain and "." in author and (one.endswith(other) or other.endswith(one))
