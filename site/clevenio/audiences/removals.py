"""Who must be taken out of the audiences that a platform already received.

Everybody who was in an upload to it and would not be let in again now, whatever the segment and
whatever the reason; and of those who would, the identifiers that may no longer go. A row holds the
identifiers that were sent and that no file of today would carry, be it for somebody else; so once it
is removed, the platform has nothing left that it would not be given now. The file has the upload's
columns, and is the same each time until people come back; what still waits for it is less, once one was uploaded
(`letting_go`).

What was sent is on record by kind and not by value, together with when a value became another (`people.former`). So a
row never holds a number that came after the file; what it was before, the values of those who were erased, and an
address that was left, are in the file by the digests kept (`leavers`). A website is no person's, and no removal of it is
looked for when somebody's company has another one.
"""

from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    and_,
    case,
    false,
    func,
    not_,
    null,
    or_,
    select,
    union,
)
from sqlalchemy.orm import Session, aliased

from clevenio.audiences import leavers
from clevenio.audiences.companies import people_of_companies
from clevenio.audiences.eligibility import Eligibility, stored
from clevenio.audiences.exceptions import OTHER_STATES, few_refuse, same
from clevenio.audiences.layouts import LISTED_AS, Layout, Platform, Unit
from clevenio.audiences.letting_go import was_let_go
from clevenio.audiences.membership import was_in_upload, was_sent
from clevenio.audiences.models import Export, Kind, Leaver, State
from clevenio.audiences.segments import ALL
from clevenio.audiences.selection import Selection, company_rows, driver_id, no_notice
from clevenio.consent import ledger
from clevenio.people.canonical import holds_one_of
from clevenio.people.models import Person


def removal(session: Session, layout: Layout, key: str) -> Selection:
    """The rows of a platform's removal file. `key` is the suppression key."""
    eligibility = Eligibility(layout, {}, few_refuse=few_refuse(session, layout))
    if layout.unit is Unit.COMPANY:
        return _companies(layout, eligibility)
    doubtful = _doubtful(eligibility)
    leaves = {field: _leaves(eligibility, field, doubtful) for field in eligibility.identifiers}
    values = [case((leaves[field], stored(field))) if field in leaves else null() for field in layout.fields]
    rows = eligibility.among(doubtful, driver_id(Person.id), no_notice(), *values).where(
        or_(*leaves.values())
    )
    return Selection(rows.order_by(Person.id), leavers=partial(leavers.rows, key=key, layout=layout))


def people_to_remove(session: Session, layout: Layout) -> Select[UUID]:
    """Those whom a platform has and who may not be in its audience any more, or whose company may not.

    Not whoever stays in with an identifier less, such as a number that somebody else refused.
    """
    eligibility = Eligibility(layout, {}, few_refuse=few_refuse(session, layout))
    if layout.unit is Unit.COMPANY:
        gone = _companies(layout, eligibility).members
        return select(Person.id).where(false()) if gone is None else gone.with_only_columns(Person.id)
    doubtful = _doubtful(eligibility)
    leaves = or_(*(_leaves(eligibility, field, doubtful) for field in eligibility.identifiers))
    return eligibility.among(doubtful, Person.id).where(leaves, not_(eligibility.is_in))


def _doubtful(eligibility: Eligibility) -> CTE:
    """Whoever has not agreed, has something that must not go, or agreed to words that do not name it.

    Of everybody else all stays in, so nobody need ask.
    """
    standing = eligibility.standing.c
    # Each state by itself, which an index finds.
    refused = select(standing.subject.label("person")).where(standing.state.in_(OTHER_STATES))
    agreed = select(standing.subject).where(standing.state == ledger.State.GRANTED.value)
    parts = [refused, agreed.where(standing.basis != ledger.Basis.CONSENT.value)]
    unnamed = [
        and_(stored(field).is_not(None), not_(eligibility.lists(LISTED_AS[field])))
        for field in eligibility.identifiers
        if field in LISTED_AS
    ]
    parts += [agreed.join(Person, Person.id == standing.subject).where(either) for either in unnamed]
    if eligibility.exceptions is not None:
        parts.append(select(eligibility.exceptions.c.person))
    return union(*parts).cte("doubtful")


