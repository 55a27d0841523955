"""What was typed into a form that could not be taken just now: shown in the answer, to be sent again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from flask import g, request
from wtforms import FileField, PasswordField
from wtforms.form import BaseForm

from clevenio.web.forms import PublicForm, SignedInForm, typed_fields, typed_words
from clevenio.web.kit import kit


@dataclass(frozen=True)
class Typed:
    """A form with what was posted in it, as fields and in words; `lacks`: a password or a file does not go along."""

    form: BaseForm
    fields: tuple[tuple[str, str], ...]
    words: list[tuple[str, str]]
    lacks: bool


def typed() -> Typed | None:
    """The form that this post filled in; None where nobody typed anything, or no form is known."""
    forms = g.get("forms") or [form() for form in _not_yet_read()]
    found = [each for each in map(_read, forms) if each.words]
    # A page may hold several forms with the same fields, told apart by what stands before their names.
    return max(found, key=lambda each: len(each.fields), default=None)


def _not_yet_read() -> Iterator[Callable[[], SignedInForm]]:
    """The form of a signed-in page that failed before it was read: nobody could say who is there."""
    known = kit().form_of(request.endpoint or "")
    if known is not None and request.method == "POST":
        form, prefix = known
        yield partial(form, prefix=prefix)


def _read(form: PublicForm | SignedInForm) -> Typed:
    own = typed_fields(type(form))
    names = {field.name: field.short_name for field in form if field.short_name in own}
    fields = tuple((name, value) for name, value in request.form.items(multi=True) if name in names)
    words = typed_words(type(form), [(names[name], value) for name, value in fields])
    return Typed(form, fields, words, any(isinstance(field, (PasswordField, FileField)) for field in form))
