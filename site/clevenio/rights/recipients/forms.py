"""How staff write down that a recipient was told."""

from datetime import date

from wtforms import DateField, SelectField, TextAreaField
from wtforms.validators import InputRequired, ValidationError

from clevenio.i18n import gettext as _
from clevenio.i18n import lazy_gettext as _l
from clevenio.people import reasons
from clevenio.rights.recipients.models import Result
from clevenio.rights.recipients.words import RESULTS
from clevenio.web.forms import Normalised, SignedInForm, options


class ToldForm(SignedInForm):
    """The day on which recipients were told. `first` is the first day there was anything to tell."""

    told_on = DateField(_l("Day"), [InputRequired(_l("Say on which day."))])

    def __init__(self, today: date, first: date, *args: object, **values: object) -> None:
        super().__init__(*args, **values)
        self.today, self.first = today, first

    def validate_told_on(self, field: DateField) -> None:
        """Neither to come nor before there was anything to tell."""
        if field.data is not None and field.data > self.today:
            raise ValidationError(_("This day is still to come."))
        if field.data is not None and field.data < self.first:
            raise ValidationError(_("This day is before there was anything to tell."))

    def day(self) -> date:
        """The day, once validated."""
        day: date = self.told_on.data or self.today
        return day


class ClosingForm(ToldForm):
    """The same for one recipient, who may turn out to be beyond reach."""

    result = SelectField(
        _l("How it ended"), choices=options(*((code.value, words) for code, words in RESULTS.items()))
    )
    reason = TextAreaField(_l("Why not"), [Normalised(reasons.text, optional=True)])

    def validate_reason(self, field: TextAreaField) -> None:
        """Needed where nobody was told."""
        if self.result.data == Result.IMPOSSIBLE and not (field.data or "").strip():
            raise ValidationError(_("Say why the recipient could not be told."))

    def why(self) -> str | None:
        """The reason, normalised; None where the recipient was told."""
        if self.result.data != Result.IMPOSSIBLE:
            return None
        return reasons.text(self.reason.data or "")
