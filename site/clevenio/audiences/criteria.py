"""What a segment may ask for: criteria as data, checked, made absolute, turned into a condition on people.

A segment is a mapping from criterion to values, any of which will do. Every criterion must hold, or, where
`match` is `any`, at least one. One that is written `not:` leaves out those for whom it holds. Times are ISO
8601: an interval of days (`2026-01-01/2026-03-31`, an open end as `..`), or a duration before today (`P90D`). Another
segment may be one of the values; see `nesting`.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, false, func, not_, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute

from clevenio.audiences import nesting
from clevenio.audiences.nesting import PART
from clevenio.consent import ledger
from clevenio.errors import BadInput
from clevenio.i18n import LANGUAGES, local_day, midnight
from clevenio.people import identifiers
from clevenio.people.models import Person
from clevenio.people.usage import Kind, UsageEvent, UseDay
from clevenio.registry import load

Criteria = nesting.Criteria
Days = tuple[date | None, date | None]
NOT, MATCH = nesting.NOT, "match"
ANY = "any"
OPEN = ".."
FIRST_YEAR, LAST_YEAR = 1900, 2199
# So far back somebody may be asked to have done something.
DURATIONS = ("P30D", "P90D", "P365D")


def _company(values: Sequence[str]) -> ColumnElement[bool]:
    """A company by its name as written, or by its website's domain."""
    domains = [value.lower().removeprefix("www.") for value in values]
    return or_(Person.company.in_(values), Person.website_domain.in_(domains))


def _topic(values: Sequence[str]) -> ColumnElement[bool]:
    return or_(*(Person.id.in_(ledger.permitted(topic)) for topic in values))


def _known(values: Sequence[str]) -> ColumnElement[bool]:
    """Since when we know somebody: by their signup, or from a file."""
    return or_(*(_at(Person.created_at, days(value)) for value in values))


def _active(values: Sequence[str]) -> ColumnElement[bool]:
    """Days of use, without what was done on them."""
    within = or_(*(_on(UseDay.day, days(value)) for value in values))
    return Person.id.in_(select(UseDay.person).where(within))


def _opened(values: Sequence[str]) -> ColumnElement[bool]:
    """Opened one of our mails, of those who let us know that."""
    within = or_(*(_on(UsageEvent.day, days(value)) for value in values))
    events = select(UsageEvent.person).where(UsageEvent.kind == Kind.MAIL_OPENED.value, within)
    opened = events.where(UsageEvent.person.is_not(None))
    return and_(Person.id.in_(opened), Person.id.in_(ledger.permitted("mail_opens")))


def _part(values: Sequence[str]) -> ColumnElement[bool]:
    """Another segment's people."""
    return or_(*(condition(nesting.part(value)[1]) for value in values))


# A new criterion is a line here, its values below and its words in `sentences`.
CRITERIA: dict[str, Callable[[Sequence[str]], ColumnElement[bool]]] = {
    "role": Person.role.in_,
    "company": _company,
    "country": Person.country.in_,
    "language": Person.language.in_,
    "topic": _topic,
    "known": _known,
    "active": _active,
    "opened": _opened,
    PART: _part,
}


def condition(criteria: Criteria) -> ColumnElement[bool]:
    """The people of a segment, as a condition on `Person`; everybody where nothing is asked.

    Durations have to be absolute by now: see `resolved`.
    """
    asked, left_out = parts(criteria)
    holds = [CRITERIA[name](values) for name, values in asked.items()]
    found = or_(*holds) if is_any(criteria) and holds else and_(true(), *holds)
    if not left_out:
        return found
    out = or_(*(CRITERIA[name](values) for name, values in left_out.items()))
    # Whoever did not say what is asked about is not left out by it.
    return and_(found, not_(func.coalesce(out, false())))


