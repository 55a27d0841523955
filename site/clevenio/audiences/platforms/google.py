"""Google Ads Customer Match.

developers.google.com/data-manager/api/devguides/concepts/formatting: trim and lower case; at
gmail.com and googlemail.com dots and `+tag` go, and the domain stays as it was written. A sample in
google-ads-python strips them everywhere; Google has called the documentation right.
"""

import re

from clevenio.audiences.layouts import Column, Layout
from clevenio.audiences.matchkeys import clear_form, country_form, e164_form
from clevenio.people.addresses import GMAIL

_AT_GMAIL = tuple(f"@{domain}" for domain in GMAIL)
_TITLES = re.compile(
    r"^(?:(?:mr|mrs|ms|miss|dr|prof|sir)\.? +)+|(?:,? +(?:jr|sr|ii|iii|iv|phd|md)\.?)+$", re.IGNORECASE
)


def email(key: str) -> str:
    """An address; empty for a Gmail one whose local part is nothing but dots and a tag."""
    if not key.endswith(_AT_GMAIL):
        return key if "@" in key else ""
    local, at, domain = key.rpartition("@")
    local = local.partition("+")[0].replace(".", "")
    return local and local + at + domain


def name(name: str) -> str:
    """A first or last name: lower case, accents and inner punctuation kept, no `Mrs.` and no `Jr.`."""
    if " " in name:
        name = _TITLES.sub("", name) or name
    return name.lower()


LAYOUT = Layout(
    id="google",
    vendor="google",
    is_pulled=True,
    columns=(
        Column("email", email),
        Column("phone", e164_form),
        Column("first_name", name),
        Column("last_name", name),
        Column("country", country_form, is_hashed=False),
        Column("postal_code", clear_form, is_hashed=False),
    ),
)
