"""The form of a segment: whom it asks for, and whom it leaves out all the same."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from wtforms import DateField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import Optional

from clevenio.audiences.criteria import ANY, FIRST_YEAR, LAST_YEAR, MATCH, NOT, OPEN, days, interval, is_day
from clevenio.audiences.models import Segment
from clevenio.audiences.nesting import PART
from clevenio.audiences.segments import ALL, version
from clevenio.errors import BadInput
from clevenio.i18n import NAMES
from clevenio.i18n import country as country_name
from clevenio.i18n import gettext as _
from clevenio.i18n import lazy_gettext as _l
from clevenio.people import identifiers
from clevenio.people.roles import LABELS
from clevenio.people.text import paragraphs
from clevenio.registry import load
from clevenio.web.forms import Boxes, Normalised, SignedInForm, options

LEFT_OUT = "out_"
LISTED = ("role", "company", "country", "language", "topic", PART)
TIMED = ("active", "opened")


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
    return _lines(value, identifiers.company)


def countries(value: str) -> list[str]:
    """Countries by code or name, one a line, as codes. Raises `BadInput`."""
    return _lines(value, identifiers.country)


def _lines(value: str, read: Callable[[str], str]) -> list[str]:
    return [read(name) for name in paragraphs(value, 10_000).split("\n") if name.strip()]


def _topics() -> list[SelectChoice]:
    purposes = load().purposes
    return [SelectChoice(topic, str(purposes[topic].name)) for topic in load().topics]


def _roles() -> list[SelectChoice]:
    return [SelectChoice(role.value, label) for role, label in LABELS.items()]


def _times() -> list[SelectChoice]:
    return options(
        ("", _("Does not matter")),
        ("P30D", _("In the last 30 days")),
        ("P90D", _("In the last 90 days")),
        ("P365D", _("In the last 365 days")),
    )


class SegmentForm(SignedInForm):
    """A segment. Within one field any value will do; `match` says whether every field must hold."""

    name = StringField(_l("Name"), [Normalised(segment_name)])
    description = StringField(
        _l("What it is for"), [Normalised(lambda text: identifiers.line(text, 300), optional=True)]
    )
    match = RadioField(
        _l("Who belongs to it"),
        default="all",
        choices=options(
            ("all", _l("Those for whom everything that is filled in holds")),
            (ANY, _l("Those for whom something that is filled in holds")),
        ),
    )
    role = Boxes(_l("Role"), choices=_roles)
    company = TextAreaField(_l("Companies"), [Normalised(companies, optional=True)])
    country = TextAreaField(_l("Countries"), [Normalised(countries, optional=True)])
    language = Boxes(_l("Language"), choices=[SelectChoice(*pair) for pair in NAMES.items()])
    topic = Boxes(_l("Agreed to get"), choices=_topics)
    segment = Boxes(_l("Belongs to the segment"), choices=[], validate_choice=False)
    known_from = DateField(_l("Known to us since this day or later"), [Optional()])
    known_until = DateField(_l("Known to us since this day or earlier"), [Optional()])
    active = SelectField(_l("Used their account"), default="", choices=_times)
    opened = SelectField(_l("Opened a mail of ours"), default="", choices=_times)
    out_role = Boxes(_l("Not with the role"), choices=_roles)
    out_company = TextAreaField(_l("Not at the companies"), [Normalised(companies, optional=True)])
    out_country = TextAreaField(_l("Not in the countries"), [Normalised(countries, optional=True)])
    out_language = Boxes(_l("Not with the language"), choices=[SelectChoice(*pair) for pair in NAMES.items()])
    out_topic = Boxes(_l("Not who agreed to get"), choices=_topics)
    out_segment = Boxes(_l("Does not belong to the segment"), choices=[], validate_choice=False)
    out_active = SelectField(_l("Not who used their account"), default="", choices=_times)
    out_opened = SelectField(_l("Not who opened a mail of ours"), default="", choices=_times)

    def __init__(self, others: Sequence[tuple[int, str]] = (), **given: Any) -> None:
        """`others` are the segments that may be a part of this one, by number and name."""
        super().__init__(**given)
        for field in (self.segment, self.out_segment):
            field.choices = [SelectChoice(str(number), name) for number, name in others]

    # Which state of the segment was looked at, so that two people do not undo each other's change.
    seen = HiddenField()

    def validate(self, *arguments: Any, **options_: Any) -> bool:
        """Days in their order, too."""
        if not super().validate(*arguments, **options_):
            return False
        first, last = self.known_from.data, self.known_until.data
        for field in (self.known_from, self.known_until):
            if field.data and not is_day(field.data):
                field.errors = [
                    _(
                        "Choose a day between the years %(first)s and %(last)s.",
                        first=FIRST_YEAR,
                        last=LAST_YEAR,
                    )
                ]
                return False
        if first and last and first > last:
            self.known_until.errors = [_("This day comes before the other one.")]
            return False
        return True

    def criteria(self) -> dict[str, list[str]]:
        """The criteria, once the form has been validated."""
        found = {prefix + name: self._listed(own + name) for prefix, own in SIDES for name in LISTED}
        found |= {
            prefix + name: list(filter(None, [self[own + name].data]))
            for prefix, own in SIDES
            for name in TIMED
        }
        if self.known_from.data or self.known_until.data:
            found["known"] = [interval(self.known_from.data, self.known_until.data)]
        if self.match.data == ANY:
            found[MATCH] = [ANY]
        return {name: values for name, values in found.items() if values}

    def _listed(self, name: str) -> list[str]:
        value = self[name].data or ""
        if isinstance(value, list):
            return value
        return countries(value) if name.endswith("country") else companies(value)


# How criteria are written, and how their fields are called.
SIDES = (("", ""), (NOT, LEFT_OUT))


def of_segment(segment: Segment, others: Sequence[tuple[int, str]]) -> SegmentForm:
    """The form of a saved segment, filled with what it is."""
    data: dict[str, Any] = {
        "name": segment.name,
        "description": segment.description,
        "seen": version(segment),
    }
    criteria: Mapping[str, Sequence[str]] = segment.criteria
    for prefix, own in SIDES:
        for name in LISTED:
            values = list(criteria.get(prefix + name, ()))
            if name == "country":
                values = [country_name(code) for code in values]
            data[own + name] = "\n".join(values) if name in ("company", "country") else values
        data |= {own + name: next(iter(criteria.get(prefix + name, ())), "") for name in TIMED}
    first, last = days(next(iter(criteria.get("known", ())), f"{OPEN}/{OPEN}"))
    data |= {"known_from": first, "known_until": last, "match": next(iter(criteria.get(MATCH, ())), "all")}
    return SegmentForm(others, data=data)
