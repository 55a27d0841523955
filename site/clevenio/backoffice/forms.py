"""The forms in front of the back office, and those by which one looks for something in it."""

from collections.abc import Mapping

from werkzeug.datastructures import MultiDict
from wtforms import EmailField, Field, HiddenField, PasswordField, SelectField
from wtforms.validators import Optional, Regexp, ValidationError

from clevenio.backoffice import people, words
from clevenio.backoffice.trail import Wanted
from clevenio.i18n import gettext as _
from clevenio.i18n import lazy_gettext as _l
from clevenio.people import identifiers
from clevenio.web.forms import DaysFilter, Normalised, PublicForm, SignedInForm


class LoginForm(PublicForm):
    """No token: there is no session yet, and `cross_site` stops posts from elsewhere."""

    email = EmailField(_l("E-mail address"))
    password = PasswordField(_l("Password"))


class InvitationForm(PublicForm):
    """Sets a password. Whether it will do is for the operation to say, which knows whose it is."""

    password = PasswordField(_l("Choose a password"))


class FirstInvitationForm(InvitationForm):
    """The first administrator's link knows no address yet."""

    email = EmailField(_l("Your e-mail address"), [Normalised(identifiers.address)])


class AddressForm(SignedInForm):
    """Whom somebody looks for. Posted, so that no address stands in an address."""

    email = EmailField(_l("E-mail address"), [Normalised(identifiers.address)])


class TrailFilter(DaysFilter):
    """Which entries of the audit trail are looked for."""

    actor = SelectField(_l("Who"), default="")
    action = SelectField(_l("What"), default="")
    reason = SelectField(_l("Why"), default="")
    subject = HiddenField(validators=[Optional(), Regexp(r"[0-9a-f]{64}(\.[0-9a-f]{64})*$")])

    def __init__(self, actors: Mapping[str, str], given: MultiDict[str, str] | None = None) -> None:
        super().__init__(given)
        everybody = [("", _("Everybody"))]
        self.actor.choices = [*everybody, *actors.items()]
        acts = sorted(((code, words.name(code)) for code in words.ACTIONS), key=lambda pair: pair[1])
        self.action.choices = [("", _("Everything")), *acts]
        self.reason.choices = [("", _("Any reason")), *words.REASONS.items()]

    def wanted(self) -> Wanted:
        """What was chosen; a field that was not understood narrows nothing."""
        return Wanted(**self.chosen())


class LookupForm(AddressForm):
    """Whom somebody looks up, and why. Where there is one reason it need not be chosen."""

    reason = SelectField(_l("Why you look"), default="")

    def __init__(self, reasons: Mapping[str, people.Reason]) -> None:
        super().__init__()
        several = [("", _("Choose a reason"))] if len(reasons) > 1 else []
        self.reason.choices = [*several, *((code, str(reason.name)) for code, reason in reasons.items())]
        self.reason.data = self.reason.data or self.reason.choices[0][0]

    def validate_reason(self, field: Field) -> None:
        """Ask for a reason where none was chosen."""
        if not field.data:
            raise ValidationError(_("Say why you look. The audit trail keeps it."))
