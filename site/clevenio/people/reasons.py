"""What staff write down about what they did, in words that name nobody: it is kept for years."""

import re
import unicodedata

from clevenio.errors import BadInput
from clevenio.people.phones import HOME
from clevenio.people.text import line, paragraphs

# The audit trail is append-only, so what is too much cannot be shortened later.
LONGEST_LINE = 200
LONGEST = 1000
LONGEST_ENTRY = 5000
_AT = re.compile(r"@|[(\[{]\s*(?:at|ät)\s*[)\]}]", re.IGNORECASE)
# With a country code, as people write it, whether or not a network would connect it.
_ABROAD = re.compile(r"(?<![\w+])(?:\+|00)[\s(]*[1-9](?:[\s().\-\u2010-\u2015]*\d){6,14}(?!\d)")


def line_for_trail(value: str) -> str:
    """One line for the audit trail. Raises `BadInput`: empty, too long, control characters, or it names somebody."""
    return _checked(_given(line(value, LONGEST_LINE)))


def text(value: str) -> str:
    """Several lines, for a request's history. Raises `BadInput` as above."""
    return _checked(_given(paragraphs(value, LONGEST)))


def account(value: str) -> str:
    """Several lines on what was said or compared, for the same history; may be empty. Raises `BadInput` as above."""
    return _checked(paragraphs(value, LONGEST))


def entry(value: str) -> str:
    """Several lines for a register that is kept for years. Raises `BadInput` as above."""
    text = _checked(paragraphs(value, LONGEST_ENTRY))
    if not text:
        raise BadInput("Write this down.", reason="empty")
    return text


def title(value: str) -> str:
    """One line that names a thing in such a register. Raises `BadInput` as above."""
    text = _checked(line(value, LONGEST_LINE))
    if not text:
        raise BadInput("Write this down.", reason="empty")
    return text


def _given(reason: str) -> str:
    if not reason:
        raise BadInput("Write the reason.", reason="empty")
    return reason


def _checked(reason: str) -> str:
    from phonenumbers import Leniency, PhoneNumberMatcher  # noqa: PLC0415 - no start waits for the library

    plain = unicodedata.normalize("NFKC", reason)
    if _AT.search(plain):
        raise BadInput(
            "Leave out e-mail addresses: this is kept for years, and names nobody.", reason="address"
        )
    found = PhoneNumberMatcher(plain, HOME, leniency=Leniency.VALID)
    if _ABROAD.search(plain) or found.has_next():
        raise BadInput("Leave out phone numbers: this is kept for years, and names nobody.", reason="phone")
    return reason
