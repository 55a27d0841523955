"""Forms about a file that was made."""

from wtforms import DateField, IntegerField, SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import InputRequired

from clevenio.audiences.eligibility import IDENTIFIERS
from clevenio.i18n import gettext as _
from clevenio.i18n import lazy_gettext as _l
from clevenio.web.forms import SignedInForm, options


class UploadedForm(SignedInForm):
    """On which day a file was uploaded."""

    uploaded_on = DateField(_l("Uploaded on"), [InputRequired()])


def _identifiers() -> list[SelectChoice]:
    labels = {
        "email": _("E-mail address"),
        "phone": _("Phone number"),
        "advertising_id": _("Advertising identifier"),
    }
    return options(("", _("All together")), *((name, labels[name]) for name in IDENTIFIERS))


class MatchForm(SignedInForm):
    """How many of a file's rows a platform matched."""

    identifier = SelectField(_l("Matched by"), default="", choices=_identifiers)
    matched = IntegerField(_l("Matched size, as the platform shows it"), [InputRequired()])
    read_on = DateField(_l("Read there on"), [InputRequired()])