def parts(criteria: Criteria) -> tuple[Criteria, Criteria]:
    """What is asked for and what leaves out, by criterion."""
    asked = {name: values for name, values in criteria.items() if name in CRITERIA and values}
    negated = ((name.removeprefix(NOT), values) for name, values in criteria.items() if name.startswith(NOT))
    return asked, {name: values for name, values in negated if values}


def is_any(criteria: Criteria) -> bool:
    """Whether one criterion that holds is enough."""
    return ANY in criteria.get(MATCH, ())


def resolved(criteria: Criteria, now: datetime) -> dict[str, list[str]]:
    """The criteria with each duration as the interval that it means today."""
    return {name: [_resolved(name, value, now) for value in values] for name, values in criteria.items()}


def _resolved(name: str, value: str, now: datetime) -> str:
    if name in nesting.PLACES:
        title, criteria = nesting.part(value)
        return nesting.written(title, resolved(criteria, now))
    return _since(value, local_day(now)) if value in DURATIONS else value


def checked(criteria: Criteria) -> dict[str, list[str]]:
    """Criteria fit to be saved: known, tidy, without repetition, empty ones left out. Raises `BadInput`."""
    found: dict[str, list[str]] = {}
    for name, values in criteria.items():
        base = name.removeprefix(NOT)
        if base not in CRITERIA and name != MATCH:
            raise BadInput("There is no criterion %(name)s.", name=name)
        tidy = [text for text in (identifiers.line(value, 200) for value in values) if text]
        for value in tidy:
            if not _is_allowed(base, value):
                raise BadInput("%(value)s is no value of %(name)s.", value=value, name=name)
        if tidy:
            found[name] = list(dict.fromkeys(tidy))
    return found


def days(interval: str) -> Days:
    """The first and the last day of an interval, None where it is open. Raises `ValueError`."""
    first, slash, last = interval.partition("/")
    if not slash:
        raise ValueError(f"{interval} is no interval")
    ends = [None if end == OPEN else date.fromisoformat(end) for end in (first, last)]
    return ends[0], ends[1]


def interval(first: date | None, last: date | None) -> str:
    """Two days as an interval."""
    return "/".join(end.isoformat() if end else OPEN for end in (first, last))


def _is_allowed(name: str, value: str) -> bool:
    fixed: dict[str, Sequence[str]] = {
        MATCH: ("all", ANY),
        "role": tuple(identifiers.Role),
        "language": LANGUAGES,
        "topic": tuple(load().topics),
    }
    if name in ("known", "active", "opened"):
        return (name != "known" and value in DURATIONS) or _is_interval(value)
    if name == PART:
        return value.isascii() and value.isdigit() and len(value) < 10
    if name == "country":
        return len(value) == 2 and identifiers.country(value) == value
    return name not in fixed or value in fixed[name]


def _is_interval(value: str) -> bool:
    try:
        first, last = days(value)
    except ValueError:
        return False
    return all(is_day(end) for end in (first, last) if end) and (
        first is None or last is None or first <= last
    )


def is_day(day: date) -> bool:
    """Whether somebody can mean this day: at the ends of the calendar no zone and no next day can be reckoned."""
    return FIRST_YEAR <= day.year <= LAST_YEAR


def _since(duration: str, today: date) -> str:
    number = int(duration.removeprefix("P").removesuffix("D"))
    return interval(today - timedelta(days=number), None)


def _on(column: InstrumentedAttribute[date], span: Days) -> ColumnElement[bool]:
    first, last = span
    begins = None if first is None else column >= first
    ends = None if last is None else column <= last
    return _both(begins, ends)


def _at(column: InstrumentedAttribute[datetime], span: Days) -> ColumnElement[bool]:
    first, last = span
    begins = None if first is None else column >= midnight(first)
    ends = None if last is None else column < midnight(last + timedelta(days=1))
    return _both(begins, ends)


def _both(*ends: ColumnElement[bool] | None) -> ColumnElement[bool]:
    return and_(true(), *(each for each in ends if each is not None))
