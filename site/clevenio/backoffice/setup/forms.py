"""The forms of a member's own security."""

from wtforms import HiddenField, StringField

from clevenio.i18n import lazy_gettext as _l
from clevenio.web.forms import SignedInForm


class AppForm(SignedInForm):
    """A code that proves the app has the secret."""

    code = StringField(_l("Code that the app shows"))


class PasskeyForm(SignedInForm):
    """A name to know it by, and what the browser made."""

    name = StringField(_l("Name of the passkey"))
    passkey = HiddenField()
