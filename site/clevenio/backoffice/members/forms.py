"""The forms of staff accounts. They take what they name and nothing else."""

from wtforms import EmailField, SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs

from clevenio.backoffice.members.queries import State, Wanted
from clevenio.i18n import NAMES
from clevenio.i18n import lazy_gettext as _l
from clevenio.people import identifiers
from clevenio.people.staff_members import ROLES, Role
from clevenio.web.forms import Boxes, FilterForm, Normalised, SignedInForm, options

HINTS = {
    Role.MARKETER: _l("Campaigns, audiences and signups."),
    Role.PRIVACY_OFFICER: _l("Requests, the audit trail and why somebody is in an audience."),
    Role.SUPPORT: _l("Inquiries and signups."),
    Role.ADMINISTRATOR: _l("Everything, and the access of others."),
}


STATES = {
    State.ACTIVE: _l("in use"),
    State.INVITED: _l("invited"),
    State.EXPIRED: _l("ended unused"),
    State.DISABLED: _l("closed"),
}


class MembersFilter(FilterForm):
    """Which members the list shows."""

    role = SelectField(_l("Role"), default="", choices=options(("", _l("All")), *ROLES.items()))
    state = SelectField(_l("State"), default="", choices=options(("", _l("All")), *STATES.items()))

    def wanted(self) -> Wanted:
        """What was chosen."""
        return Wanted(**self.chosen())


def _roles() -> Boxes:
    # One for each form: fields come in the order in which they are made.
    return Boxes(_l("Roles"), choices=[SelectChoice(role.value, label) for role, label in ROLES.items()])


class RolesForm(SignedInForm):
    """Which roles somebody has."""

    roles = _roles()

    def chosen(self) -> list[Role]:
        """The ticked roles."""
        return [Role(value) for value in self.roles.data or []]


class InvitationForm(RolesForm):
    """Whom to invite, as what, and in which language the mail is."""

    email = EmailField(_l("E-mail address"), [Normalised(identifiers.address)])
    roles = _roles()
    language = SelectField(
        _l("Language of the mail"), choices=[SelectChoice(*pair) for pair in NAMES.items()]
    )
