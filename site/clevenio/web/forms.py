"""Forms: public ones carry no token (see `cross_site`), those of signed-in people do."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from flask import g, request
from flask_wtf import FlaskForm
from werkzeug.datastructures import CombinedMultiDict, MultiDict
from wtforms import BooleanField, DateField, Field, FileField, PasswordField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.fields.core import UnboundField
from wtforms.form import BaseForm
from wtforms.validators import Optional, StopValidation, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from clevenio.errors import BadInput
from clevenio.i18n import current_language, gettext, translations
from clevenio.i18n import lazy_gettext as _l

# What WTForms says by itself, written down so that the catalogue has it.
WTFORMS = (
    _l("Not a valid choice."),
    _l("This field is required."),
    _l("Invalid Choice: could not coerce."),
    _l("Not a valid date value."),
    _l("Not a valid datetime value."),
    _l("Not a valid integer value."),
    _l("Number must be between %(min)s and %(max)s."),
)


class _Messages:
    """WTForms' own messages come from our catalogue."""

    def gettext(self, string: str) -> str:
        return gettext(string)

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        # WTForms fills in the values itself, afterwards.
        return translations(current_language()).ngettext(singular, plural, n)


class _Meta(FlaskForm.Meta):
    """What both kinds share: our messages, and fields that come from a form and nowhere else."""

    def get_translations(self, form: object) -> _Messages:
        return _Messages()

    def wrap_formdata(self, form: BaseForm, formdata: object) -> object:
        # Flask-WTF would also take JSON, whose values need not be text.
        if request.is_json:
            return request.form
        given = super().wrap_formdata(form, formdata)
        if given is not None and request.method == "POST":
            # Where the answer fails, what was typed into it is shown and can be sent again.
            g.setdefault("forms", []).append(form)
        if not isinstance(given, CombinedMultiDict):
            return given
        # It would give a file to a field of text, too, when a program sends one under its name.
        names = {field.name for field in form if isinstance(field, FileField)}
        files: MultiDict[str, Any] = MultiDict(
            pair for pair in request.files.items(multi=True) if pair[0] in names
        )
        parts: list[MultiDict[str, Any]] = [files, request.form]
        return CombinedMultiDict(parts)


# The button that asks for the same page, as it was typed, in the other language.
SWITCH = "switch"


class PublicForm(FlaskForm):
    """A form on a page that knows nobody. Shown again with what was typed, it goes along to the other language."""

    # Whether the page holds what only this answer knows.
    is_typed = False

    class Meta(_Meta):
        csrf = False

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """False where something is wrong, and where only the other language was asked for: then nothing is."""
        self.is_typed = True
        return not _is_switched() and bool(super().validate(extra_validators))

    @property
    def status(self) -> int:
        """What the page answers that shows the form again: 422, or 200 if nothing was wrong."""
        return 200 if _is_switched() else 422


class SignedInForm(FlaskForm):
    """A form on a page with a session: it carries a token."""

    class Meta(_Meta):
        pass


def _is_switched() -> bool:
    return SWITCH in request.form


class FilterForm(FlaskForm):
    """What a list is narrowed by. It comes with the address, so it holds no personal data."""

    class Meta(_Meta):
        csrf = False

    def __init__(self, given: MultiDict[str, str] | None = None) -> None:
        super().__init__(request.args if given is None else given)

    def chosen(self) -> dict[str, Any]:
        """What was chosen, by field; one that was not understood narrows nothing."""
        fields = [field for field in self if field.data and field.data != field.default and not field.errors]
        return {field.name: field.data for field in fields}


def typed_fields(form: type[BaseForm]) -> dict[str, "UnboundField[Any]"]:
    """What somebody types into a form, in its order: every field of its own but passwords and files."""
    own = ((name, getattr(form, name)) for name in dir(form))
    fields = [(name, field) for name, field in own if isinstance(field, UnboundField)]
    kept = [each for each in fields if not issubclass(each[1].field_class, (PasswordField, FileField))]
    return dict(sorted(kept, key=lambda each: each[1].creation_counter))


def typed_words(
    form: type[BaseForm], fields: Iterable[tuple[str, str]], prefix: str = ""
) -> list[tuple[str, str]]:
    """What was typed as people read it: the field's label and the words, choices by their names."""
    given: dict[str, list[str]] = {}
    for name, value in fields:
        given.setdefault(name, []).append(value)
    rows = [
        (str(field.args[0]), _in_words(field, given.get(prefix + name, [])))
        for name, field in typed_fields(form).items()
        if field.args
    ]
    return [(label, words) for label, words in rows if words.strip()]


def _in_words(field: "UnboundField[Any]", values: list[str]) -> str:
    if issubclass(field.field_class, BooleanField):
        return gettext("yes") if values else ""
    if not issubclass(field.field_class, (SelectField, SelectMultipleField)):
        return "\n".join(values)
    choices = field.kwargs.get("choices", ())
    labels = {
        str(choice.value): str(choice.label) for choice in (choices() if callable(choices) else choices)
    }
    # What is no choice is carried like the rest, so it is shown as it came: nothing goes along unseen.
    return ", ".join(labels.get(value, value) for value in values)


class Boxes(SelectMultipleField):
    """Several choices as tick boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def pre_validate(self, form: BaseForm) -> None:
        """Refuse a value that no box has; only a form that was tampered with sends one."""
        choices: list[Any] = [*(self.choices or [])]
        if set(self.data or []) - {choice.value for choice in choices}:
            raise ValidationError(gettext("Tick some of these boxes, and nothing else."))


def options(*pairs: tuple[str, str]) -> list[SelectChoice]:
    """The choices of a select field, from values and labels."""
    return [SelectChoice(value, label) for value, label in pairs]


class DaysFilter(FilterForm):
    """Which days of a list are shown."""

    since = DateField(_l("From date"), [Optional()])
    until = DateField(_l("To date"), [Optional()])


class OrderedFilter(DaysFilter):
    """The days, and the order, of a list of what came in from companies."""

    order = SelectField(
        _l("Order"),
        default="newest",
        choices=options(
            ("newest", _l("Newest first")), ("oldest", _l("Oldest first")), ("company", _l("By company"))
        ),
    )


class Normalised:
    """Checks a field by the function that makes its stored form, and shows what that refuses.

    `optional` lets an empty field through. The field keeps what was typed.
    """

    def __init__(self, function: Callable[[str], object], optional: bool = False) -> None:
        self._function = function
        self._optional = optional
        self.field_flags = {} if optional else {"required": True}

    def __call__(self, _form: object, field: Field) -> None:
        text = field.data or ""
        if self._optional and not text.strip():
            return
        try:
            self._function(text)
        except BadInput as problem:
            raise StopValidation(gettext(problem.message, **problem.values)) from problem
