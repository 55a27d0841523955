"""Forms: public ones carry no token (see `cross_site`), those of signed-in people do."""

from collections.abc import Callable

from flask_wtf import FlaskForm
from wtforms import Field
from wtforms.validators import StopValidation

from clevenio.errors import BadInput
from clevenio.i18n import current_language, gettext, translations


class _Messages:
    """WTForms' own messages come from our catalogue."""

    def gettext(self, string: str) -> str:
        return gettext(string)

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        # WTForms fills in the values itself, afterwards.
        return translations(current_language()).ngettext(singular, plural, n)


class PublicForm(FlaskForm):
    """A form on a page that knows nobody."""

    class Meta(FlaskForm.Meta):
        csrf = False

        def get_translations(self, form: object) -> _Messages:
            return _Messages()


class SignedInForm(FlaskForm):
    """A form on a page with a session: it carries a token."""

    class Meta(FlaskForm.Meta):
        def get_translations(self, form: object) -> _Messages:
            return _Messages()


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
