"""Forms of the pages that bring people in."""

from collections.abc import Sequence
from typing import Any

from flask import request
from wtforms import FileField, SelectField
from wtforms.validators import StopValidation

from clevenio.errors import BadInput
from clevenio.i18n import gettext as _
from clevenio.i18n import lazy_gettext as _l
from clevenio.people.imports.columns import COLUMNS, fitting
from clevenio.people.imports.words import NAMES, name_of
from clevenio.web.forms import SignedInForm, options

FIELD = "column_{}"


def _is_chosen(_form: object, field: Any) -> None:
    if not getattr(field.data, "filename", ""):
        raise StopValidation(_("Choose a file."))


class FileForm(SignedInForm):
    """A file of people."""

    file = FileField(_l("File"), [_is_chosen])


class MappingForm(SignedInForm):
    """What each column of a file holds. Its fields are the file's own: see `mapping_form`."""

    def columns(self) -> list[str | None]:
        """The column behind each cell of the first line."""
        fields = [field for field in self if isinstance(field, SelectField)]
        return [field.data or None for field in fields]

    def validate(self, *arguments: Any, **options_: Any) -> bool:
        """Each column at most once, and an address among them; said beside the field that is wrong."""
        if not super().validate(*arguments, **options_):
            return False
        fields = [field for field in self if isinstance(field, SelectField)]
        try:
            fitting(self.columns())
        except BadInput as problem:
            column = str(problem.values["column"])
            wrong = [field for field in fields if field.data == column] or fields[:1]
            wrong[-1].errors = [_(problem.message, column=_("“%(words)s”", words=name_of(column)))]
            return False
        return True


def mapping_form(header: Sequence[str], columns: Sequence[str | None]) -> MappingForm:
    """A form with a field for each cell of a first line, as it was chosen so far."""
    choices = options(("", _("Leave out")), *((name, str(NAMES[name])) for name in COLUMNS))
    fields = {
        FIELD.format(place): SelectField(
            name[:60] or _("Column %(number)s", number=place + 1), choices=choices, default=column or ""
        )
        for place, (name, column) in enumerate(zip(header, columns, strict=True))
    }
    form: MappingForm = type("FileMappingForm", (MappingForm,), fields)(request.form or None)
    return form
