"""The forms of a member's own security page."""

from wtforms import PasswordField

from clevenio.i18n import lazy_gettext as _l
from clevenio.web.forms import SignedInForm


class PasswordForm(SignedInForm):
    """A new password. Whether it will do is for the operation to say, which knows whose it is."""

    current_password = PasswordField(_l("Current password"))
    password = PasswordField(_l("New password"))
