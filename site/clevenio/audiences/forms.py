"""Forms of the audiences pages."""

from collections.abc import Mapping

from wtforms import EmailField, SelectField

from clevenio.audiences.models import Kind
from clevenio.audiences.queries import Wanted
from clevenio.i18n import gettext as _
from clevenio.i18n import lazy_gettext as _l
from clevenio.people import identifiers
from clevenio.web.forms import DaysFilter, Normalised, SignedInForm, options


class ExplainForm(SignedInForm):
    """Whose audiences are to be explained. Posted, so that no address stands in an address."""

    email = EmailField(_l("E-mail address"), [Normalised(identifiers.address)])


class FilesFilter(DaysFilter):
    """Which files the list shows; `names` are the platforms by their identifiers."""

    kind = SelectField(
        _l("Kind"),
        default="",
        choices=options(
            ("", _l("All")),
            (Kind.UPLOAD, _l("Audience files")),
            (Kind.REMOVAL, _l("Removal files")),
            (Kind.DISCARDED, _l("Thrown away")),
        ),
    )
    platform = SelectField(_l("Platform"), default="")

    def __init__(self, names: Mapping[str, str]) -> None:
        super().__init__()
        self.platform.choices = [("", _("All")), *names.items()]

    def wanted(self) -> Wanted:
        """What was chosen."""
        return Wanted(**self.chosen())
