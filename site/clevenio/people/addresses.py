"""E-mail addresses, checked and normalised once, on write.

Nothing here asks the network. Syntax is RFC 5321, 5322 and 6531 as email-validator reads them;
international domains follow IDNA 2008 with the mappings of UTS 46.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from email_validator import (
    SPECIAL_USE_DOMAIN_NAMES,
    EmailNotValidError,
    ValidatedEmail,
    validate_email,
)
from email_validator.rfc_constants import CASE_INSENSITIVE_MAILBOX_NAMES

from clevenio.errors import BadInput
from clevenio.people.hosts import plain_host
from clevenio.people.text import CONTROL, SPACE, tidy

# RFC 5321 4.5.3.1.3, without the angle brackets.
LONGEST = 254
# A local part that is a dot-atom of RFC 5322 in ASCII (RFC 5321 4.5.3.1.1 for its length) is taken as it is.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_PLAIN = re.compile(rf"(?=.{{1,64}}\Z){_ATOM}(?:\.{_ATOM})*")
# The marks of an atom.
_NO_MARKS = str.maketrans("", "", "!#$%&'*+-./=?^_`{|}~")
# An encoded word, which a mail program would read as other addresses (RFC 2047 section 5 keeps it out of them).
_ENCODED = re.compile(r"=\?[^?]+\?[bq]\?.*\?=", re.IGNORECASE)
# How the names end that mail does not reach (RFC 6761).
_SPECIAL_USE = frozenset(name.rpartition(".")[2] for name in SPECIAL_USE_DOMAIN_NAMES)
GMAIL = frozenset(("gmail.com", "googlemail.com"))


class Address(NamedTuple):
    """One address in the five forms that are stored.

    `email` is what was typed, its domain in lower-case Unicode. `key` is all lower case and unique
    among people. `ascii` goes on the envelope of a mail: its domain is ASCII, its local part may
    still need SMTPUTF8. `mailbox_key` is equal for spellings that reach the same mailbox, `match_key` also
    for those that the loosest of the advertising platforms cannot tell apart.
    """

    email: str
    key: str
    ascii: str
    mailbox_key: str
    match_key: str


def address(value: str) -> Address:
    """The address in a field or a cell. Raises `BadInput` with a `reason`.

    A Gmail address of nothing but dots and a tag is refused as well: nobody has that mailbox.
    Repairs what cannot change whose address it is (space and invisible characters around it, the
    case of the domain) and refuses the rest: an inner space is refused because closing the gap
    makes somebody else's address.
    """
    text = tidy(value)
    return _plain(text) or _address(text)


def _plain(text: str) -> Address | None:
    """An address whose local part is a dot-atom in ASCII, as nearly all are; None for what has to be looked at."""
    local, at, typed = text.rpartition("@")
    if not (at and _PLAIN.fullmatch(local)) or "=?" in local or len(text) > LONGEST:
        return None
    lower = local.lower()
    if lower in CASE_INSENSITIVE_MAILBOX_NAMES or (found := _known_domain(typed)) is None:
        return None
    domain, ascii_domain, longest = found
    if domain in GMAIL or "+" in local or len(local) + 1 + longest > LONGEST:
        return None
    # Forms that are alike are one text: a file of people carries it from one process to another once.
    email, key = f"{local}@{domain}", f"{lower}@{domain}"
    in_ascii = email if ascii_domain == domain else f"{local}@{ascii_domain}"
    if lower.isalnum():
        return Address(email, key, in_ascii, key, key)
    letters = lower.translate(_NO_MARKS)
    return Address(email, key, in_ascii, key, f"{letters}@{domain}" if letters else match_key(key))


def _known_domain(typed: str) -> tuple[str, str, int] | None:
    """What `_domain` knows of one that is written in plain letters; None for all others."""
    if not (typed.isascii() and typed.isprintable()) or " " in typed:
        return None
    try:
        return _domain(typed)
    except BadInput:
        return None


def _address(text: str) -> Address:
    if not text:
        raise BadInput("Type an e-mail address.", reason="empty")
    if CONTROL.search(text):
        raise BadInput("An e-mail address has no control characters.", reason="control")
    if SPACE.search(text):
        raise BadInput("An e-mail address has no spaces in it.", reason="inner_space")
    if text.lower().startswith("mailto:"):
        raise BadInput("Leave out “mailto:” and type the address alone.", reason="mailto")
    if len(text) > LONGEST:
        raise BadInput(
            "An e-mail address has at most %(longest)s characters.", reason="too_long", longest=LONGEST
        )
    if "=?" in text and _ENCODED.search(text):
        raise _malformed()
    local, domain, ascii_domain = _parts(text)
    if domain in GMAIL and not local.partition("+")[0].replace(".", ""):
        raise BadInput("Gmail has no mailbox of this name.", reason="malformed")
    return Address(
        email=f"{local}@{domain}",
        key=f"{_lower(local)}@{domain}",
        ascii=f"{local}@{ascii_domain}",
        mailbox_key=mailbox_key(f"{_lower(local)}@{domain}"),
        match_key=match_key(f"{_lower(local)}@{domain}"),
    )


def _parts(text: str) -> tuple[str, str, str]:
    """Local part, domain and domain in ASCII. Raises `BadInput`."""
    local, _at, typed = text.rpartition("@")
    if _PLAIN.fullmatch(local) and local.lower() not in CASE_INSENSITIVE_MAILBOX_NAMES:
        domain, ascii_domain, longest = _domain(typed)
        if len(local) + 1 + longest <= LONGEST:
            return local, domain, ascii_domain
    parts = _validated(text)
    return parts.local_part, parts.domain.lower(), parts.ascii_domain.lower()


@lru_cache(maxsize=16_384)
def _domain(typed: str) -> tuple[str, str, int]:
    """A domain, the same in ASCII, and the bytes of its longest form: alike for every plain local part."""
    host = plain_host(typed)
    if host is not None and host.rpartition(".")[2] not in _SPECIAL_USE:
        return host, host, len(host)
    return _any_domain(typed)


def _any_domain(typed: str) -> tuple[str, str, int]:
    parts = _validated(f"a@{typed}")
    forms = (typed, parts.domain, parts.ascii_domain)
    return parts.domain.lower(), parts.ascii_domain.lower(), max(len(form.encode()) for form in forms)


def _validated(text: str) -> ValidatedEmail:
    try:
        return validate_email(text, check_deliverability=False, strict=True)
    except EmailNotValidError as error:
        raise _malformed() from error


def _malformed() -> BadInput:
    return BadInput(
        "This is not a complete e-mail address. It looks like name@example.com.", reason="malformed"
    )


def mailbox_key(key: str) -> str:
    """The one spelling that stands for a mailbox, from an address's `key`.

    gmail.com and googlemail.com are one domain whose mailboxes ignore dots. At every domain a
    `+tag` is taken off: sub-addressing (RFC 5233) is on at Gmail, Exchange Online, iCloud, Proton,
    Fastmail and most Finnish hosts, and where it is not, the error is a person too few in an
    audience, never one too many. Dots elsewhere tell people apart and stay.
    """
    local, _, domain = key.rpartition("@")
    plain = local.partition("+")[0]
    if domain in GMAIL:
        domain, plain = "gmail.com", plain.replace(".", "")
    # A local part that is nothing but a tag has no shorter spelling.
    return f"{plain or local}@{domain}"


def match_key(key: str) -> str:
    """The one spelling that stands for all which some platform makes the same digest of, from an address's `key`.

    Reddit takes a `+tag` off and then all that is neither letter nor digit, TikTok the dots, both at any domain: two
    people's addresses may meet here, so it says who cannot be told apart there, and nothing about mail.
    """
    local, _, domain = mailbox_key(key).rpartition("@")
    # Where nothing is left of it, TikTok still has the rest without its dots.
    plain = "".join(filter(str.isalnum, local)) or local.replace(".", "") or local
    return f"{plain}@{domain}"


def masked(email: str) -> str:
    """An address that its owner recognises and nobody else can use: `a•••@example.fi`."""
    local, _at, domain = email.rpartition("@")
    return f"{local[:1]}•••@{domain}"


def _lower(local: str) -> str:
    # Lower case may decompose: U+0130 becomes two code points.
    return unicodedata.normalize("NFC", local.lower())
