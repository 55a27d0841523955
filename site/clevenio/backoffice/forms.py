"""The two forms in front of the back office."""

from wtforms import EmailField, PasswordField

from clevenio.i18n import lazy_gettext as _l
from clevenio.people import identifiers
from clevenio.web.forms import Normalised, PublicForm


class LoginForm(PublicForm):
    """No token: there is no session yet, and `cross_site` stops posts from elsewhere."""

    email = EmailField(_l("E-mail address"))
    password = PasswordField(_l("Password"))


class InvitationForm(PublicForm):
    """Sets a password. Whether it will do is for the operation to say, which knows whose it is."""

    password = PasswordField(_l("Choose a password"))


class FirstInvitationForm(InvitationForm):
    """The first administrator's link knows no address yet."""

    email = EmailField(_l("Your e-mail address"), [Normalised(identifiers.address)])
