"""What is typed into the register of disclosures."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from wtforms import BooleanField, DateField, EmailField, Field, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, StopValidation

from clevenio.errors import BadInput
from clevenio.i18n import gettext as _
from clevenio.i18n import lazy_gettext as _l
from clevenio.people import identifiers, reasons
from clevenio.people.addresses import Address
from clevenio.people.staff_members import StaffMember
from clevenio.rights.disclosures.models import Kind, Outcome
from clevenio.rights.disclosures.operations import Entry
from clevenio.rights.disclosures.words import KINDS, OUTCOMES
from clevenio.rights.forms import require_day
from clevenio.web.forms import Normalised, SignedInForm, options

MOST_ADDRESSES = 200


def _addresses(value: str) -> tuple[Address, ...]:
    """An address a line, each once. Raises `BadInput` for the first that is none, and for too many."""
    lines = [line.strip() for line in value.splitlines() if line.strip()]
    if len(lines) > MOST_ADDRESSES:
        raise BadInput("Name %(most)s people at most.", reason="many", most=MOST_ADDRESSES)
    found: dict[str, Address] = {}
    for number, line in enumerate(lines, 1):
        try:
            named = identifiers.address(line)
        except BadInput as problem:
            raise BadInput(
                "Line %(number)s is not an e-mail address.", reason="address", number=number
            ) from problem
        found[named.mailbox_key] = named
    return tuple(found.values())


def _request(value: str) -> UUID:
    try:
        return UUID(value.strip())
    except ValueError as error:
        raise BadInput("There is no request with this number.", reason="unknown") from error


class DisclosureForm(SignedInForm):
    """A request by an authority, or a transfer of business, and what came of it."""

    kind = SelectField(_l("What it was"), choices=options(*KINDS.items()))
    recipient = StringField(_l("Who asked, or who takes over"), [Normalised(reasons.title)])
    reference = StringField(_l("Their reference"), [Normalised(reasons.title, optional=True)])
    asked_on = DateField(_l("Day it was asked"), [InputRequired(_l("Give the day."))])
    outcome = SelectField(_l("What came of it"), choices=options(*OUTCOMES.items()))
    disclosed_on = DateField(_l("Day of the disclosure"))
    what = TextAreaField(_l("What was disclosed, or asked for and refused"), [Normalised(reasons.entry)])
    ground = TextAreaField(_l("Ground in the law"), [Normalised(reasons.entry)])
    addresses = TextAreaField(_l("About whom: e-mail addresses"), [Normalised(_addresses, optional=True)])
    request = StringField(_l("Number of a request of theirs"), [Normalised(_request, optional=True)])
    is_about_all = BooleanField(_l("It is about everybody whose data we held on that day."))
    secrecy = TextAreaField(
        _l("Ground for keeping it from the people"), [Normalised(reasons.entry, optional=True)]
    )
    decided_by = SelectField(_l("Who decided"))

    def __init__(self, members: Iterable[StaffMember], today: date, *args: object, **values: object) -> None:
        super().__init__(*args, **values)
        self.decided_by.choices = options(*((str(member.id), member.email) for member in members))
        self._today = today

    def validate_asked_on(self, field: Field) -> None:
        """Today at the latest."""
        self._check_day(field)

    def validate_disclosed_on(self, field: Field) -> None:
        """Today at the latest; given exactly where something was disclosed."""
        if any(text.strip() for text in field.raw_data or ()):
            self._check_day(field)
            return
        field.errors = []
        raise StopValidation(_("Give the day.") if self.outcome.data == Outcome.DISCLOSED else "")

    def _check_day(self, field: Field) -> None:
        require_day(field.data, self._today)

    def entry(self) -> Entry:
        """The fields as the domain takes them, once they have been validated."""
        outcome = Outcome(self.outcome.data)
        reference, secrecy, request = (
            (field.data or "").strip() for field in (self.reference, self.secrecy, self.request)
        )
        if self.asked_on.data is None:
            raise BadInput("Give the day.", reason="empty", field="asked_on")
        return Entry(
            kind=Kind(self.kind.data),
            recipient=reasons.title(self.recipient.data or ""),
            reference=reasons.title(reference) if reference else None,
            asked_on=self.asked_on.data,
            outcome=outcome,
            disclosed_on=self.disclosed_on.data if outcome is Outcome.DISCLOSED else None,
            content=reasons.entry(self.what.data or ""),
            ground=reasons.entry(self.ground.data or ""),
            is_about_all=bool(self.is_about_all.data),
            addresses=_addresses(self.addresses.data or ""),
            request=_request(request) if request else None,
            secrecy=reasons.entry(secrecy) if secrecy else None,
            decided_by=UUID(self.decided_by.data),
        )


class NoteForm(SignedInForm):
    """Something to add to an entry."""

    text = TextAreaField(_l("What is to be added"), [Normalised(reasons.entry)])
    ends_secrecy = BooleanField(_l("The people may know of it from now on."))

    def words(self) -> str:
        """The text, normalised."""
        return reasons.entry(self.text.data or "")


class WhoseForm(SignedInForm):
    """Whose disclosures are looked for."""

    email = EmailField(_l("E-mail address"), [Normalised(identifiers.address)])

    def address(self) -> Address:
        """The address."""
        return identifiers.address(self.email.data or "")
