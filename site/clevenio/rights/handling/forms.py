"""What staff type while they handle a request, and what the queue is narrowed by."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from wtforms import EmailField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, ValidationError

from clevenio.errors import BadInput
from clevenio.i18n import gettext as _
from clevenio.i18n import lazy_gettext as _l
from clevenio.people import identifiers, reasons
from clevenio.people.staff_members import StaffMember
from clevenio.people.text import paragraphs
from clevenio.registry import load
from clevenio.rights import rectifying, restricting
from clevenio.rights.asking.forms import chosen_kinds, details_field, kinds_field, typed_details
from clevenio.rights.forms import CameIn
from clevenio.rights.handling.operations import Came
from clevenio.rights.models import OTHER, Channel, Outcome
from clevenio.rights.queries import Wanted
from clevenio.rights.rectifying import Wanted as Correction
from clevenio.rights.words import FIELDS, GROUNDS, KINDS, LISTS
from clevenio.web.forms import FilterForm, Normalised, SignedInForm, options

LONGEST_ANSWER = 20_000
# A line of a template that staff have to write themselves.
GAP = "–"


def answer_text(value: str) -> str:
    """An answer. Raises `BadInput` where it is empty or too long, or a template's gap is still in it."""
    text = paragraphs(value, LONGEST_ANSWER)
    if not text:
        raise BadInput("Write the answer.", reason="empty")
    if any(line.strip() == GAP for line in text.splitlines()):
        raise BadInput("Fill in the lines where there is only a dash, or delete them.", reason="gap")
    return text


class EntryForm(CameIn):
    """A request that came by e-mail, phone or post."""

    kind = kinds_field(_l("What is asked"), KINDS)
    email = EmailField(_l("Whose data: the e-mail address"), [Normalised(identifiers.address)])
    answer_to = EmailField(
        _l("Another address for the answer"), [Normalised(identifiers.address, optional=True)]
    )
    details = details_field(_l("What the person said, in brief"))
    checked = TextAreaField(_l("Which facts agreed"), [Normalised(reasons.text, optional=True)])

    def came(self, now: datetime) -> Came:
        """The fields as the domain takes them, once they have been validated."""
        other, checked = (self.answer_to.data or "").strip(), (self.checked.data or "").strip()
        return Came(
            kinds=chosen_kinds(self.kind),
            address=identifiers.address(self.email.data or ""),
            channel=Channel(self.channel.data),
            received_at=self.received_at(now),
            language=str(self.language.data),
            details=typed_details(self.details),
            answer_to=identifiers.address(other) if other else None,
            checked=reasons.text(checked) if checked else None,
        )


class AnswerForm(SignedInForm):
    """The answer in writing, how it goes out, and what the request came to."""

    text = TextAreaField(_l("Answer"), [Normalised(answer_text)])
    way = SelectField(
        _l("How it goes out"),
        [InputRequired()],
        choices=options(("mail", _l("By mail, now")), ("other", _l("I answer by post or phone myself"))),
    )
    outcome = SelectField(
        _l("What the request came to"),
        choices=options(
            ("", _l("Answered by us")), (Outcome.FORWARDED.value, _l("Forwarded to the controller"))
        ),
    )

    def answer(self) -> str:
        """The text, normalised."""
        return answer_text(self.text.data or "")

    def came_to(self) -> Outcome | None:
        """What was chosen."""
        return Outcome(self.outcome.data) if self.outcome.data else None


class AssignmentForm(SignedInForm):
    """Who looks after a request."""

    member = SelectField(_l("Who looks after it"))

    def __init__(self, members: Iterable[StaffMember], *args: object, **values: object) -> None:
        super().__init__(*args, **values)
        named = [(str(member.id), member.email) for member in members]
        self.member.choices = options(("", _l("Nobody")), *named)

    def chosen(self) -> UUID | None:
        """The member, None for nobody."""
        return UUID(self.member.data) if self.member.data else None


class GroundForm(SignedInForm):
    """On which ground data is restricted."""

    ground = SelectField(
        _l("Ground"), choices=options(*((ground.value, GROUNDS[ground]) for ground in restricting.GROUNDS))
    )


class CorrectionForm(SignedInForm):
    """One field as it should be, on whose word, and what follows from it.

    Of somebody whom no list knows only what is corrected elsewhere can be written down.
    """

    field = SelectField(_l("What is corrected"), choices=options(*FIELDS.items()))
    value = StringField(_l("As it should be"))
    source = TextAreaField(_l("On whose word"), [Normalised(reasons.text)])
    effect = TextAreaField(_l("What follows from it"), [Normalised(reasons.account, optional=True)])

    def __init__(self, *args: object, is_known: bool = True, **values: object) -> None:
        super().__init__(*args, **values)
        if not is_known:
            self.field.choices = options((OTHER, FIELDS[OTHER]))

    def validate_value(self, field: StringField) -> None:
        """By the rule of the field that was chosen; empty takes away what stands there."""
        rule, is_typed = rectifying.RULES.get(str(self.field.data)), bool((field.data or "").strip())
        if self.field.data == OTHER and not is_typed:
            raise ValidationError(_("Say what was wrong and how it stands now."))
        if rule is not None and is_typed:
            Normalised(rule)(self, field)

    def correction(self) -> Correction:
        """The fields as the domain takes them, once they have been validated."""
        typed, name = (self.value.data or "").strip(), str(self.field.data)
        return Correction(
            field=name,
            value=rectifying.RULES[name](typed) if typed else None,
            source=reasons.text(self.source.data or ""),
            effect=reasons.account(self.effect.data or "") or None,
        )


class RecipientForm(SignedInForm):
    """Who else has the data, as staff know."""

    vendor = SelectField(_l("Who else has the data"), [InputRequired(_l("Choose the recipient."))])

    def __init__(self, *args: object, **values: object) -> None:
        super().__init__(*args, **values)
        known = sorted(load().vendors.values(), key=lambda each: each.name)
        named = ((each.id, f"{each.name}, {each.company}") for each in known)
        self.vendor.choices = options(("", "–"), *named)


class QueueFilter(FilterForm):
    """Which requests the queue shows."""

    state = SelectField(_l("Which requests"), default="", choices=options(*LISTS))
    kind = SelectField(_l("What is asked"), default="", choices=options(("", _l("All")), *KINDS.items()))
    care = SelectField(
        _l("Looked after by"),
        default="",
        choices=options(("", _l("Anybody")), ("me", _l("Me")), ("nobody", _l("Nobody"))),
    )

    def wanted(self, me: UUID) -> Wanted:
        """What was chosen, by whoever looks."""
        chosen = self.chosen()
        care = chosen.pop("care", "")
        return Wanted(**chosen, member=me if care == "me" else None, is_unassigned=care == "nobody")
