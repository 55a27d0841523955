"""Rows that stand for companies: their name, domain and country, and no person.

A company gets in by somebody there who agreed to the platform. Left out are free mail hosts, and
companies of which we know one person alone, an owner: a sole trader's domain is personal data.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, not_, or_, select
from sqlalchemy.orm import Session

from clevenio.audiences.eligibility import Eligibility
from clevenio.people.identifiers import Role
from clevenio.people.models import Person
from clevenio.people.websites import FREE_MAIL

_FREE_MAIL = sorted(FREE_MAIL)


def eligible_companies(eligibility: Eligibility) -> Select[Any]:
    """A row for each company: company, website_domain, email_domain, country.

    The country is left out where its people disagree; the e-mail domain goes only where it is the
    website's own, so that nobody's private domain slips in.
    """
    own_mail = Person.email_ascii.like(literal("%@") + Person.website_domain)
    one_country = func.min(Person.country) == func.max(Person.country)
    return (
        eligibility.eligible(
            func.min(Person.company).label("company"),
            Person.website_domain.label("website_domain"),
            func.max(case((own_mail, Person.website_domain))).label("email_domain"),
            case((one_country, func.min(Person.country))).label("country"),
        )
        .where(_is_company())
        .group_by(Person.website_domain)
    )


def people_of_companies(eligibility: Eligibility) -> Select[Any]:
    """The domain and id of everybody by whom a company gets in."""
    return eligibility.eligible(Person.website_domain, Person.id).where(_is_company())


def company_rejects(session: Session, eligibility: Eligibility) -> dict[str, int]:
    """How many people bring no company, by reason."""
    columns = [func.sum(case((is_out, 1), else_=0)).label(name) for name, is_out in _reasons().items()]
    found = session.execute(eligibility.eligible(*columns)).mappings().one()
    return {name: found[name] or 0 for name in _reasons()}


def why_no_company(session: Session, person: UUID) -> str | None:
    """Why a person brings no company, as a reason; None where they bring one."""
    columns = [is_out.label(name) for name, is_out in _reasons().items()]
    found = session.execute(select(*columns).where(Person.id == person)).mappings().one()
    return next((name for name in _reasons() if found[name]), None)


def _reasons() -> dict[str, ColumnElement[bool]]:
    return {
        "no_company": Person.website_domain.is_(None),
        "free_mail": Person.website_domain.in_(_FREE_MAIL),
        "sole_trader": Person.website_domain.in_(_of_one_owner()),
    }


def _is_company() -> ColumnElement[bool]:
    return not_(or_(*_reasons().values()))


def _of_one_owner() -> Select[Any]:
    return (
        select(Person.website_domain)
        .where(Person.website_domain.is_not(None))
        .group_by(Person.website_domain)
        .having(and_(func.count() == 1, func.max(Person.role) == Role.OWNER.value))
        .correlate(None)
    )
