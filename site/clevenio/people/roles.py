"""What a person does in a company."""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache

from clevenio.errors import BadInput
from clevenio.i18n import LANGUAGES, use_language
from clevenio.i18n import lazy_gettext as _l
from clevenio.people.text import line

LONGEST = 100


class Role(StrEnum):
    """A person's role in a company, as forms and imports give it."""

    OWNER = "owner"
    CHIEF_EXECUTIVE = "chief_executive"
    SALES = "sales"
    MARKETING = "marketing"
    COMMUNICATIONS = "communications"
    FINANCE = "finance"
    TECHNOLOGY = "technology"
    HUMAN_RESOURCES = "human_resources"
    OPERATIONS = "operations"
    OTHER = "other"


LABELS = {
    Role.OWNER: _l("Owner or founder"),
    Role.CHIEF_EXECUTIVE: _l("Chief executive"),
    Role.SALES: _l("Sales"),
    Role.MARKETING: _l("Marketing"),
    Role.COMMUNICATIONS: _l("Communications"),
    Role.FINANCE: _l("Finance"),
    Role.TECHNOLOGY: _l("Technology"),
    Role.HUMAN_RESOURCES: _l("Human resources"),
    Role.OPERATIONS: _l("Operations"),
    Role.OTHER: _l("Something else"),
}


def role(value: str) -> Role:
    """The role by its code, whatever the case. Raises `BadInput` with a `reason`."""
    text = line(value, LONGEST).lower()
    if not text:
        raise BadInput("Choose a role.", reason="empty")
    try:
        return Role(text)
    except ValueError as error:
        raise BadInput(
            "This role is not known. Use one of: %(roles)s.", reason="unknown", roles=", ".join(Role)
        ) from error


@cache
def by_name() -> Mapping[str, Role]:
    """Every role by its name in each language, in small letters."""
    found = {}
    for language in LANGUAGES:
        with use_language(language):
            found.update({str(label).casefold(): code for code, label in LABELS.items()})
    return found


def called(value: str) -> tuple[Role, str | None]:
    """The role that goes by these words in one of our languages, else another one in these very words.

    Raises `BadInput` for words that are none or too many.
    """
    text = line(value, LONGEST)
    if not text:
        raise BadInput("Choose a role.", reason="empty")
    named = by_name().get(text.casefold(), Role.OTHER)
    return (named, None) if named is not Role.OTHER else (Role.OTHER, text)