def _leaves(
    eligibility: Eligibility, field: str, doubtful: CTE, *conditions: ColumnElement[bool]
) -> ColumnElement[bool]:
    """An identifier was sent, and goes for nobody now: not for its holder, nor for somebody who shares it.

    It was in a file that all `conditions` are true of.
    """
    own = same(eligibility.layout, field)
    holder = aliased(Person)
    held = getattr(holder, own.key)
    theirs = select(held).where(holder.id.in_(select(doubtful.c.person)), held.is_not(None)).correlate(None)
    with_others = holds_one_of(own, theirs.cte(f"theirs_{field}"))
    still_in = eligibility.eligible(own.label("same")).where(eligibility.is_open(field), with_others)
    stays = and_(eligibility.is_in, eligibility.is_open(field))
    return and_(
        stored(field).is_not(None),
        not_(stays),
        was_sent(eligibility.layout, field, *conditions),
        own.not_in(select(still_in.cte(f"still_in_{field}").c.same)),
    )


def _companies(layout: Layout, eligibility: Eligibility, *conditions: ColumnElement[bool]) -> Selection:
    """The companies that somebody brought in, and nobody would now."""
    domain = Person.website_domain
    still_in = people_of_companies(eligibility).with_only_columns(domain)
    gone = (domain.is_not(None), domain.not_in(still_in), was_in_upload(layout, *conditions))
    columns = (domain.label("website_domain"), func.min(Person.company).label("company"))
    companies = select(*columns).where(*gone).group_by(domain).subquery("companies")
    return Selection(company_rows(layout, companies), select(driver_id(Person.id)).where(*gone))


def people_still_there(session: Session, platform: Platform) -> Select[UUID]:
    """Whoever is in the platform's removal file and was not taken out yet, by what staff wrote down."""
    layout = platform.layout
    eligibility = Eligibility(layout, {}, few_refuse=few_refuse(session, layout))
    if layout.unit is Unit.COMPANY:
        gone = _companies(layout, eligibility, not_(was_let_go(platform))).members
        return select(Person.id).where(false()) if gone is None else gone.with_only_columns(Person.id)
    doubtful = _doubtful(eligibility)
    leaves = [
        _leaves(eligibility, field, doubtful, not_(was_let_go(platform, field)))
        for field in eligibility.identifiers
    ]
    return eligibility.among(doubtful, Person.id).where(or_(*leaves))


def rows_to_remove(session: Session, platform: Platform) -> int:
    """How many rows have to leave the platform still, by what was last seen of those whose values have gone."""
    gone = select(func.count()).where(Leaver.platform == platform.id, Leaver.is_covered.is_(False))
    rows: Select[Any] = people_still_there(session, platform)
    if platform.layout.unit is Unit.COMPANY:
        rows = rows.with_only_columns(Person.website_domain).distinct()
    people = select(func.count()).select_from(rows.subquery())
    return (session.scalar(people) or 0) + (session.scalar(gone) or 0)


def order_removal(session: Session, platform: Platform, *, actor: str, now: datetime) -> Export:
    """Put a removal file on record; its rows are counted when it is fetched, from the snapshot that they are read from.

    No smallest size holds for it: a single person may leave.
    """
    export = Export(
        kind=Kind.REMOVAL.value,
        state=State.PREPARED.value,
        platform=platform.id,
        vendor=platform.layout.vendor,
        segment=ALL,
        criteria={},
        actor=actor,
        created_at=now,
        ledger_position=ledger.position(session),
        notices=[],
        rows=0,
        rejects={},
        files=[],
    )
    session.add(export)
    session.flush()
    return export
