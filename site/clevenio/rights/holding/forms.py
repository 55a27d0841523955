"""What staff type to hold somebody's data."""

from wtforms import EmailField, SelectField, StringField
from wtforms.validators import InputRequired

from clevenio.i18n import lazy_gettext as _l
from clevenio.people import identifiers, reasons
from clevenio.people.holds import Ground
from clevenio.web.forms import Normalised, SignedInForm, options

GROUNDS = {
    Ground.AGREEMENT: _l("An agreement with their company runs"),
    Ground.LEGAL_CLAIM: _l("A legal claim (GDPR Art. 17(3)(e))"),
}


class HoldForm(SignedInForm):
    """Whose data is held back, on which ground, and why: a line, for it goes into the audit trail."""

    email = EmailField(_l("Whose data: the e-mail address"), [Normalised(identifiers.address)])
    ground = SelectField(
        _l("Ground"),
        [InputRequired()],
        choices=options(*((code.value, words) for code, words in GROUNDS.items())),
    )
    reason = StringField(_l("Reason"), [Normalised(reasons.line_for_trail)])
