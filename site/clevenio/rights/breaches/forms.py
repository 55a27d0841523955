"""What is typed into the register of breaches: an opening, and one form for each aspect."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from wtforms import DateTimeLocalField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import NumberRange
from wtforms.validators import Optional as MayBeEmpty

from clevenio.i18n import lazy_gettext as _l
from clevenio.people import reasons
from clevenio.rights.breaches.models import Aspect, Decision, Role
from clevenio.rights.breaches.operations import Entry, Opening
from clevenio.rights.breaches.words import DECISIONS, ROLES
from clevenio.rights.forms import Past, typed
from clevenio.web.forms import Normalised, SignedInForm, options

# More than there are people and records in the world of a company; a slip of the finger stops here.
MOST = 10_000_000_000


class OpeningForm(SignedInForm):
    """A new entry: as much as is known in the first minutes."""

    incident = StringField(_l("The incident in a line"), [Normalised(reasons.title)])
    role = SelectField(_l("Our role"), choices=options(*ROLES.items()))
    known_at = DateTimeLocalField(_l("When it became known to us"))
    known_how = TextAreaField(_l("How it became known"), [Normalised(reasons.entry)])
    facts = TextAreaField(_l("What happened, as far as is known"), [Normalised(reasons.entry)])

    def __init__(self, now: datetime, *args: object, **values: object) -> None:
        super().__init__(*args, **values)
        self.known_at.validators = [Past(now)]
        self.known_at.flags.required = True

    def opening(self) -> Opening:
        """The fields as the domain takes them, once they have been validated."""
        return Opening(
            role=Role(self.role.data),
            incident=reasons.title(self.incident.data or ""),
            facts=reasons.entry(self.facts.data or ""),
            known_at=typed(self.known_at),
            known_how=reasons.entry(self.known_how.data or ""),
        )


class AdditionForm(SignedInForm):
    """Every field that an addition may have, whatever it is about: for whoever carries along what was typed."""

    decision = SelectField(_l("Decision"), choices=options(*DECISIONS.items()))
    moment = DateTimeLocalField(_l("When it was"))
    text = TextAreaField(_l("In words"))
    people = IntegerField(_l("People, about"))
    records = IntegerField(_l("Records, about"))
    delay = TextAreaField(_l("Reason for the delay"))


class AspectForm(SignedInForm):
    """An addition in words."""

    aspect: Aspect
    text: StringField = TextAreaField(_l("In words"), [Normalised(reasons.entry)])

    def __init__(self, now: datetime, *args: object, **values: object) -> None:
        super().__init__(*args, **values)

    def entry(self) -> Entry:
        """The fields as the domain takes them, once they have been validated."""
        return Entry(self.aspect, self.words())

    def words(self) -> str:
        """The text, normalised."""
        return reasons.entry(self.text.data or "")


class IncidentForm(AspectForm):
    """The incident in a line, said better."""

    text = StringField(_l("In a line"), [Normalised(reasons.title)])


class KnownForm(AspectForm):
    """When it became known, after all."""

    moment = DateTimeLocalField(_l("When it became known to us"))
    text = TextAreaField(_l("How it became known, and why this changed"), [Normalised(reasons.entry)])

    def __init__(self, now: datetime, *args: object, **values: object) -> None:
        super().__init__(now, *args, **values)
        self.moment.validators = [Past(now)]
        self.moment.flags.required = True

    def entry(self) -> Entry:
        return Entry(self.aspect, self.words(), typed(self.moment))


class CategoriesForm(AspectForm):
    """Whose data, which, and how much of it."""

    text = TextAreaField(_l("Kinds of people and of data"), [Normalised(reasons.entry)])
    people = IntegerField(_l("People, about"), [MayBeEmpty(), NumberRange(0, MOST)])
    records = IntegerField(_l("Records, about"), [MayBeEmpty(), NumberRange(0, MOST)])

    def entry(self) -> Entry:
        return Entry(self.aspect, self.words(), people=self.people.data, records=self.records.data)


class DutyForm(AspectForm):
    """A decision about telling; where somebody was told, when."""

    decisions: ClassVar[Sequence[Decision]] = ()
    told: ClassVar[Sequence[Decision]] = ()
    decision = SelectField(_l("Decision"))
    moment = DateTimeLocalField(_l("When they were told"))

    def __init__(self, now: datetime, *args: object, **values: object) -> None:
        super().__init__(now, *args, **values)
        self.decision.choices = options(*((each.value, DECISIONS[each]) for each in self.decisions))
        self._now = now

    def validate_moment(self, field: DateTimeLocalField) -> None:
        """Needed exactly where somebody was told."""
        Past(self._now, optional=self.decision.data not in [each.value for each in self.told])(self, field)

    def entry(self) -> Entry:
        decision = Decision(self.decision.data)
        moment = typed(self.moment) if decision in self.told else None
        return Entry(self.aspect, self.words(), moment, decision)


class AuthorityForm(DutyForm):
    """Whether the authority was notified."""

    decisions = (Decision.NOTIFIED, Decision.IN_PHASES, Decision.NOT_NEEDED)
    told = (Decision.NOTIFIED, Decision.IN_PHASES)
    moment = DateTimeLocalField(_l("When it was notified"))
    text = TextAreaField(
        _l("What was said and its reference, or why there is no risk"), [Normalised(reasons.entry)]
    )
    delay = TextAreaField(_l("Reason for the delay"), [Normalised(reasons.entry, optional=True)])

    def entry(self) -> Entry:
        made = super().entry()
        late = (self.delay.data or "").strip()
        return Entry(
            made.aspect, made.text, made.moment, made.decision, reasons.entry(late) if late else None
        )


class PeopleForm(DutyForm):
    """Whether the people were told."""

    decisions = (
        Decision.TOLD, Decision.PUBLIC, Decision.NO_HIGH_RISK, Decision.PROTECTED, Decision.AVERTED,
    )  # fmt: skip
    told = (Decision.TOLD, Decision.PUBLIC)
    text = TextAreaField(
        _l("What they were told and how, or the grounds for not telling"), [Normalised(reasons.entry)]
    )


class ControllersForm(DutyForm):
    """Which controller was told."""

    decisions = (Decision.ALL_TOLD, Decision.MORE_TO_TELL)
    told = decisions
    text = TextAreaField(_l("Which controllers were told, and what"), [Normalised(reasons.entry)])


class ClosingForm(AspectForm):
    """What came of it."""

    text = TextAreaField(_l("What was learnt"), [Normalised(reasons.entry)])


_FORMS: dict[Aspect, type[AspectForm]] = {
    Aspect.INCIDENT: IncidentForm,
    Aspect.KNOWN: KnownForm,
    Aspect.CATEGORIES: CategoriesForm,
    Aspect.AUTHORITY: AuthorityForm,
    Aspect.PEOPLE: PeopleForm,
    Aspect.CONTROLLERS: ControllersForm,
    Aspect.CLOSED: ClosingForm,
}


def form_for(aspect: Aspect, now: datetime, *args: object) -> AspectForm:
    """The form of an aspect; with `None` an empty one, else what was posted."""
    form = _FORMS.get(aspect, AspectForm)(now, *args)
    form.aspect = aspect
    return form
