"""What an export would hold, as counts alone: no list of people, no digest computed."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, func, not_, select
from sqlalchemy.orm import Session

from clevenio.audiences.companies import company_rejects, eligible_companies
from clevenio.audiences.eligibility import Eligibility
from clevenio.audiences.layouts import Facts, Platform, Unit
from clevenio.audiences.segments import Choice, condition
from clevenio.errors import Refused
from clevenio.people.models import Person
from clevenio.settings import Settings


@dataclass(frozen=True)
class Preview:
    """Counts. `rows` is what the file would hold; `rejects` counts people by why they stay out.

    `identifiers` counts, of those who get in, how many have each identifier. Where a row is a
    company, `rejects` counts people too: those whose company cannot go, or has its row already. So
    `matching` is `rows` and all of `rejects` together.
    """

    matching: int
    rows: int
    rejects: Mapping[str, int]
    identifiers: Mapping[str, int]


def preview(session: Session, platform: Platform, choice: Choice) -> Preview:
    """Count a segment for a platform."""
    eligibility = Eligibility(platform.layout, choice.criteria)
    matching = session.scalar(select(func.count()).select_from(Person).where(condition(choice.criteria))) or 0
    identifiers = eligibility.identifiers if platform.layout.unit is Unit.PERSON else ()
    in_use, first = not_(eligibility.is_restricted), not_(eligibility.is_repeated)
    gets_in = and_(in_use, first, eligibility.has_identifier)
    counted = {
        "granted": func.count(),
        "restricted": _count(eligibility.is_restricted),
        "duplicate": _count(and_(in_use, eligibility.is_repeated)),
        "withheld": _count(and_(in_use, first, not_(eligibility.has_identifier))),
        "rows": _count(gets_in),
        **{f"has_{field}": _count(and_(gets_in, eligibility.is_open(field))) for field in identifiers},
    }
    columns = [column.label(name) for name, column in counted.items()]
    found = dict(session.execute(eligibility.granted(*columns)).mappings().one())
    rejects = {"no_consent": matching - found["granted"]}
    rejects |= {reason: found[reason] or 0 for reason in ("restricted", "duplicate", "withheld")}
    rows = found["rows"] or 0
    if platform.layout.unit is Unit.COMPANY:
        companies = eligible_companies(eligibility).subquery()
        rows = session.scalar(select(func.count()).select_from(companies)) or 0
        rejects |= company_rejects(session, eligibility, rows)
    return Preview(matching, rows, rejects, {field: found[f"has_{field}"] or 0 for field in identifiers})


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


def require_size(settings: Settings, facts: Facts, rows: int) -> None:
    """Refuse an audience so small that it could single somebody out, or that would not be taken."""
    needed = required(settings, facts)
    if rows < needed:
        raise Refused(
            "This audience has too few rows: %(rows)s, and %(needed)s are needed. Nothing was exported.",
            rows=rows,
            needed=needed,
        )


def _count(is_counted: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((is_counted, 1), else_=0))
