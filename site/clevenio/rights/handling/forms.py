"""What staff type while they handle a request, and what the queue is narrowed by."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from wtforms import EmailField, Field, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
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
from clevenio.rights.handling.granting import End
from clevenio.rights.handling.operations import Came
from clevenio.rights.handling.routing import Route
from clevenio.rights.models import OTHER, Channel, Outcome, Way
from clevenio.rights.queries import Wanted
from clevenio.rights.rectifying import Wanted as Correction
from clevenio.rights.words import FIELDS, GROUNDS, KINDS, LISTS
from clevenio.web.forms import Boxes, FilterForm, Normalised, SignedInForm, options

LONGEST_ANSWER = 20_000
LONGEST_POST = 500
# A line of a template that staff have to write themselves.
GAP = "–"
Value = TypeVar("Value")
BY_MAIL, BY_HAND = ("mail", _l("By mail, now")), ("other", _l("I answer by post or phone myself"))
# How an answer goes out where the answers of a request go by hand.
AS_LETTER = {
    Way.POST: ("mail", _l("As a letter to print and post")),
    Way.PHONE: ("mail", _l("To be said on the phone")),
}
AT_THE_ADDRESS = ("", _l("By e-mail to the address of the request"))
ELSEWHERE = (
    (Way.MAIL.value, _l("By e-mail to another address")),
    (Way.POST.value, _l("By post")),
    (Way.PHONE.value, _l("By phone")),
)
# What a granted objection ends. The log of use knows nobody by an address alone.
IN_THE_LOG = SelectChoice(
    End.IMPROVEMENT.value, _l("The usage log: it is deleted, and nothing is added to it")
)
ELSE = (
    SelectChoice(End.MARKETING.value, _l("All direct marketing, by every channel")),
    SelectChoice(
        End.ERASURE.value, _l("The data goes: an erasure is opened, and nothing is used until then")
    ),
    SelectChoice(End.OTHER.value, _l("Something that I have ended myself, as the answer says")),
)


def answer_text(value: str) -> str:
    """An answer. Raises `BadInput` where it is empty or too long, or a template's gap is still in it."""
    text = paragraphs(value, LONGEST_ANSWER)
    if not text:
        raise BadInput("Write the answer.", reason="empty")
    if any(line.strip() == GAP for line in text.splitlines()):
        raise BadInput("Fill in the lines where there is only a dash, or delete them.", reason="gap")
    return text


def postal_address(value: str) -> str:
    """A postal address in its lines. Raises `BadInput`."""
    return paragraphs(value, LONGEST_POST)


def typed(field: Field, rule: Callable[[str], Value]) -> Value | None:
    """What was typed into a field that may be empty, by its rule, once it has been validated."""
    text = str(field.data or "").strip()
    return rule(text) if text else None


def addressed(name: str | None, post: str) -> str:
    """A postal address with the name above it, unless that stands there, in whichever order."""
    first = post.casefold().partition("\n")[0].replace(",", " ").split()
    return post if not name or set(name.casefold().split()) <= set(first) else f"{name}\n{post}"


