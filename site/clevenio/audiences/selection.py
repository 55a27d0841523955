"""Which rows a file is made of: people with their stored values, or companies."""

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Select, String, cast, literal, null, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from clevenio.audiences.companies import eligible_companies, people_of_companies
from clevenio.audiences.criteria import Criteria
from clevenio.audiences.eligibility import Eligibility
from clevenio.audiences.layouts import LISTED_AS, Layout, Unit
from clevenio.people.models import Person

NO_NOTICE = ""


@dataclass(frozen=True)
class Selection:
    """A query for the rows of a file.

    Rows of people are an id, the notice they agreed to and a stored value per field of the layout, save those that
    are `absent`; `members` is None. Rows of companies are the values alone, and `members` finds the ids of those
    they stand for.
    `leavers` reads ids and the cells of each column, in batches, for those whose values are not stored any more.
    """

    rows: Select[Any]
    members: Select[Any] | None = None
    leavers: Callable[[Session], Iterator[tuple[list[str], list[list[str]]]]] | None = None
    absent: frozenset[str] = frozenset()


def upload(
    layout: Layout,
    criteria: Criteria,
    new_to: str | None = None,
    *,
    no_exceptions: bool = False,
    few_refuse: bool = False,
    listed: Container[str] | None = None,
) -> Selection:
    """Those of a segment who get into a platform's audience, in an order that tells nothing.

    `listed` is what any wording lists, where that was asked in the same snapshot: then nothing else is read of anybody.
    """
    eligibility = Eligibility(layout, criteria, new_to, no_exceptions=no_exceptions, few_refuse=few_refuse)
    if layout.unit is Unit.COMPANY:
        companies = eligible_companies(eligibility).subquery("companies")
        members = people_of_companies(eligibility).with_only_columns(driver_id(Person.id))
        return Selection(company_rows(layout, companies), members)
    never = frozenset(field for field, name in LISTED_AS.items() if listed is not None and name not in listed)
    values = [eligibility.value(field) for field in layout.fields if field not in never]
    standing = eligibility.standing.c
    rows = eligibility.eligible(driver_id(standing.subject), standing.notice, *values)
    return Selection(rows.order_by(standing.subject), absent=never)


def company_rows(layout: Layout, companies: FromClause) -> Select[Any]:
    """Companies with a value for each field of the file, NULL for what we do not know."""
    values = [companies.c.get(field, null()) for field in layout.fields]
    return select(*values).select_from(companies).order_by(companies.c.website_domain)


def driver_id(column: ColumnElement[UUID] | InstrumentedAttribute[UUID]) -> Any:
    """A person's id as text: a million need not become objects and turn back again."""
    return cast(column, String)


def no_notice() -> Any:
    """Stands where a row of people rests on no notice, because it takes them out."""
    return literal(NO_NOTICE)
