"""What staff type to hold somebody's data."""

from wtforms import EmailField, SelectField, StringField
from wtforms.validators import InputRequired

from clevenio.i18n import lazy_gettext as _l
from clevenio.people import identifiers, reasons
from clevenio.rights.words import HOLDS
from clevenio.web.forms import Normalised, SignedInForm, options


class HoldForm(SignedInForm):
    """Whose data is held back, on which ground, and why: a line, for it goes into the audit trail."""

    email = EmailField(_l("Whose data: the e-mail address"), [Normalised(identifiers.address)])
    ground = SelectField(
        _l("Ground"),
        [InputRequired()],
        choices=options(*((code.value, words) for code, words in HOLDS.items())),
    )
    reason = StringField(_l("Reason"), [Normalised(reasons.line_for_trail)])
