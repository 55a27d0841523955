"""What an export would hold, as counts alone: no list of people, no digest computed."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, False_, Select, True_, case, func, literal, select
from sqlalchemy.orm import Session

from clevenio.audiences.companies import company_rejects, eligible_companies
from clevenio.audiences.criteria import condition
from clevenio.audiences.eligibility import IDENTIFIERS, Eligibility, is_stored
from clevenio.audiences.exceptions import few_refuse
from clevenio.audiences.folding import either, every, negated
from clevenio.audiences.layouts import LISTED_AS, Facts, Layout, Platform, Unit
from clevenio.audiences.passing import IN_ORDER, by_index, side_by_side
from clevenio.audiences.segments import Choice
from clevenio.consent import archive
from clevenio.errors import Refused
from clevenio.people.models import Person
from clevenio.settings import Settings

# So many versions of words are written into the statement that counts; more are looked for by it.
FEW_NOTICES = 200


@dataclass(frozen=True)
class Preview:
    """Counts. `rows` is what the file would hold; `rejects` counts people by why they stay out.

    `identifiers` counts, of those who get in, how many have each identifier, and `covers` for how many the words
    they agreed to let each other column go. Where a row is a company, `rejects` counts people too: those whose
    company cannot go, or has its row already. So `matching` is `rows` and all of `rejects` together. `exceptions`
    are those of whom something must not go.
    """

    matching: int
    rows: int
    rejects: Mapping[str, int]
    identifiers: Mapping[str, int]
    covers: Mapping[str, int]
    exceptions: int


def preview(
    session: Session,
    platform: Platform,
    choice: Choice,
    *,
    is_added_only: bool = False,
    with_columns: bool = False,
    by_identifier: bool = True,
) -> Preview:
    """Count a segment for a platform, or those of it alone who were in no earlier file.

    `covers` is counted `with_columns` alone, and `identifiers` not without `by_identifier`: a file is not to wait
    for them.
    """
    layout = platform.layout
    eligibility = Eligibility(
        layout,
        choice.criteria,
        choice.name if is_added_only else None,
        few_refuse=few_refuse(session, layout),
        listing=archive.listing_by_datum(session, FEW_NOTICES),
    )
    matching = session.scalar(select(func.count()).select_from(Person).where(condition(choice.criteria))) or 0
    identifiers = eligibility.identifiers if by_identifier and layout.unit is Unit.PERSON else ()
    listed = _listed(layout) if with_columns else ()
    # Counted as if there were no exceptions, and put right by those few: that is a look at everybody without
    # asking of each whether they are one.
    plain = _counted(eligibility.without_exceptions(), identifiers, listed)
    righted = {
        name: count - plain[name] for name, count in _counted(eligibility, identifiers, listed).items()
    }
    # Where more is asked of everybody than an index holds, the table is read, and several processes read it faster.
    if choice.criteria or listed or is_added_only:
        found = _numbers(session, eligibility.without_exceptions().granted, plain)
    else:
        with side_by_side(session.connection()):
            found = _numbers(session, eligibility.without_exceptions().granted, plain, IN_ORDER)
    with by_index(session.connection()):
        found.update(_numbers(session, eligibility.exceptional, righted))
    rejects = {"no_consent": matching - found["granted"]}
    rejects |= {reason: found[reason] for reason in ("restricted", "duplicate", "withheld", "invalid")}
    if is_added_only:
        rejects["already_there"] = found["already_there"]
    rows = matching - sum(rejects.values())
    if layout.unit is Unit.COMPANY:
        companies = eligible_companies(eligibility).subquery()
        rows = session.scalar(select(func.count()).select_from(companies)) or 0
        rejects |= company_rejects(session, eligibility, rows)
    return Preview(
        matching,
        rows,
        rejects,
        {name: found[f"has_{name}"] for name in identifiers},
        {name: found[f"goes_{name}"] for name in listed},
        found["exceptions"],
    )


def _counted(
    eligibility: Eligibility, identifiers: Iterable[str], listed: Iterable[str]
) -> dict[str, ColumnElement[int]]:
    """What is counted of people, each count under its name."""
    in_use, first = negated(eligibility.is_restricted), negated(eligibility.is_repeated)
    may_go = every(in_use, first, eligibility.has_identifier)
    gets_in = every(may_go, eligibility.is_new)
    has_any = either(*(is_stored(name) for name in eligibility.identifiers))
    return {
        "granted": func.count(),
        "exceptions": _count(eligibility.is_exception),
        "restricted": _count(eligibility.is_restricted),
        "duplicate": _count(every(in_use, eligibility.is_repeated)),
        "withheld": _count(every(in_use, first, negated(eligibility.has_identifier), has_any)),
        "invalid": _count(every(in_use, first, negated(has_any))),
        "already_there": _count(every(may_go, negated(eligibility.is_new))),
        **{f"has_{name}": _count(every(gets_in, eligibility.is_open(name))) for name in identifiers},
        **{f"goes_{name}": _count(every(gets_in, eligibility.goes(name))) for name in listed},
    }


def _numbers(
    session: Session,
    people: Callable[..., Select[Any]],
    counts: Mapping[str, ColumnElement[int]],
    hint: str | None = None,
) -> Counter[str]:
    """Counts of some people, by their names; zero of nobody. `hint` is for SQLite alone."""
    query = people(*(count.label(name) for name, count in counts.items()))
    if hint:
        query = query.with_hint(Person, hint, "sqlite")
    return Counter(session.execute(query).mappings().one())


def required(settings: Settings, facts: Facts) -> int:
    """The smallest number of rows that may leave: ours, or the platform's for upload."""
    if settings.audience_minimum_override is not None:
        return settings.audience_minimum_override
    return max(settings.audience_minimum, facts.minimum_upload or 0)


def serves(settings: Settings, facts: Facts, rows: int) -> bool:
    """Whether the platform would show advertisements to an audience of this size."""
    if settings.audience_minimum_override is not None:
        return True
    return rows >= (facts.minimum_serving or 0)


class TooFew(Refused):
    """An audience so small that it could single somebody out, or that the platform would not take."""

    def __init__(self, rows: int, needed: int) -> None:
        super().__init__(
            "This audience has too few rows: %(rows)s, and %(needed)s are needed. Nothing was exported.",
            rows=rows,
            needed=needed,
        )


def require_size(settings: Settings, facts: Facts, rows: int) -> None:
    """Raise `TooFew` where fewer rows would leave than must."""
    needed = required(settings, facts)
    if rows < needed:
        raise TooFew(rows, needed)


def _listed(layout: Layout) -> tuple[str, ...]:
    """The columns of a person that go only where the words that somebody agreed to name them."""
    if layout.unit is Unit.COMPANY:
        return ()
    fields = dict.fromkeys(column.field for column in layout.columns)
    return tuple(name for name in fields if name in LISTED_AS and name not in IDENTIFIERS)


def _count(is_counted: ColumnElement[bool]) -> ColumnElement[int]:
    # What can hold of nobody need not be asked of everybody, nor what holds of all.
    if isinstance(is_counted, False_):
        return literal(0)
    return func.count() if isinstance(is_counted, True_) else func.count(case((is_counted, 1)))
