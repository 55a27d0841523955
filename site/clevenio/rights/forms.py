"""The forms of requests: the person's own, and those of staff who carry them on."""

from wtforms import BooleanField, PasswordField, TextAreaField
from wtforms.validators import InputRequired

from clevenio.i18n import lazy_gettext as _l
from clevenio.people import reasons
from clevenio.web.forms import Normalised, SignedInForm


class DeletionForm(SignedInForm):
    """The account's owner asks for erasure, and types the password once more."""

    password = PasswordField(_l("Your password"), [InputRequired(_l("Type your password."))])


class ErasureForm(SignedInForm):
    """Carrying an erasure out; asks once."""

    sure = BooleanField(
        _l("I have read what will go. Erase it."), [InputRequired(_l("Tick the box to erase the data."))]
    )


class ReasonForm(SignedInForm):
    """Extending, refusing and lifting a freeze: each needs its reason."""

    reason = TextAreaField(_l("Reason"), [Normalised(reasons.text)])

    def text(self) -> str:
        """The reason, normalised."""
        return reasons.text(self.reason.data or "")
