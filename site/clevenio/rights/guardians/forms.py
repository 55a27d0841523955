"""What staff type when a guardian has told us of a child."""

from datetime import date, datetime

from wtforms import DateField, EmailField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import InputRequired, ValidationError
from wtforms.validators import Optional as MayBeEmpty

from clevenio.errors import BadInput
from clevenio.i18n import LANGUAGES, NAMES
from clevenio.i18n import gettext as _
from clevenio.i18n import lazy_gettext as _l
from clevenio.people import identifiers, reasons
from clevenio.rights import clocks
from clevenio.rights.guardians.operations import Message
from clevenio.rights.models import Channel
from clevenio.rights.words import CHANNELS
from clevenio.web.forms import Normalised, SignedInForm


def _check(value: str) -> str:
    text = reasons.account(value)
    if not text:
        raise BadInput("Write what was compared.", reason="empty")
    return text


class CheckForm(SignedInForm):
    """What was compared to see that somebody is the guardian they say they are."""

    checked = TextAreaField(_l("What was checked"), [Normalised(_check)])

    def text(self) -> str:
        """What was compared, normalised."""
        return _check(self.checked.data or "")


class GuardianForm(SignedInForm):
    """A guardian's message, as it came in."""

    email = EmailField(_l("The child’s e-mail address"), [Normalised(identifiers.address)])
    channel = SelectField(
        _l("How the message came"),
        [InputRequired()],
        choices=[
            SelectChoice(code.value, label) for code, label in CHANNELS.items() if code is not Channel.ACCOUNT
        ],
    )
    received_on = DateField(_l("Day it came"), [MayBeEmpty()])
    answer_to = EmailField(
        _l("The guardian’s e-mail address"), [Normalised(identifiers.address, optional=True)]
    )
    language = SelectField(
        _l("Language of the answer"),
        [InputRequired()],
        choices=[SelectChoice(code, NAMES[code]) for code in LANGUAGES],
    )
    said = TextAreaField(
        _l("What they said, in brief"),
        [Normalised(reasons.account, optional=True)],
    )

    def __init__(self, today: date, *args: object, **values: object) -> None:
        super().__init__(*args, **values)
        self.today = today

    def validate_received_on(self, field: DateField) -> None:
        """A message comes today at the latest."""
        if field.data is not None and field.data > self.today:
            raise ValidationError(_("This day is still to come."))

    def message(self, now: datetime) -> Message:
        """The fields as the domain takes them, once they have been validated."""
        day = self.received_on.data
        guardian = (self.answer_to.data or "").strip()
        return Message(
            about=identifiers.address(self.email.data or ""),
            channel=Channel(self.channel.data),
            received_at=now if day in (None, clocks.day_of(now)) else clocks.start_of(day),
            answer_to=identifiers.address(guardian) if guardian else None,
            language=str(self.language.data),
            said=reasons.account(self.said.data or "") or None,
        )
