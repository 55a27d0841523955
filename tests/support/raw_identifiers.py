"""A raw value as a platform's own normaliser takes it, which is more than we store.

Stands in for what is refused on write, so that published vectors can be checked on their own input.
"""

import re
from collections.abc import Iterator
from unicodedata import normalize

from clevenio.audiences.layouts import Column, Layout
from clevenio.errors import BadInput
from clevenio.people.identifiers import phone, tidy

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")


def tidied(field: str, raw: str, region: str = "FI") -> str:
    """A raw value of a field, ready for a platform's form; empty where it is no such thing at all."""
    text = tidy(raw)
    if field == "email":
        return normalize("NFC", text.lower()) if _ADDRESS.fullmatch(text) else ""
    if field == "phone":
        try:
            return phone(text, region)
        except BadInput:
            return ""
    return text


def cell(column: Column, stored: str | None) -> str:
    """The cell of one stored value."""
    (only,) = column.cells([stored])
    return only


def raw_cells(layout: Layout, field: str, raw: str, region: str = "FI") -> Iterator[str]:
    """The cells that a raw value of a field becomes, by the platform's own rules alone."""
    value = tidied(field, raw, region)
    return (cell(column, value) for column in layout.columns if column.field == field)
