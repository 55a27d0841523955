"""The forms of requests: the person's own, and those of staff who carry them on."""

from collections.abc import Sequence
from datetime import date, datetime

from wtforms import BooleanField, DateField, DateTimeLocalField, PasswordField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import InputRequired, StopValidation, ValidationError
from wtforms.validators import Optional as MayBeEmpty

from clevenio.errors import BadInput
from clevenio.i18n import LANGUAGES, NAMES
from clevenio.i18n import gettext as _
from clevenio.i18n import lazy_gettext as _l
from clevenio.people import reasons
from clevenio.rights import clocks
from clevenio.rights.models import Channel
from clevenio.rights.remarks import Remark
from clevenio.rights.words import CHANNELS
from clevenio.web.forms import Boxes, Normalised, SignedInForm

# What comes by these ways, staff write down.
BY_STAFF = (Channel.EMAIL, Channel.PHONE, Channel.POST, Channel.CONTACT_PAGE)


class DeletionForm(SignedInForm):
    """The account's owner asks for erasure, and types the password once more."""

    password = PasswordField(_l("Your password"), [InputRequired(_l("Type your password."))])


class ErasureForm(SignedInForm):
    """Carrying an erasure out; asks once, and which notes of staff stay."""

    left = Boxes(_l("Notes that stay"))
    sure = BooleanField(
        _l("I have read what will go. Erase it."), [InputRequired(_l("Tick the box to erase the data."))]
    )

    def __init__(self, written: Sequence[Remark], *args: object, **values: object) -> None:
        super().__init__(*args, **values)
        self.left.choices = [SelectChoice(each.id, each.text) for each in written]


class CameIn(SignedInForm):
    """How and when a message came that staff write down, and in which language it is answered."""

    channel = SelectField(
        _l("How the message came"),
        [InputRequired()],
        choices=[SelectChoice(code.value, CHANNELS[code]) for code in BY_STAFF],
    )
    received_on = DateField(_l("Day it came"), [MayBeEmpty()])
    language = SelectField(
        _l("Language of the answer"),
        [InputRequired()],
        choices=[SelectChoice(code, NAMES[code]) for code in LANGUAGES],
    )

    def __init__(self, today: date, *args: object, **values: object) -> None:
        super().__init__(*args, **values)
        self.today = today

    def validate_received_on(self, field: DateField) -> None:
        """A message comes today at the latest."""
        require_day(field.data, self.today)

    def received_at(self, now: datetime) -> datetime:
        """When the clocks begin: now, or as the day it came on began."""
        day = self.received_on.data
        return now if day in (None, clocks.day_of(now)) else clocks.start_of(day)


class ReasonForm(SignedInForm):
    """Extending, refusing and lifting a freeze: each needs its reason."""

    reason = TextAreaField(_l("Reason"), [Normalised(reasons.text)])

    def text(self) -> str:
        """The reason, normalised."""
        return reasons.text(self.reason.data or "")


def _check(value: str) -> str:
    text = reasons.account(value)
    if not text:
        raise BadInput("Write what was compared.", reason="empty")
    return text


class CheckForm(SignedInForm):
    """What was compared to see that somebody is who they say they are: the person, or the guardian."""

    checked = TextAreaField(_l("What was checked"), [Normalised(_check)])

    def text(self) -> str:
        """What was compared, normalised."""
        return _check(self.checked.data or "")


def typed(field: DateTimeLocalField) -> datetime:
    """The moment in a field that `Past` let through. Raises `BadInput` where there is none."""
    if field.data is None:
        raise BadInput("Give the day and the time.", reason="empty")
    return clocks.from_clock(field.data)


def require_day(day: date | None, today: date | None = None) -> None:
    """Raises `ValidationError` where a day is still to come, or is one of which nobody kept a register."""
    if day is not None and today is not None and day > today:
        raise ValidationError(_("This day is still to come."))
    if day is not None and day < clocks.FIRST_DAY:
        raise ValidationError(_("This day is before 25 May 2018, since when there have been these duties."))


class Past:
    """Checks that a time was given, unless it is `optional`, that a clock showed it, and that it is not still to come."""

    def __init__(self, now: datetime, optional: bool = False) -> None:
        self._now = now
        self._optional = optional
        self.field_flags = {} if optional else {"required": True}

    def __call__(self, _form: object, field: DateTimeLocalField) -> None:
        if field.data is None:
            if any(text.strip() for text in field.raw_data or ()):
                raise StopValidation  # it was not understood, and has its message already
            field.errors = []
            raise StopValidation("" if self._optional else _("Give the day and the time."))
        try:
            require_day(field.data.date())
            moment = clocks.from_clock(field.data)
        except BadInput as problem:
            raise StopValidation(_(problem.message)) from problem
        if moment > self._now:
            raise StopValidation(_("This time is still to come."))