class EntryForm(CameIn):
    """A request that came by e-mail, phone or post."""

    kind = kinds_field(_l("What is asked"), KINDS)
    email = EmailField(_l("Whose data: the e-mail address"), [Normalised(identifiers.address, optional=True)])
    name = StringField(_l("Name"), [Normalised(identifiers.name, optional=True)])
    phone = StringField(_l("Phone"), [Normalised(identifiers.phone, optional=True)])
    post = TextAreaField(_l("Postal address"), [Normalised(postal_address, optional=True)])
    answer_way = SelectField(
        _l("Where the answer goes"),
        default="",
        choices=options(
            ("", _l("By e-mail if there is an address, else by post or phone")),
            (Way.POST.value, _l("By post, to the postal address")),
            (Way.PHONE.value, _l("By phone, to the number")),
        ),
    )
    answer_to = EmailField(
        _l("Another address for the answer"), [Normalised(identifiers.address, optional=True)]
    )
    details = details_field(_l("What the person said, in brief"))
    checked = TextAreaField(_l("Which facts agreed"), [Normalised(reasons.text, optional=True)])

    def came(self, now: datetime) -> Came:
        """The fields as the domain takes them, once they have been validated."""
        checked = (self.checked.data or "").strip()
        return Came(
            kinds=chosen_kinds(self.kind),
            address=typed(self.email, identifiers.address),
            name=typed(self.name, identifiers.name),
            phone=typed(self.phone, identifiers.phone),
            post=typed(self.post, postal_address),
            route=self.route(),
            channel=Channel(self.channel.data),
            received_at=self.received_at(now),
            language=str(self.language.data),
            details=typed_details(self.details),
            checked=reasons.text(checked) if checked else None,
        )

    def validate_email(self, field: EmailField) -> None:
        """One way at least by which the person is reached and known."""
        if not any((each.data or "").strip() for each in (field, self.phone, self.post)):
            raise ValidationError(_("Give an e-mail address, a phone number or a postal address."))

    def validate_answer_way(self, field: SelectField) -> None:
        """There has to be somewhere for the answer to go."""
        if field.data == Way.POST and not (self.post.data or "").strip():
            raise ValidationError(_("Give the postal address."))
        if field.data == Way.PHONE and not (self.phone.data or "").strip():
            raise ValidationError(_("Give the phone number."))

    def route(self) -> Route | None:
        """Where the answer goes, None for the address itself."""
        other, post = typed(self.answer_to, identifiers.address), typed(self.post, postal_address)
        phone, way = typed(self.phone, identifiers.phone), self.answer_way.data
        if not way and (other or typed(self.email, identifiers.address)):
            return Route(Way.MAIL, other) if other else None
        if post and way != Way.PHONE:
            return Route(Way.POST, place=addressed(typed(self.name, identifiers.name), post))
        return Route(Way.PHONE, place=phone)


class RouteForm(SignedInForm):
    """Where the answers go from now on, and how that is known to be the person's."""

    way = SelectField(_l("Where the answers go"), choices=options(AT_THE_ADDRESS, *ELSEWHERE))
    email = EmailField(_l("Another address"), [Normalised(identifiers.address, optional=True)])
    post = TextAreaField(_l("Name and postal address"), [Normalised(postal_address, optional=True)])
    phone = StringField(_l("Phone"), [Normalised(identifiers.phone, optional=True)])
    reason = TextAreaField(_l("How you know that it is theirs"), [Normalised(reasons.text)])

    def __init__(self, *args: object, has_address: bool = True, **values: object) -> None:
        super().__init__(*args, **values)
        if not has_address:
            self.way.choices = options(*ELSEWHERE)

    def validate_way(self, field: SelectField) -> None:
        """What was chosen needs its place."""
        wanted = {Way.MAIL: self.email, Way.POST: self.post, Way.PHONE: self.phone}
        if field.data and not (wanted[Way(field.data)].data or "").strip():
            raise ValidationError(_("Say where: fill in the field for it below."))

    def route(self) -> Route:
        """The fields as the domain takes them, once they have been validated."""
        way = Way(self.way.data or Way.MAIL)
        if way is Way.MAIL:
            return Route(way, typed(self.email, identifiers.address) if self.way.data else None)
        place = typed(self.post, postal_address) if way is Way.POST else typed(self.phone, identifiers.phone)
        return Route(way, place=place)

    def why(self) -> str:
        """How it is known, normalised."""
        return reasons.text(self.reason.data or "")


class AnswerForm(SignedInForm):
    """The answer in writing, how it goes out, and what the request came to."""

    text = TextAreaField(_l("Answer"), [Normalised(answer_text)])
    way = SelectField(
        _l("How it goes out"),
        [InputRequired()],
        choices=options(BY_MAIL, BY_HAND),
    )

    def __init__(self, *args: object, asked: Way = Way.MAIL, is_known: bool = True, **values: object) -> None:
        super().__init__(*args, **values)
        if asked in AS_LETTER:
            self.way.choices = options(AS_LETTER[asked], BY_HAND)
        if not is_known:
            self.ends.choices = [*ELSE]

    outcome = SelectField(
        _l("What the request came to"),
        choices=options(
            ("", _l("Answered by us")), (Outcome.FORWARDED.value, _l("Forwarded to the controller"))
        ),
    )

    ends = Boxes(
        _l("What ends because of the objection"),
        choices=[IN_THE_LOG, *ELSE],
    )

    def what_ends(self) -> frozenset[End]:
        """What was ticked."""
        return frozenset(map(End, self.ends.data or ()))

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
