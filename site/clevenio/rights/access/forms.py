"""The form that makes a copy of one's own data."""

from wtforms import PasswordField, RadioField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import InputRequired

from clevenio.i18n import lazy_gettext as _l
from clevenio.rights.models import Kind
from clevenio.web.forms import SignedInForm


class CopyForm(SignedInForm):
    """Which file, and the password once more."""

    kind = RadioField(
        _l("Which copy"),
        [InputRequired(_l("Choose which copy you want."))],
        choices=[
            SelectChoice(Kind.ACCESS.value, _l("Everything we hold about you, to read")),
            SelectChoice(Kind.PORTABILITY.value, _l("What you gave us, to take along to another service")),
        ],
        default=Kind.ACCESS.value,
    )
    password = PasswordField(_l("Your password"), [InputRequired(_l("Type your password."))])
