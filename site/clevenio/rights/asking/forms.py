"""The form by which anybody asks about their data."""

from collections.abc import Mapping

from wtforms import EmailField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import InputRequired

from clevenio.i18n import current_language
from clevenio.i18n import lazy_gettext as _l
from clevenio.people import identifiers
from clevenio.people.text import paragraphs
from clevenio.rights.asking.operations import Asked
from clevenio.rights.models import Kind
from clevenio.rights.words import ASKED
from clevenio.web.forms import Boxes, Normalised, PublicForm

LONGEST_DETAILS = 5000
NAMES = {kind: name for kind, (name, _) in ASKED.items()}
HINTS = {kind.value: hint for kind, (_, hint) in ASKED.items()}


def details(value: str) -> str:
    """What somebody adds in their own words. Raises `BadInput`."""
    return paragraphs(value, LONGEST_DETAILS)


def kinds_field(label: str, kinds: Mapping[Kind, str]) -> Boxes:
    """Tick boxes of these kinds by name, at least one of which is wanted."""
    return Boxes(
        label,
        [InputRequired(_l("Tick what you would like us to do."))],
        choices=[SelectChoice(kind.value, name) for kind, name in kinds.items()],
    )


def details_field(label: str) -> TextAreaField:
    """Room for words of the person's own."""
    return TextAreaField(label, [Normalised(details, optional=True)])


def typed_details(field: TextAreaField) -> str | None:
    """The details as they are stored, once they have been validated; None where there are none."""
    return details(field.data or "") or None


def chosen_kinds(field: Boxes) -> tuple[Kind, ...]:
    """The ticked kinds, each once and in the order of the form."""
    return tuple(kind for kind in ASKED if kind.value in (field.data or ()))


class RightsForm(PublicForm):
    """What is asked, from which address, and why or what in one's own words."""

    kind = kinds_field(_l("What would you like?"), NAMES)
    email = EmailField(_l("Your e-mail address"), [Normalised(identifiers.address)])
    details = details_field(_l("In your own words"))

    def asked(self) -> Asked:
        """The fields as the domain takes them, once they have been validated."""
        return Asked(
            kinds=chosen_kinds(self.kind),
            address=identifiers.address(self.email.data or ""),
            details=typed_details(self.details),
            language=current_language(),
        )
