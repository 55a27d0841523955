"""The forms by which a campaign is written and sent."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from wtforms import DateField, HiddenField, RadioField, SelectField, StringField, TextAreaField, TimeField
from wtforms.validators import DataRequired, Optional, ValidationError

from clevenio.errors import BadInput
from clevenio.i18n import LANGUAGES
from clevenio.i18n import gettext as _
from clevenio.i18n import lazy_gettext as _l
from clevenio.newsletter import drafts, schedule
from clevenio.newsletter.drafts import Draft
from clevenio.newsletter.recipients import Criteria
from clevenio.registry import load
from clevenio.web.errors import say
from clevenio.web.forms import Normalised, SignedInForm, options

# What the page shows beside the form: the layout in either colours, or the text part.
SHOWN = ("light", "dark", "text")


class TextForm(SignedInForm):
    """Subject and text in each language, the topic, and who of those on it gets the campaign."""

    topic = SelectField(_l("What kind of message it is"))
    segment = SelectField(_l("Who gets it"))
    subject_fi = StringField(_l("Subject in Finnish"), [Normalised(drafts.subject, optional=True)])
    text_fi = TextAreaField(_l("Text in Finnish"), [Normalised(drafts.text, optional=True)])
    subject_en = StringField(_l("Subject in English"), [Normalised(drafts.subject, optional=True)])
    text_en = TextAreaField(_l("Text in English"), [Normalised(drafts.text, optional=True)])
    seen = HiddenField()
    # The id that a new draft gets, so that the form makes one however often it is posted.
    proposed = HiddenField(default=lambda: str(uuid4()))

    def __init__(self, segments: Sequence[tuple[str, str]], draft: Draft | None = None) -> None:
        given = _typed(draft) if draft else {}
        super().__init__(**given)
        self.topic.choices = [(topic, str(load().purposes[topic].name)) for topic in load().topics]
        self.segment.choices = [("", _("Everybody on the topic")), *segments]

    def texts(self) -> Mapping[str, tuple[str, str]]:
        """What was typed, by language."""
        return {
            language: (self[f"subject_{language}"].data or "", self[f"text_{language}"].data or "")
            for language in LANGUAGES
        }

    def proposed_id(self) -> UUID | None:
        """The id for a new draft; None where none that is one was posted."""
        try:
            return UUID(self.proposed.data or "")
        except ValueError:
            return None

    def draft(self, criteria: Criteria | None) -> Draft:
        """The draft, once the form has been validated; `criteria` are those of the chosen segment."""
        kept = {
            language: (drafts.subject(subject), drafts.text(text))
            for language, (subject, text) in self.texts().items()
        }
        return Draft(self.topic.data, self.segment.data or None, criteria, kept)


def _typed(draft: Draft) -> dict[str, str]:
    typed = {"topic": draft.topic, "segment": draft.segment or "", "seen": draft.version}
    for language, (subject, text) in draft.texts.items():
        typed |= {f"subject_{language}": subject, f"text_{language}": text}
    return typed


class SendForm(SignedInForm):
    """The act itself. `seen` is the version that was checked, so that no other one leaves."""

    seen = HiddenField()


class ScheduleForm(SendForm):
    """A day and a time by the site's clock."""

    day = DateField(_l("Day"), [DataRequired(_l("Choose a day."))])
    clock = TimeField(_l("Time"), [DataRequired(_l("Choose a time."))])
    which = RadioField(
        _l("Which of the two"),
        [Optional()],
        choices=options(
            (schedule.SUMMER, _l("The first, by summer time")),
            (schedule.WINTER, _l("The second, by winter time")),
        ),
    )
    # Whether the page has to ask which of two equal times is meant.
    is_twice = False

    def validate_clock(self, field: TimeField) -> None:
        """Refuse a time that the night leaves out, and ask about one that it has twice."""
        if self.day.data is None or field.data is None:
            return
        try:
            at = self.at()
        except BadInput as problem:
            self.is_twice = problem.values.get("reason") == "twice"
            raise ValidationError(say(problem)) from problem
        # What was answered stays to be seen where something else is wrong.
        self.is_twice = schedule.comes_twice(at)

    def at(self) -> datetime:
        """The moment that is meant. Raises `BadInput`."""
        day, clock = self.day.data, self.clock.data
        if day is None or clock is None:
            raise BadInput("Choose a day and a time.")
        return schedule.moment(day, clock, self.which.data or "")
