"""Countries and postal codes."""

import re
import unicodedata
from functools import cache

from babel import Locale
from babel.core import get_global

from clevenio.errors import BadInput
from clevenio.i18n import LANGUAGES
from clevenio.people.text import line

# In CLDR's list of territories, but not countries or areas of ISO 3166-1.
_NOT_ISO = frozenset("AC CP CQ DG EA EU EZ IC QO TA UN XA XB XK ZZ".split())
# Names that people use and CLDR does not.
_SHORTER = {"Åland": "AX", "Great Britain": "GB", "Iso-Britannia": "GB", "Holland": "NL", "Hollanti": "NL"}
_POSTAL_CODE = re.compile(r"[A-Z0-9](?:[A-Z0-9 -]*[A-Z0-9])?")


def country(value: str) -> str:
    """The ISO 3166-1 alpha-2 code of a country given by its code or its Finnish or English name.

    Raises `BadInput` with a `reason`.
    """
    text = line(value, 100)
    if not text:
        raise BadInput("Choose a country.", reason="empty")
    code = _codes().get(_folded(text))
    if code is None:
        raise BadInput("This country is not known. Use its two-letter code, such as FI.", reason="unknown")
    return code


def postal_code(value: str) -> str:
    """The postal code in upper case, inner spaces and hyphens kept. Raises `BadInput`."""
    text = line(value, 16).upper()
    if not text:
        raise BadInput("Type a postal code.", reason="empty")
    if not _POSTAL_CODE.fullmatch(text):
        raise BadInput("A postal code has letters A to Z, digits, spaces and hyphens.", reason="malformed")
    return text


@cache
def _codes() -> dict[str, str]:
    """Codes by folded code, alias (`UK`, `FIN`, `USA`) and name, from CLDR as Babel has it."""
    known = {code for code in map(str, Locale("en").territories) if re.fullmatch("[A-Z]{2}", code)} - _NOT_ISO
    codes = {_folded(name): code for name, code in _SHORTER.items()}
    for language in LANGUAGES:
        names = Locale(language).territories
        codes.update((_folded(str(names[code])), code) for code in known)
    for alias, targets in get_global("territory_aliases").items():
        if len(targets) == 1 and targets[0] in known and str(alias).isalpha():
            codes[_folded(str(alias))] = targets[0]
    codes.update((_folded(code), code) for code in known)
    return codes


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text.casefold())
