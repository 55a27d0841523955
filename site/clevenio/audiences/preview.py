"""What an export would hold, as counts alone: no list of people, no digest computed."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, func, not_, or_, select
from sqlalchemy.orm import Session

from clevenio.audiences.companies import company_rejects, eligible_companies
from clevenio.audiences.criteria import condition
from clevenio.audiences.eligibility import IDENTIFIERS, Eligibility, stored
from clevenio.audiences.layouts import LISTED_AS, Facts, Layout, Platform, Unit
from clevenio.audiences.segments import Choice
from clevenio.errors import Refused
from clevenio.people.models import Person
from clevenio.settings import Settings


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
    eligibility = Eligibility(platform.layout, choice.criteria, choice.name if is_added_only else None)
    matching = session.scalar(select(func.count()).select_from(Person).where(condition(choice.criteria))) or 0
    identifiers = eligibility.identifiers if by_identifier and platform.layout.unit is Unit.PERSON else ()
    in_use, first = not_(eligibility.is_restricted), not_(eligibility.is_repeated)
    may_go = and_(in_use, first, eligibility.has_identifier)
    gets_in = and_(may_go, eligibility.is_new) if is_added_only else may_go
    is_stored = or_(*(stored(name).is_not(None) for name in eligibility.identifiers))
    listed = _listed(platform.layout) if with_columns else ()
    counted = {
        "granted": func.count(),
        "exceptions": _count(eligibility.is_exception),
        "restricted": _count(eligibility.is_restricted),
        "duplicate": _count(and_(in_use, eligibility.is_repeated)),
        "withheld": _count(and_(in_use, first, not_(eligibility.has_identifier), is_stored)),
        "invalid": _count(and_(in_use, first, not_(is_stored))),
        **({"already_there": _count(and_(may_go, not_(eligibility.is_new)))} if is_added_only else {}),
        **{f"has_{name}": _count(and_(gets_in, eligibility.is_open(name))) for name in identifiers},
        **{f"goes_{name}": _count(and_(gets_in, eligibility.goes(name))) for name in listed},
    }
    columns = [column.label(name) for name, column in counted.items()]
    found = dict(session.execute(eligibility.granted(*columns)).mappings().one())
    rejects = {"no_consent": matching - found["granted"]}
    rejects |= {reason: found[reason] or 0 for reason in ("restricted", "duplicate", "withheld", "invalid")}
    if is_added_only:
        rejects["already_there"] = found["already_there"] or 0
    rows = matching - sum(rejects.values())
    if platform.layout.unit is Unit.COMPANY:
        companies = eligible_companies(eligibility).subquery()
        rows = session.scalar(select(func.count()).select_from(companies)) or 0
        rejects |= company_rejects(session, eligibility, rows)
    return Preview(
        matching,
        rows,
        rejects,
        {name: found[f"has_{name}"] or 0 for name in identifiers},
        {name: found[f"goes_{name}"] or 0 for name in listed},
        found["exceptions"] or 0,
    )


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
    return func.sum(case((is_counted, 1), else_=0))
