"""Match keys: what an identifier looks like before it is hashed.

Two stages. Stage A, on write, is `clevenio.people.identifiers`: strict, slow, once. Stage B is a
platform's *form*: a pure function from a stored value to what that platform hashes, and nothing
else. An empty form means that there is no match key; its cell stays empty and is never hashed.
"""

from collections.abc import Callable
from unicodedata import normalize

Form = Callable[[str], str]


def address_form(key: str) -> str:
    """A stored address as it is: trimmed and lower case since it was written."""
    return key if "@" in key else ""


def e164_form(number: str) -> str:
    """A stored phone number as it is: E.164 with its plus sign."""
    return number if number[:1] == "+" else ""


def e164_digits_form(number: str) -> str:
    """A stored phone number without its plus sign: country code first, no leading zero."""
    return number[1:] if number[:1] == "+" else ""


def country_form(code: str) -> str:
    """An ISO 3166-1 alpha-2 code in upper case; anything of another shape has no form."""
    return code.upper() if len(code) == 2 and code.isascii() and code.isalpha() else ""


def clear_form(text: str) -> str:
    """A cell that stays readable, without what would make a spreadsheet take it for a formula.

    Leading `= + - @` and their full-width twins are stripped, not quoted: a quotation mark would be
    part of the value and the platform would match nothing.
    """
    while text and normalize("NFKC", text[0])[:1] in "=+-@ \t\r\n\0":
        text = text[1:]
    return text
