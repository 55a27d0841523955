"""What a person does in a company."""

from enum import StrEnum

from clevenio.errors import BadInput
from clevenio.i18n import lazy_gettext as _
from clevenio.people.text import line


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
    Role.OWNER: _("Owner or founder"),
    Role.CHIEF_EXECUTIVE: _("Chief executive"),
    Role.SALES: _("Sales"),
    Role.MARKETING: _("Marketing"),
    Role.COMMUNICATIONS: _("Communications"),
    Role.FINANCE: _("Finance"),
    Role.TECHNOLOGY: _("Technology"),
    Role.HUMAN_RESOURCES: _("Human resources"),
    Role.OPERATIONS: _("Operations"),
    Role.OTHER: _("Something else"),
}


def role(value: str) -> Role:
    """The role by its code, whatever the case. Raises `BadInput` with a `reason`."""
    text = line(value, 100).lower()
    if not text:
        raise BadInput("Choose a role.", reason="empty")
    try:
        return Role(text)
    except ValueError as error:
        raise BadInput(
            "This role is not known. Use one of: %(roles)s.", reason="unknown", roles=", ".join(Role)
        ) from error
