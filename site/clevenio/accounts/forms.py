"""The forms of an account. Boxes are named by purpose, and worded by the notice that is kept."""

import json
from collections.abc import Iterable
from typing import Any

from wtforms import BooleanField, HiddenField, PasswordField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import InputRequired, ValidationError

from clevenio.accounts import guessing, passwords
from clevenio.accounts.operations import ACCOUNT_CHOICES
from clevenio.accounts.queries import Wanted
from clevenio.accounts.signups import CHOICES, Entry
from clevenio.errors import BadInput
from clevenio.i18n import LANGUAGES, NAMES
from clevenio.i18n import gettext as _
from clevenio.i18n import lazy_gettext as _l
from clevenio.people import identifiers
from clevenio.people.roles import LABELS
from clevenio.web.errors import say
from clevenio.web.forms import Normalised, OrderedFilter, PublicForm, SignedInForm, options


def _first_name(value: str) -> str:
    return _given(value, BadInput("Type your first name.", reason="empty"))


def _last_name(value: str) -> str:
    return _given(value, BadInput("Type your last name.", reason="empty"))


def _role_other(value: str) -> str:
    return identifiers.line(value, 100)


def _given(value: str, empty: BadInput) -> str:
    """The name; an empty one is refused in words that tell the two names apart."""
    if not identifiers.tidy(value):
        raise empty
    return identifiers.name(value)


class _ProfileFields:
    """What a person says about themselves, in the fields of the public contract."""

    first_name = StringField(_l("First name"), [Normalised(_first_name)])
    last_name = StringField(_l("Last name"), [Normalised(_last_name)])
    phone = StringField(_l("Phone"), [Normalised(identifiers.phone, optional=True)])
    company = StringField(_l("Company"), [Normalised(identifiers.company)])
    website = StringField(_l("Website of the company"), [Normalised(identifiers.website)])
    role = SelectField(
        _l("Your role there"),
        [Normalised(identifiers.role)],
        choices=[
            SelectChoice("", _l("Choose a role")),
            *(SelectChoice(code.value, label) for code, label in LABELS.items()),
        ],
        validate_choice=False,
    )
    role_other = StringField(_l("Which role is it?"), [Normalised(_role_other, optional=True)])

    def profile(self) -> dict[str, str | None]:
        """The fields as a person's profile, once they have been validated; an empty phone is None.

        The undivided name that an import or an inquiry brought gives way to the two.
        """
        website = identifiers.website(self.website.data or "")
        role = identifiers.role(self.role.data or "")
        phone = (self.phone.data or "").strip()
        return {
            "first_name": identifiers.name(self.first_name.data or ""),
            "last_name": identifiers.name(self.last_name.data or ""),
            "name": None,
            "company": identifiers.company(self.company.data or ""),
            "website": website.address,
            "website_domain": website.domain,
            "role": role.value,
            "role_other": _role_other(self.role_other.data or "") or None
            if role is identifiers.Role.OTHER
            else None,
            "phone": identifiers.phone(phone) if phone else None,
        }


def _ticked(form: PublicForm | SignedInForm, purposes: Iterable[str]) -> tuple[str, ...]:
    return tuple(purpose for purpose in purposes if form[purpose].data)


def _is_worded_so(form: PublicForm | SignedInForm, ticked: Iterable[str], notice: str) -> bool:
    """Whether the boxes were ticked beside this version of their words; clears them where not."""
    ticked = tuple(ticked)
    if not ticked or (form.notice.data or notice) == notice:
        return True
    for purpose in ticked:
        form[purpose].data = False
    form.form_errors.append(_("What the boxes say has changed since you opened this page. Choose anew."))
    return False


class SignupForm(_ProfileFields, PublicForm):
    """Signing up; nothing optional is ticked beforehand."""

    email = StringField(_l("Your e-mail address"), [Normalised(identifiers.address)])
    password = PasswordField(_l("Password"), [InputRequired(_l("Choose a password."))])
    terms = BooleanField(
        _l("I accept the terms of use and the data-processing agreement"),
        [InputRequired(_l("An account takes accepting the terms."))],
    )
    terms_version = HiddenField()
    notice = HiddenField()
    newsletter = BooleanField()
    product_news = BooleanField()
    surveys = BooleanField()
    trials = BooleanField()
    ad_audiences = BooleanField()

    def validate_password(self, field: PasswordField) -> None:
        """Long enough, and not what anybody would try first."""
        try:
            passwords.check(field.data or "", self.email.data or "", self.company.data or "")
        except BadInput as problem:
            raise ValidationError(say(problem)) from problem

    def ticked(self) -> tuple[str, ...]:
        """The purposes whose boxes are ticked."""
        return _ticked(self, CHOICES)

    def was_shown(self, terms: str, notice: str) -> bool:
        """Whether what was ticked beside these versions is what is accepted and allowed.

        Else the boxes are cleared, to be ticked again beside today's words. A form that names no
        version was made by somebody who read today's.
        """
        is_same = (self.terms_version.data or terms) == terms
        if not is_same:
            self.terms.data = False
            self.terms.errors = [_("The terms have changed since you opened this page. Read them anew.")]
        return _is_worded_so(self, self.ticked(), notice) and is_same

    def address(self) -> identifiers.Address:
        """The address, once it has been validated."""
        return identifiers.address(self.email.data or "")

    def entry(self, terms: str, waiting: str | None) -> Entry:
        """The form as the domain takes it. Hashes the password, which takes its time on purpose.

        `waiting` is that of a signup which waits for the address already.
        """
        return Entry(
            address=self.address(),
            profile=self.profile(),
            password=passwords.hashed_anew(self.password.data or "", waiting),
            ticked=self.ticked(),
            terms=terms,
        )


