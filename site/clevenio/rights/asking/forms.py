"""The form by which anybody asks about their data."""

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
HINTS = {kind.value: hint for kind, (_, hint) in ASKED.items()}


def details(value: str) -> str:
    """What somebody adds in their own words. Raises `BadInput`."""
    return paragraphs(value, LONGEST_DETAILS)


def kinds_field(*kinds: Kind) -> Boxes:
    """Tick boxes of these kinds, at least one of which is wanted."""
    return Boxes(
        _l("What would you like?"),
        [InputRequired(_l("Tick what you would like us to do."))],
        choices=[SelectChoice(kind.value, ASKED[kind][0]) for kind in kinds],
    )


def details_field() -> TextAreaField:
    """Room for words of one's own."""
    return TextAreaField(_l("In your own words"), [Normalised(details, optional=True)])


def typed_details(field: TextAreaField) -> str | None:
    """The details as they are stored, once they have been validated; None where there are none."""
    return details(field.data or "") or None


def chosen_kinds(field: Boxes) -> tuple[Kind, ...]:
    """The ticked kinds, each once and in the order of the form."""
    return tuple(kind for kind in ASKED if kind.value in (field.data or ()))


class RightsForm(PublicForm):
    """What is asked, from which address, and why or what in one's own words."""

    kind = kinds_field(*ASKED)
    email = EmailField(_l("Your e-mail address"), [Normalised(identifiers.address)])
    details = details_field()

    def asked(self) -> Asked:
        """The fields as the domain takes them, once they have been validated."""
        return Asked(
            kinds=chosen_kinds(self.kind),
            address=identifiers.address(self.email.data or ""),
            details=typed_details(self.details),
            language=current_language(),
        )
