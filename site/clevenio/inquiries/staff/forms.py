"""The forms of those who answer: an answer, a template of answers, what is removed from a message."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from wtforms import HiddenField, SelectField, StringField, TextAreaField

from clevenio.errors import BadInput
from clevenio.i18n import gettext
from clevenio.i18n import lazy_gettext as _l
from clevenio.inquiries import redaction
from clevenio.inquiries.forms import LONGEST_MESSAGE
from clevenio.inquiries.models import AnswerTemplate
from clevenio.inquiries.templates import Words
from clevenio.people.text import line, paragraphs, tidy
from clevenio.web.forms import Boxes, Normalised, SignedInForm, options


def answer(value: str) -> str:
    """The text of an answer. Raises `BadInput` where it is empty or too long."""
    text = paragraphs(value, LONGEST_MESSAGE)
    if not text:
        raise BadInput("Write the answer.", reason="empty")
    return text


def template_name(value: str) -> str:
    """What a template is called. Raises `BadInput` where it is empty or too long."""
    text = line(value, 80)
    if not text:
        raise BadInput("Name the template.", reason="empty")
    return text


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None


class AnswerForm(SignedInForm):
    """An answer and the template that its text may begin with. `key` makes two presses one answer."""

    key = HiddenField()
    text = TextAreaField(_l("Your answer"), [Normalised(answer)])
    template = SelectField(_l("Template"), choices=[], validate_choice=False)

    def offer(self, templates: Sequence[AnswerTemplate]) -> None:
        """Fill in the choices, and an id for the answer of a form that has none."""
        self.template.choices = options(*((str(each.id), each.name) for each in templates))
        self.key.data = str(self.answer_id())

    def answer_id(self) -> UUID:
        """The id of the answer that this form is about; a new one where a tampered form has none."""
        return _uuid(self.key.data) or uuid4()

    def template_id(self) -> UUID | None:
        """The template that was chosen; None where it is none of ours."""
        return _uuid(self.template.data)

    def begin_with(self, words: str) -> None:
        """Put a template's words below what was typed already."""
        typed = (self.text.data or "").rstrip()
        self.text.data = f"{typed}\n\n{words}" if typed else words


class TemplateForm(SignedInForm):
    """A template in both languages."""

    name = StringField(_l("Name of the template"), [Normalised(template_name)])
    fi = TextAreaField(_l("In Finnish"), [Normalised(answer)])
    en = TextAreaField(_l("In English"), [Normalised(answer)])

    def words(self) -> Words:
        """The fields in their stored forms, once they have been validated."""
        return Words(
            template_name(self.name.data or ""), answer(self.fi.data or ""), answer(self.en.data or "")
        )


class RedactionForm(SignedInForm):
    """Which passages of one message are to go, and why. `version` names the text that the numbers are about."""

    version = HiddenField()
    part = Boxes(_l("Sentences and lines"))
    passage = TextAreaField(_l("Passages in their own words"))
    reason = SelectField(
        _l("Why"),
        choices=options(
            ("sensitive", _l("Sensitive data: health, beliefs, origin and the like")),
            ("other_person", _l("Data about somebody else")),
            ("confidential", _l("A secret, such as a password or a card number")),
        ),
    )

    def __init__(self, message: str, *given: object) -> None:
        super().__init__(*given)
        self._message, now = message, redaction.version(message)
        self.part.choices = options(
            *((str(number), text) for number, text in enumerate(redaction.parts(message)))
        )
        if not self.version.data:
            self.version.data = now
        self._is_of_before = self.version.data != now

    def validate(self, extra_validators: object = None) -> bool:
        """Also whether there is anything to remove, and all of it is there."""
        if self._is_of_before:
            self.part.data, self.version.data = [], redaction.version(self._message)
            self.form_errors.append(
                gettext("The message has changed since you opened this page. Choose again.")
            )
            return False
        if not super().validate(extra_validators):
            return False
        try:
            self.spans()
        except BadInput as problem:
            self.passage.errors = [gettext(problem.message, **problem.values)]
        return not self.passage.errors

    def chosen(self) -> redaction.Chosen:
        """What was chosen, by number and by words; each line of the field is a passage."""
        lines = (self.passage.data or "").splitlines()
        passages = tuple(text for each in lines if (text := tidy(each)))
        return redaction.Chosen(
            self.version.data or "", frozenset(int(number) for number in self.part.data or []), passages
        )

    def spans(self) -> list[redaction.Span]:
        """The places in the message. Raises `BadInput` where there is nothing to remove."""
        return redaction.where(self._message, self.chosen())
