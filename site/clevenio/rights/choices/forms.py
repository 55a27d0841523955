"""The forms around one's own choices: asking for the link, the boxes, the language, another address."""

from wtforms import EmailField, RadioField

from clevenio.accounts.forms import ChoiceBoxes
from clevenio.i18n import LANGUAGES, NAMES
from clevenio.i18n import lazy_gettext as _l
from clevenio.people import identifiers
from clevenio.web.forms import Normalised, PublicForm, options


class LinkForm(PublicForm):
    """The address that the link is to be mailed to."""

    email = EmailField(_l("Your e-mail address"), [Normalised(identifiers.address)])

    def address(self) -> identifiers.Address:
        """The address in its stored forms, once it has been validated."""
        return identifiers.address(self.email.data or "")


class BoxesForm(ChoiceBoxes, PublicForm):
    """The boxes behind the link."""


class LanguageForm(PublicForm):
    """In which language we write."""

    tongue = RadioField(
        _l("Language of our e-mails"), choices=options(*((code, NAMES[code]) for code in LANGUAGES))
    )


class MoveForm(PublicForm):
    """Another address for what we send."""

    email = EmailField(_l("New e-mail address"), [Normalised(identifiers.address)])

    def address(self) -> identifiers.Address:
        """The address in its stored forms, once it has been validated."""
        return identifiers.address(self.email.data or "")
