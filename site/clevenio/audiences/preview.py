"""What an export would hold, as counts alone: no list of people, no digest computed."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, False_, Select, True_, case, func, literal, select
from sqlalchemy.orm import Session

from clevenio.audiences.companies import company_rejects, eligible_companies
from clevenio.audiences.criteria import condition
from clevenio.audiences.eligibility import IDENTIFIERS, Eligibility, is_stored
from clevenio.audiences.exceptions import few_refuse
from clevenio.audiences.folding import either, every, negated
from clevenio.audiences.layouts import LISTED_AS, Facts, Layout, Platform, Unit
from clevenio.audiences.passing import by_identifiers, by_index, side_by_side
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
    for them. Neither is counted of those who are new.
    """
    layout = platform.layout
    ask = partial(
        Eligibility,
        layout,
        choice.criteria,
        few_refuse=few_refuse(session, layout),
        listing=archive.listing_by_datum(session, FEW_NOTICES),
    )
    eligibility = ask()
    matching = session.scalar(select(func.count()).select_from(Person).where(condition(choice.criteria))) or 0
    is_of_people = layout.unit is Unit.PERSON and not is_added_only
    identifiers = eligibility.identifiers if by_identifier and is_of_people else ()
    listed = _listed(layout) if with_columns and is_of_people else ()
    # Counted as if there were no exceptions, and put right by those few: that is a look at everybody without
    # asking of each whether they are one.
    plain = _counted(eligibility.without_exceptions(), identifiers, listed)
    righted = {
        name: count - plain[name] for name, count in _counted(eligibility, identifiers, listed).items()
    }
    is_indexed = not (choice.criteria or listed)
    found = _everybody(session, eligibility.without_exceptions().granted, plain, is_indexed=is_indexed)
    with by_index(session.connection()):
        found.update(_numbers(session, eligibility.exceptional, righted))
    rejects = {"no_consent": matching - found["granted"]}
    rejects |= {reason: found[reason] for reason in ("restricted", "duplicate", "withheld", "invalid")}
    rows = matching - sum(rejects.values())
    if is_added_only:
        eligibility = ask(choice.name)
        new = _new(session, eligibility, is_indexed=is_indexed)
        rejects["already_there"], rows = rows - new, new
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
    has_any = either(*(is_stored(name) for name in eligibility.identifiers))
    return {
        "granted": func.count(),
        "exceptions": _count(eligibility.is_exception),
        "restricted": _count(eligibility.is_restricted),
        "duplicate": _count(every(in_use, eligibility.is_repeated)),
        "withheld": _count(every(in_use, first, negated(eligibility.has_identifier), has_any)),
        "invalid": _count(every(in_use, first, negated(has_any))),
        **{f"has_{name}": _count(every(may_go, eligibility.is_open(name))) for name in identifiers},
        **{f"goes_{name}": _count(every(may_go, eligibility.goes(name))) for name in listed},
    }


def _numbers(
    session: Session, people: Callable[..., Select[Any]], counts: Mapping[str, ColumnElement[int]]
) -> Counter[str]:
    """Counts of some people, by their names; zero of nobody."""
    row = session.execute(people(*(count.label(name) for name, count in counts.items()))).mappings().one()
    return Counter(row)


def _everybody(
    session: Session,
    people: Callable[..., Select[Any]],
    counts: Mapping[str, ColumnElement[int]],
    *,
    is_indexed: bool,
) -> Counter[str]:
    """Counts of very many, by their names. Where the index of identifiers holds what is asked, it is read beside the ledger's."""
    if not is_indexed:
        # The table is read, and several processes read it faster.
        return _numbers(session, people, counts)
    with side_by_side(session.connection()):
        return _numbers(session, lambda *columns: by_identifiers(people(*columns)), counts)


def _new(session: Session, eligibility: Eligibility, *, is_indexed: bool) -> int:
    """How many get in of those who are new: as if there were no exceptions, and put right by those few."""
    plain = eligibility.without_exceptions()

    # PostgreSQL may hash here: earlier files are joined as well, and side by side each would be gone through by itself.
    def everybody(*columns: Any) -> Select[Any]:
        found = plain.eligible(*columns)
        return by_identifiers(found) if is_indexed else found

    found = _numbers(session, everybody, {"added": func.count()})
    with by_index(session.connection()):
        righted = {"added": _count(eligibility.is_in) - _count(plain.is_in)}
        found.update(_numbers(session, eligibility.exceptional, righted))
    return found["added"]


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
