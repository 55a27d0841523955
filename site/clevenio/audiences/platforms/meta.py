"""Meta custom audiences (Facebook, Instagram).

developers.facebook.com/documentation/ads-commerce/conversions-api/parameters/customer-information-parameters
and Meta's newest own code, capi-param-builder: names lose ASCII punctuation and spaces and keep
their letters in UTF-8. Meta's Python library deletes everything but a to z; its documentation's
digest of `valéry` says otherwise, and is followed.
"""

import re
import string

from clevenio.audiences.layouts import Column, Layout
from clevenio.audiences.matchkeys import address_form, clear_form, country_form, e164_digits_form

_NO_PUNCTUATION = str.maketrans("", "", string.punctuation + string.whitespace)
# Libraries cut a code at its dash, which leaves `fi` of `FI-00100`: a country's prefix goes first.
_COUNTRY_PREFIX = re.compile(r"^[a-z]{1,3}-(?=[0-9])")
_ZIP_PLUS_FOUR = re.compile(r"([0-9]{5})-[0-9]{4}")


def name(name: str) -> str:
    """A first or last name: lower case, no punctuation, no spaces, UTF-8 kept."""
    return "".join(name.lower().translate(_NO_PUNCTUATION).split())


def postal_code(code: str) -> str:
    """A postal code: lower case, no spaces, no dash, no country; of a US code the first five digits."""
    text = _COUNTRY_PREFIX.sub("", code.lower())
    if us := _ZIP_PLUS_FOUR.fullmatch(text):
        return us[1]
    return "".join(text.replace("-", "").split())


def country(code: str) -> str:
    """An ISO 3166-1 alpha-2 code in lower case."""
    return country_form(code.strip()).lower()


def nothing(_value: str) -> str:
    """What we do not know: city and region. The column stays, because the header is fixed."""
    return ""


LAYOUT = Layout(
    id="meta",
    vendor="meta",
    columns=(
        Column("email", address_form),
        Column("phone", e164_digits_form),
        Column("first_name", name),
        Column("last_name", name),
        Column("city", nothing),
        Column("region", nothing),
        Column("postal_code", postal_code),
        Column("country", country),
        Column("advertising_id", clear_form, is_hashed=False),
    ),
)
