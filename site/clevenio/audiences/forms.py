"""Forms of the audiences pages."""

from collections.abc import Mapping

from wtforms import EmailField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs

from clevenio.audiences.models import Kind
from clevenio.audiences.queries import Wanted
from clevenio.audiences.segments import ALL
from clevenio.errors import BadInput
from clevenio.i18n import NAMES
from clevenio.i18n import gettext as _
from clevenio.i18n import lazy_gettext as _l
from clevenio.people import identifiers
from clevenio.people.roles import LABELS
from clevenio.people.text import paragraphs
from clevenio.registry import load
from clevenio.web.forms import Boxes, DaysFilter, Normalised, SignedInForm, options


def segment_name(value: str) -> str:
    """A segment's name. Raises `BadInput` where it is empty, too long, or the one that is taken."""
    name = identifiers.line(value, 64)
    if not name:
        raise BadInput("Give the segment a name.", reason="empty")
    if name.lower() == ALL:
        raise BadInput("The segment all exists already. Choose another name.", reason="taken")
    return name


def companies(value: str) -> list[str]:
    """Companies, one a line. Raises `BadInput` for a line that names none."""
    return [identifiers.company(name) for name in paragraphs(value, 10_000).split("\n") if name.strip()]


def _topics() -> list[SelectChoice]:
    purposes = load().purposes
    return [SelectChoice(topic, str(purposes[topic].name)) for topic in load().topics]


class SegmentForm(SignedInForm):
    """A new segment. Every group of boxes must hold; within one, any ticked box will do."""

    name = StringField(_l("Name"), [Normalised(segment_name)])
    description = StringField(
        _l("What it is for"), [Normalised(lambda text: identifiers.line(text, 300), optional=True)]
    )
    role = Boxes(_l("Role"), choices=[SelectChoice(role.value, label) for role, label in LABELS.items()])
    company = TextAreaField(_l("Companies"), [Normalised(companies, optional=True)])
    language = Boxes(_l("Language"), choices=[SelectChoice(*pair) for pair in NAMES.items()])
    topic = Boxes(_l("Agreed to get"), choices=_topics)

    def criteria(self) -> dict[str, list[str]]:
        """The criteria, once the form has been validated."""
        return {
            "role": self.role.data or [],
            "company": companies(self.company.data or ""),
            "language": self.language.data or [],
            "topic": self.topic.data or [],
        }


class ExplainForm(SignedInForm):
    """Whose audiences are to be explained. Posted, so that no address stands in an address."""

    email = EmailField(_l("E-mail address"), [Normalised(identifiers.address)])


class FilesFilter(DaysFilter):
    """Which files the list shows; `names` are the platforms by their identifiers."""

    kind = SelectField(
        _l("Kind"),
        default="",
        choices=options(
            ("", _l("All")), (Kind.UPLOAD, _l("Audience files")), (Kind.REMOVAL, _l("Removal files"))
        ),
    )
    platform = SelectField(_l("Platform"), default="")

    def __init__(self, names: Mapping[str, str]) -> None:
        super().__init__()
        self.platform.choices = [("", _("All")), *names.items()]

    def wanted(self) -> Wanted:
        """What was chosen."""
        return Wanted(**self.chosen())
