"""Who must be taken out of the audiences that a platform already received.

Everybody who was in an upload to it and would not be let in again now, whatever the segment and
whatever the reason; and of those who would, the identifiers that may no longer go. A row holds the
identifiers that were sent and that no file of today would carry, be it for somebody else; so once it
is removed, the platform has nothing left that it would not be given now. The file has the upload's
columns, and is the same each time until people come back.

What was sent is on record by kind and not by value. So a number or a website that its holder changed after
an export goes out as it is now, and what it was stays with the platform until its list is made anew. Whose
values have gone or were corrected, and an address that was left, is in the file by the digests kept (`leavers`).
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    case,
    cast,
    false,
    func,
    not_,
    null,
    or_,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from clevenio.audiences.companies import people_of_companies
from clevenio.audiences.eligibility import IDENTIFIERS, Eligibility, stored
from clevenio.audiences.exceptions import SAME, shared
from clevenio.audiences.layouts import Layout, Platform, Unit
from clevenio.audiences.models import Export, Kind, Leaver, Membership, State
from clevenio.audiences.segments import ALL
from clevenio.audiences.selection import Selection, company_rows, driver_id, no_notice
from clevenio.consent import ledger
from clevenio.people.models import Person

SENT = {
    "email": Membership.has_email,
    "phone": Membership.has_phone,
    "advertising_id": Membership.has_advertising_id,
}


def removal(layout: Layout) -> Selection:
    """The rows of a platform's removal file."""
    eligibility = Eligibility(layout, {})
    if layout.unit is Unit.COMPANY:
        return _companies(layout, eligibility)
    leaves = {field: _leaves(eligibility, field) for field in eligibility.identifiers}
    values = [case((leaves[field], stored(field))) if field in leaves else null() for field in layout.fields]
    rows = eligibility.everybody(driver_id(), no_notice(), *values).where(or_(*leaves.values()))
    return Selection(rows.order_by(Person.id), leavers=_leavers(eligibility))


def people_to_remove(layout: Layout) -> Select[UUID]:
    """Those whom a platform has and who may not be in its audience any more, or whose company may not.

    Not whoever stays in with an identifier less, such as a number that somebody else refused.
    """
    eligibility = Eligibility(layout, {})
    if layout.unit is Unit.COMPANY:
        gone = _companies(layout, eligibility).members
        return select(Person.id).where(false()) if gone is None else gone.with_only_columns(Person.id)
    leaves = or_(*(_leaves(eligibility, field) for field in eligibility.identifiers))
    return eligibility.everybody(Person.id).where(leaves, not_(eligibility.is_in))


def identifiers_of(session: Session, layout: Layout, person: UUID) -> Mapping[str, str | None]:
    """What was sent of somebody as stored here, whatever they decided, save what goes for others who stay.

    Empty for a file of companies: it names none of its people.
    """
    if layout.unit is Unit.COMPANY:
        return {}
    eligibility = Eligibility(layout, {})
    fields = eligibility.identifiers
    values = [case((_leaves(eligibility, field, person), stored(field))) for field in fields]
    row = session.execute(eligibility.everybody(*values).where(Person.id == person)).first()
    return dict(zip(fields, row, strict=True)) if row else {}


def _leavers(eligibility: Eligibility) -> Select[tuple[str, str | None, str | None, str | None]]:
    """A platform's leavers; one who came back and agreed again is not taken out."""
    back = eligibility.eligible(Person.email_suppression).where(Person.email_suppression.is_not(None))
    fields = (getattr(Leaver, field) for field in IDENTIFIERS)
    return (
        select(cast(Leaver.member, String), *fields)
        .where(Leaver.platform == eligibility.layout.id, or_(Leaver.key.is_(None), Leaver.key.not_in(back)))
        .order_by(Leaver.member)
    )


def _leaves(eligibility: Eligibility, field: str, leaver: UUID | None = None) -> ColumnElement[bool]:
    """An identifier was sent, and goes for nobody now: not for its holder, nor for somebody who shares it.

    A `leaver` holds it no more, whatever they decided.
    """
    same = SAME[field][0]
    still_in = eligibility.eligible(same).where(eligibility.is_open(field), same.in_(shared(same)))
    stays = and_(eligibility.is_in, eligibility.is_open(field))
    if leaver is not None:
        still_in, stays = still_in.where(Person.id != leaver), false()
    return and_(
        stored(field).is_not(None),
        not_(stays),
        _was_in_upload(eligibility.layout, SENT[field]),
        same.not_in(still_in),
    )


def _companies(layout: Layout, eligibility: Eligibility) -> Selection:
    """The companies that somebody brought in, and nobody would now."""
    domain = Person.website_domain
    still_in = people_of_companies(eligibility).with_only_columns(domain)
    gone = (domain.is_not(None), domain.not_in(still_in), _was_in_upload(layout))
    columns = (domain.label("website_domain"), func.min(Person.company).label("company"))
    companies = select(*columns).where(*gone).group_by(domain).subquery("companies")
    return Selection(company_rows(layout, companies), select(driver_id()).where(*gone))


def _was_in_upload(layout: Layout, *sent: InstrumentedAttribute[bool]) -> ColumnElement[bool]:
    return (
        select(Membership.person_id)
        .join(Export, Export.id == Membership.export_id)
        .where(
            Membership.person_id == Person.id,
            Export.platform == layout.id,
            Export.kind == Kind.UPLOAD.value,
            *sent,
        )
        .correlate(Person)
        .exists()
    )


def rows_to_remove(session: Session, platform: Platform) -> int:
    """How many rows the platform's removal file would have now."""
    selection = removal(platform.layout)
    queries = [query for query in (selection.rows, selection.leavers) if query is not None]
    counts = (select(func.count()).select_from(query.order_by(None).subquery()) for query in queries)
    return sum(session.scalar(count) or 0 for count in counts)


def order_removal(session: Session, platform: Platform, *, actor: str, now: datetime) -> Export:
    """Put a removal file on record. No smallest size holds for it: a single person may leave."""
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
        rows=rows_to_remove(session, platform),
        rejects={},
        files=[],
    )
    session.add(export)
    session.flush()
    return export
