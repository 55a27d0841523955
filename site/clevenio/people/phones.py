"""Phone numbers in E.164, parsed once, on write (a million at export would cost twenty seconds)."""

import re
import unicodedata

import phonenumbers

from clevenio.errors import BadInput
from clevenio.people.text import CONTROL, tidy

HOME = "FI"

# What a number is written with: an optional tel:, digits and their punctuation, an optional extension.
# Letters elsewhere are refused, because phonenumbers would read them as a keypad's digits.
_WRITTEN = re.compile(
    r"(?:tel:)?[+0-9 ()\[\]./\u2010-\u2015\u2212~-]+(?:(?:;ext=|ext\.?|x|#|,)\s*[0-9]{1,7})?", re.IGNORECASE
)


def phone(value: str, region: str = HOME) -> str:
    """The number in E.164, such as `+358401234567`; the extension is left out.

    `region` (ISO alpha-2) says where a number without a country code is dialled. Every way of
    writing it is taken: `040 123 4567`, `+358 (0)40 …`, `00358…`, full-width digits. Raises
    `BadInput` with a `reason` for what no network would connect.
    """
    text = unicodedata.normalize("NFKC", tidy(value))
    if not text:
        raise BadInput("Type a phone number.", reason="empty")
    if CONTROL.search(text.replace("\t", " ")):
        raise BadInput("A phone number has no control characters.", reason="control")
    if not _WRITTEN.fullmatch(" ".join(text.split())):
        raise _unusable()
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        raise _unusable() from error
    if not phonenumbers.is_valid_number(number):
        raise _unusable()
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _unusable() -> BadInput:
    return BadInput(
        "This phone number is not complete. Write it as you dial it in Finland, "
        "or with its country code, such as +358 40 123 4567.",
        reason="malformed",
    )
