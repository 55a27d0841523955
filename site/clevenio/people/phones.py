"""Phone numbers in E.164, parsed once, on write (a million at export would cost twenty seconds)."""

import re
import unicodedata
from functools import cache

from clevenio.errors import BadInput
from clevenio.people.text import CONTROL, tidy

HOME = "FI"

# What a number is written with: an optional tel:, digits and their punctuation, an optional extension.
# Letters elsewhere are refused, because phonenumbers would read them as a keypad's digits.
_WRITTEN = re.compile(
    r"(?:tel:)?[+0-9 ()\[\]./\u2010-\u2015\u2212~-]+(?:(?:;ext=|ext\.?|x|#|,)\s*[0-9]{1,7})?", re.IGNORECASE
)
# As most Finns write a mobile number, once spaces and hyphens are gone.
_PLAIN = re.compile(r"(?:\+358|(?P<trunk>0))(?P<national>[1-9][0-9]{5,9})")
LONGEST_PLAIN = 30


def phone(value: str, region: str = HOME) -> str:
    """The number in E.164, such as `+358401234567`; the extension is left out.

    `region` (ISO alpha-2) says where a number without a country code is dialled. Every way of
    writing it is taken: `040 123 4567`, `+358 (0)40 …`, `00358…`, full-width digits. Raises
    `BadInput` with a `reason` for what no network would connect.
    """
    text = tidy(value)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    if not text:
        raise BadInput("Type a phone number.", reason="empty")
    if not text.isprintable() and CONTROL.search(text.replace("\t", " ")):
        raise BadInput("A phone number has no control characters.", reason="control")
    if mobile := _mobile(text, region):
        return mobile
    if not _WRITTEN.fullmatch(" ".join(text.split())):
        raise _unusable()
    import phonenumbers  # noqa: PLC0415 - few numbers come this far, and no start does

    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        raise _unusable() from error
    if not phonenumbers.is_valid_number(number):
        raise _unusable()
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _mobile(text: str, region: str) -> str | None:
    """A Finnish mobile number in plain digits, or None for what the library has to read.

    Most of what comes here is that, and a file of people spends half of its checking in the library. Its own
    description of such numbers decides, so that it would say the same.
    """
    plain = _PLAIN.fullmatch(text.replace(" ", "").replace("-", ""))
    if plain is None or len(text) > LONGEST_PLAIN or (plain["trunk"] and region != HOME):
        return None
    return f"+358{plain['national']}" if _described().fullmatch(plain["national"]) else None


@cache
def _described() -> re.Pattern[str]:
    from phonenumbers import PhoneMetadata  # noqa: PLC0415 - as above

    region = PhoneMetadata.metadata_for_region(HOME)
    mobile = region.mobile.national_number_pattern if region and region.mobile else None
    return re.compile(mobile or "(?!)")


def _unusable() -> BadInput:
    return BadInput(
        "This phone number is not complete. Write it as you dial it in Finland, "
        "or with its country code, such as +358 40 123 4567.",
        reason="malformed",
    )
