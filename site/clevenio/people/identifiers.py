"""Every identifier of a person, normalised once, on write; one door to the rules beside this file.

Each function takes what somebody typed and returns the stored form, or raises `BadInput` whose
message a form can show and whose `values["reason"]` is a short code that a report can count.
"""

import uuid

from clevenio.errors import BadInput
from clevenio.i18n import LANGUAGES
from clevenio.people.addresses import Address, address, mailbox_key
from clevenio.people.names import company, name
from clevenio.people.phones import phone
from clevenio.people.places import country, postal_code
from clevenio.people.roles import Role, role
from clevenio.people.text import line, tidy
from clevenio.people.websites import Website, domain, is_free_mail, website

__all__ = [
    "Address",
    "Role",
    "Website",
    "address",
    "advertising_id",
    "company",
    "country",
    "domain",
    "is_free_mail",
    "language",
    "line",
    "mailbox_key",
    "name",
    "phone",
    "postal_code",
    "role",
    "tidy",
    "website",
]


def advertising_id(value: str) -> str:
    """A phone's advertising identifier as a lower-case UUID. Raises `BadInput` with a `reason`.

    All zeros is what a phone hands out when its owner has switched the identifier off.
    """
    text = tidy(value)
    if not text:
        raise BadInput("Type an advertising identifier.", reason="empty")
    try:
        found = uuid.UUID(text)
    except ValueError:
        found = uuid.UUID(int=0)
    if text.lower() != str(found) or not found.int:
        raise BadInput(
            "An advertising identifier looks like 5f3a2b18-9c4d-4e7f-b8e2-17d3a1e69b25.", reason="malformed"
        )
    return str(found)


# As programs of others write them, in either language.
_LANGUAGES_BY_NAME = {"finnish": "fi", "suomi": "fi", "english": "en", "englanti": "en"}


def language(value: str) -> str:
    """`fi` or `en`, from a code such as `FI` or `en-GB`, or a name. Raises `BadInput` with a `reason`."""
    text = tidy(value).lower().replace("_", "-").partition("-")[0]
    text = _LANGUAGES_BY_NAME.get(text, text)
    if not text:
        raise BadInput("Choose a language.", reason="empty")
    if text not in LANGUAGES:
        raise BadInput("This language is not known. Use fi or en.", reason="unknown")
    return text
