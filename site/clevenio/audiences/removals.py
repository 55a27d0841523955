"""Who must be taken out of the audiences that a platform already received.

Everybody who was in an upload to it and would not be let in again, whatever the segment: who
withdrew or refused, is restricted, or whose address is suppressed. The file has the upload's
columns, with digests of identifiers alone, and is the same each time until people come back.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, not_, null, or_, select
from sqlalchemy.orm import Session

from clevenio.audiences.companies import people_of_companies
from clevenio.audiences.eligibility import IDENTIFIERS, Eligibility
from clevenio.audiences.exceptions import SAME, shared
from clevenio.audiences.layouts import Layout, Platform, Unit
from clevenio.audiences.models import Export, Kind, Membership, State
from clevenio.audiences.segments import ALL
from clevenio.audiences.selection import Selection, company_rows, driver_id, no_notice
from clevenio.consent import ledger
from clevenio.people import suppression
from clevenio.people.models import Person


def removal(layout: Layout) -> Selection:
    """The rows of a platform's removal file."""
    eligibility = Eligibility(layout, {})
    out = _to_remove(layout, eligibility)
    if layout.unit is Unit.COMPANY:
        still_in = people_of_companies(eligibility).with_only_columns(Person.website_domain)
        companies = (
            out.with_only_columns(
                Person.website_domain.label("website_domain"), func.min(Person.company).label("company")
            )
            .where(Person.website_domain.is_not(None), Person.website_domain.not_in(still_in))
            .group_by(Person.website_domain)
            .subquery("companies")
        )
        members = out.where(Person.website_domain.not_in(still_in))
        return Selection(company_rows(layout, companies), members)
    values = {
        column.field: _own(column.field, eligibility) if column.field in IDENTIFIERS else null()
        for column in layout.columns
    }
    has_some = or_(*(value.is_not(None) for field, value in values.items() if field in IDENTIFIERS))
    cells = [values[column.field] for column in layout.columns]
    rows = out.with_only_columns(driver_id(), no_notice(), *cells).where(has_some)
    return Selection(rows.order_by(Person.id))


def rows_to_remove(session: Session, platform: Platform) -> int:
    """How many rows the platform's removal file would have now."""
    rows = removal(platform.layout).rows.order_by(None).subquery()
    return session.scalar(select(func.count()).select_from(rows)) or 0


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


def _to_remove(layout: Layout, eligibility: Eligibility) -> Select[Any]:
    received = (
        select(Membership.person_id)
        .join(Export, Export.id == Membership.export_id)
        .where(
            Membership.person_id == Person.id,
            Export.platform == layout.id,
            Export.kind == Kind.UPLOAD.value,
        )
        .correlate(Person)
    )
    suppressed = Person.email_suppression.in_(suppression.suppressed(layout.purpose))
    return (
        select(Person.id)
        .select_from(eligibility.standing)
        .join(Person, Person.id == eligibility.standing.c.subject)
        .where(or_(not_(eligibility.is_granted), eligibility.is_restricted, suppressed), received.exists())
        .correlate(None)
    )


def _own(field: str, eligibility: Eligibility) -> ColumnElement[Any]:
    """An identifier, unless somebody who is still let in has it as well."""
    goes, same = getattr(Person, IDENTIFIERS[field]), SAME[field][0]
    still_in = eligibility.granted(same).where(not_(eligibility.is_restricted), same.in_(shared(same)))
    return case((same.not_in(still_in), goes))
