"""What is asked about a receipt, by its number, and about a person, by their exact address."""

from uuid import UUID

from wtforms import EmailField, IntegerField, RadioField, SelectField, StringField
from wtforms.validators import NumberRange, Optional, ValidationError
from wtforms.widgets import TextInput

from clevenio.consent.forms import receipt_id
from clevenio.i18n import gettext as _
from clevenio.i18n import lazy_gettext as _l
from clevenio.people import identifiers
from clevenio.rights.evidence.questions import PERSONAL, QUESTIONS, REASONS, Reason
from clevenio.web.forms import Normalised, SignedInForm, options

LARGEST = 2**31 - 1


class ReceiptForm(SignedInForm):
    """The number of a browser's receipt, as its holder reads it out."""

    receipt = StringField(_l("Number of the receipt"))

    def number(self) -> UUID | None:
        """The number that was typed; None for what is none."""
        return receipt_id((self.receipt.data or "").strip())

    def validate_receipt(self, _field: StringField) -> None:
        """Say what a number looks like where this is none."""
        if self.number() is None:
            raise ValidationError(
                _(
                    "A number has 32 digits and letters from a to f, in five groups. Look at the receipt again."
                )
            )


class _Whole(IntegerField):
    """A whole number, typed as text, whose message is ours where it is none."""

    widget = TextInput()

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take what was typed; nothing is nothing."""
        if not valuelist or not valuelist[0].strip():
            self.data = None
            return
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(_("The number of a file has digits alone, such as 12.")) from None


class PersonForm(SignedInForm):
    """One of the questions about a person. Posted, so that no address stands in an address."""

    question = RadioField(
        _l("Question"),
        default=PERSONAL[0].value,
        choices=options(*((question.value, QUESTIONS[question]) for question in PERSONAL)),
    )
    email = EmailField(_l("E-mail address"), [Normalised(identifiers.address)])
    number = _Whole(
        _l("Number of the file"),
        [
            Optional(),
            NumberRange(1, LARGEST, _l("The number of a file has digits alone, such as 12.")),
        ],
    )
    reason = SelectField(
        _l("Why you ask"),
        default=Reason.INSPECTION.name.lower(),
        choices=options(*((reason.name.lower(), words) for reason, words in REASONS.items())),
    )

    def why(self) -> Reason:
        """The reason, as the trail keeps it."""
        return Reason[str(self.reason.data).upper()]
