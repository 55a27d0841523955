"""The forms in front of the back office, and those by which one looks for something in it."""

from collections.abc import Collection, Mapping, Sequence

from werkzeug.datastructures import MultiDict
from wtforms import EmailField, Field, HiddenField, PasswordField, SelectField, TelField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import AnyOf, InputRequired, Optional, Regexp, ValidationError

from clevenio.backoffice import people
from clevenio.backoffice.trail import Wanted
from clevenio.consent.archive import Version
from clevenio.i18n import NAMES, format_date, format_duration
from clevenio.i18n import gettext as _
from clevenio.i18n import lazy_gettext as _l
from clevenio.people import identifiers
from clevenio.people.operations import ad_audiences
from clevenio.people.opt_outs import Came
from clevenio.people.suppression import EVERYTHING
from clevenio.registry import load
from clevenio.rights import trail_words
from clevenio.web.forms import DaysFilter, FilterForm, Normalised, PublicForm, SignedInForm, options


class LoginForm(PublicForm):
    """No token: there is no session yet, and `cross_site` stops posts from elsewhere."""

    email = EmailField(_l("E-mail address"), [InputRequired(_l("Type an e-mail address."))])
    password = PasswordField(_l("Password"), [InputRequired(_l("Type your password."))])
    # What was typed into a form whose session had ended, sealed by `accounts.drafts`.
    draft = HiddenField()


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
        acts = sorted(
            ((code, trail_words.name(code)) for code in trail_words.ACTIONS), key=lambda pair: pair[1]
        )
        self.action.choices = [("", _("Everything")), *acts]
        self.reason.choices = [("", _("Any reason")), *trail_words.REASONS.items()]

    def wanted(self) -> Wanted:
        """What was chosen; a field that was not understood narrows nothing."""
        return Wanted(**self.chosen())


class LookupForm(AddressForm):
    """Whom somebody looks up, and why: for one of their own reasons. Where there is one it need not be chosen."""

    reason = SelectField(
        _l("Why you look"),
        default="",
        choices=options(*((code, reason.name) for code, reason in people.REASONS.items())),
    )

    def __init__(self, reasons: Mapping[str, people.Reason]) -> None:
        super().__init__()
        several = [("", _("Choose a reason"))] if len(reasons) > 1 else []
        self.reason.choices = [*several, *((code, str(reason.name)) for code, reason in reasons.items())]
        # The box at the head of every page asks for no reason: nothing is wrong there, and the page asks.
        self.is_asked = bool(self.reason.raw_data)
        self.reason.data = self.reason.data or self.reason.choices[0][0]

    def validate_reason(self, field: Field) -> None:
        """Ask for a reason where it was asked for and none was chosen."""
        if self.is_asked and not field.data:
            raise ValidationError(_("Say why you look. The audit trail keeps it."))


def _scopes() -> list[SelectChoice]:
    registry = load()
    topics = [(topic, str(registry.purposes[topic].name)) for topic in registry.topics]
    platforms = [(purpose, registry.name_of(purpose)) for purpose in ad_audiences()]
    return options(
        (EVERYTHING, _("Everything: all marketing, opens and audiences")),
        *topics,
        ("ad_audiences", _("Advertising audiences: all platforms")),
        *platforms,
    )


class OptOutForm(SignedInForm):
    """Who wants no more of what, by address or number. The button that is pressed says how we heard of it."""

    email = EmailField(_l("E-mail address"), [Normalised(identifiers.address, optional=True)])
    phone = TelField(_l("Phone number"), [Normalised(identifiers.phone, optional=True)])
    scope = SelectField(_l("What has to stop"), default=EVERYTHING, choices=_scopes)
    came = SelectField(
        _l("How we heard of it"),
        [AnyOf([came.value for came in Came], _l("Press one of the buttons."))],
        choices=options(
            (Came.REPLY, _l("It came by a reply")),
            (Came.PHONE, _l("It came by phone")),
            (Came.POST, _l("It came by post")),
        ),
        validate_choice=False,
    )

    def validate_email(self, _field: Field) -> None:
        """One way at least by which the person is known."""
        if not any((each.data or "").strip() for each in (self.email, self.phone)):
            raise ValidationError(_("Give an e-mail address or a phone number."))

    def address(self) -> identifiers.Address | None:
        """The address in its stored forms, once it has been validated; None where none was given."""
        typed = (self.email.data or "").strip()
        return identifiers.address(typed) if typed else None

    def number(self) -> str | None:
        """The number in E.164, the same way."""
        typed = (self.phone.data or "").strip()
        return identifiers.phone(typed) if typed else None


class RatesFilter(FilterForm):
    """Of which days, language and version answers are counted."""

    PERIODS = (7, 30, 90, 365)

    period = SelectField(_l("Time"), default=str(PERIODS[1]))
    language = SelectField(_l("Language"), default="")
    version = SelectField(_l("Version"), default="")

    def __init__(self, versions: Sequence[Version]) -> None:
        super().__init__()
        self._versions = versions
        self.period.choices = [(str(days), format_duration(days, "day")) for days in self.PERIODS]
        self.language.choices = [("", _("Both languages")), *NAMES.items()]
        self.version.choices = [("", _("Every version")), *((v.id, self._named(v)) for v in versions)]

    @staticmethod
    def _named(version: Version) -> str:
        return f"{format_date(version.since, 'medium')}, {NAMES[version.language]}, {version.id[-8:]}"

    @property
    def days(self) -> int:
        """How many days, today included."""
        chosen = self.chosen().get("period")
        return int(chosen) if chosen else self.PERIODS[1]

    def notices(self) -> Collection[str]:
        """The versions that are counted."""
        chosen = self.chosen()
        return [
            version.id
            for version in self._versions
            if chosen.get("language", version.language) == version.language
            and chosen.get("version", version.id) == version.id
        ]
