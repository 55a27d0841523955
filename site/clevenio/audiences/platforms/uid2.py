"""Addresses and numbers for Unified ID 2.0 and its European twin EUID, as The Trade Desk takes them.

unifiedid.com/docs/getting-started/gs-normalization-encoding: trim and lower case; at gmail.com, and not at
googlemail.com, dots and `+tag` go; numbers in E.164. The value is the digest itself in Base64, not its
hexadecimal digits. EUID takes the same values (euid.eu/docs/getting-started/gs-normalization-encoding).
"""

from clevenio.audiences.layouts import BASE64, Column, Layout
from clevenio.audiences.matchkeys import address_form, e164_form

_GMAIL = "gmail.com"


def email(key: str) -> str:
    """An address; empty for a Gmail one whose local part is nothing but dots and a tag."""
    local, at, domain = key.rpartition("@")
    if domain != _GMAIL:
        return address_form(key)
    plain = local.partition("+")[0].replace(".", "")
    return plain and plain + at + domain


LAYOUT = Layout(
    id="uid2",
    vendor="uid2",
    columns=(Column("email", email, digest=BASE64), Column("phone", e164_form, digest=BASE64)),
)