class NewVersionsForm(SignedInForm):
    """The one act on new versions of legal texts; `shown` says which stood on the page."""

    shown = HiddenField()


class FindAgreementsForm(SignedInForm):
    """Whose agreements staff look for. Posted, so that no address stands in an address."""

    email = StringField(_l("E-mail address"), [Normalised(identifiers.address)])


class LoginForm(PublicForm):
    """Logging in: nobody has a session yet, and so there is no token to carry."""

    email = StringField(_l("Your e-mail address"), [InputRequired(_l("Type an e-mail address."))])
    password = PasswordField(_l("Password"), [InputRequired(_l("Type your password."))])
    draft = HiddenField()

    def address_key(self) -> str:
        """The key to look for; what is no address is nobody's."""
        return guessing.whose(self.email.data or "")


class MailMeForm(PublicForm):
    """An address to be mailed something; whose it is, the answer does not tell."""

    email = StringField(_l("Your e-mail address"), [Normalised(identifiers.address)])

    def address(self) -> identifiers.Address:
        """The address, once it has been validated."""
        return identifiers.address(self.email.data or "")


def _new_password() -> PasswordField:
    # One for each form: fields, and their errors, come in the order in which they are made.
    return PasswordField(_l("New password"), [InputRequired(_l("Choose a password."))])


class _NewPassword:
    """A new password, measured against what everybody knows of its owner."""

    password = _new_password()
    about: tuple[str, ...] = ()

    def validate_password(self, field: PasswordField) -> None:
        """Long enough, and not what anybody would try first."""
        try:
            passwords.check(field.data or "", *self.about)
        except BadInput as problem:
            raise ValidationError(say(problem)) from problem


class ResetForm(_NewPassword, PublicForm):
    """The new password behind a mailed link."""


class VerifyForm(PublicForm):
    """The one button behind a mailed link."""


class ContestedForm(_NewPassword, VerifyForm):
    """The same where the password is chosen there, because several signups wait for the address."""


class PasswordForm(_NewPassword, SignedInForm):
    """Another password, for whoever knows the present one."""

    present = PasswordField(_l("Present password"), [InputRequired(_l("Type your present password."))])
    password = _new_password()

    def validate_password(self, field: PasswordField) -> None:
        """As above, and another than the present one: whoever changes it wants the old one to open nothing."""
        super().validate_password(field)
        if passwords.are_same(field.data or "", self.present.data or ""):
            raise ValidationError(_("The new password is the same as the present one. Choose another."))


class AddressForm(SignedInForm):
    """Another address, for whoever knows the password. Its field has a name of its own on the page."""

    email = StringField(_l("New e-mail address"), [Normalised(identifiers.address)])
    address_password = PasswordField(_l("Your password"), [InputRequired(_l("Type your password."))])

    def address(self) -> identifiers.Address:
        """The address, once it has been validated."""
        return identifiers.address(self.email.data or "")


class ProfileForm(_ProfileFields, SignedInForm):
    """The account's own details, and what stood on the page, as an object in JSON."""

    # What a person's profile holds for each field; what is computed together is written together.
    PARTS = (
        (("first_name", "last_name"), ("first_name", "last_name", "name")),
        (("phone",), ("phone",)),
        (("company",), ("company",)),
        (("website",), ("website", "website_domain")),
        (("role", "role_other"), ("role", "role_other")),
        (("language",), ("language",)),
    )

    stood = HiddenField()
    language = SelectField(
        _l("Language"), [InputRequired()], choices=[SelectChoice(code, NAMES[code]) for code in LANGUAGES]
    )

    def profile(self) -> dict[str, str | None]:
        """As above, and the language."""
        return {**super().profile(), "language": self.language.data}

    def untouched(self) -> frozenset[str]:
        """What of the profile was posted as the page showed it; nothing where the form does not say."""
        try:
            stood = json.loads(self.stood.data or "{}")
        except ValueError:
            stood = {}
        if not isinstance(stood, dict):
            return frozenset()
        same = {n for n, shown in stood.items() if n in self and (self[n].data or "") == shown}
        return frozenset(part for fields, parts in self.PARTS if same >= {*fields} for part in parts)

    def remember(self) -> None:
        """Note what the page shows."""
        shown = {name: self[name].data or "" for fields, _parts in self.PARTS for name in fields}
        self.stood.data = json.dumps(shown, ensure_ascii=False)


class ChoiceBoxes:
    """A person's marketing choices, and how their boxes stood when the page was made."""

    notice = HiddenField()
    stood = SelectMultipleField(validate_choice=False)
    newsletter = BooleanField()
    product_news = BooleanField()
    surveys = BooleanField()
    trials = BooleanField()
    mail_opens = BooleanField()
    ad_audiences = BooleanField()

    def ticked(self: Any) -> tuple[str, ...]:
        """The purposes whose boxes are ticked."""
        return _ticked(self, ACCOUNT_CHOICES)

    def shown(self) -> frozenset[str] | None:
        """What stood on the page, `partly` among it; None where the form does not say."""
        return frozenset(self.stood.data) if self.stood.data else None

    def was_shown(self: Any, notice: str) -> bool:
        """Whether the boxes were ticked beside these words; see `SignupForm`."""
        return _is_worded_so(self, self.ticked(), notice)


class ChoicesForm(ChoiceBoxes, SignedInForm):
    """The choices in the account."""


class SignupFilter(OrderedFilter):
    """Which signups the list shows, and in which order."""

    role = SelectField(_l("Role"), default="", choices=options(("", _l("All")), *LABELS.items()))

    def wanted(self) -> Wanted:
        """What was chosen."""
        return Wanted(**self.chosen())
