"""Rows that stand for companies: their name, domain and country, and no person.

A company gets in by somebody there who agreed to the platform by a wording that names their company as
what goes; its country, by one that names the country. Left out are free mail hosts, and companies of
which we know one person alone, an owner: a sole trader's domain is personal data.
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
# Brings a company that somebody else brought already: no reason to be out, and no row of its own.
SAME = "same_company"


def eligible_companies(eligibility: Eligibility) -> Select[Any]:
    """A row for each company: company, website_domain, email_domain, country.

    The country is left out where its people disagree; the e-mail domain goes only where it is the
    website's own, so that nobody's private domain slips in.
    """
    own_mail = Person.email_ascii.like(literal("%@") + Person.website_domain)
    named = case((eligibility.lists("country"), Person.country))
    one_country = func.min(named) == func.max(named)
    return (
        eligibility.eligible(
            func.min(Person.company).label("company"),
            Person.website_domain.label("website_domain"),
            func.max(case((own_mail, Person.website_domain))).label("email_domain"),
            case((one_country, func.min(named))).label("country"),
        )
        .where(_is_company(eligibility))
        .group_by(Person.website_domain)
    )


def people_of_companies(eligibility: Eligibility) -> Select[Any]:
    """The domain and id of everybody by whom a company gets in."""
    return eligibility.eligible(Person.website_domain, Person.id).where(_is_company(eligibility))


def company_rejects(session: Session, eligibility: Eligibility, companies: int) -> dict[str, int]:
    """How many people bring no row, each under one reason, where that many companies get in."""
    query = eligibility.eligible(_why(eligibility).label("why"), func.count()).group_by("why")
    found: dict[str | None, int] = dict(session.execute(query).all())
    brought = found.get(None, 0)
    return {**{name: found.get(name, 0) for name in _reasons(eligibility)}, SAME: brought - companies}


def why_no_company(session: Session, eligibility: Eligibility, person: UUID) -> str | None:
    """Why somebody who may get in brings no company, as a reason; None where they bring one."""
    why: str | None = session.scalar(eligibility.eligible(_why(eligibility)).where(Person.id == person))
    return why


def _reasons(eligibility: Eligibility) -> dict[str, ColumnElement[bool]]:
    return {
        "no_company": Person.website_domain.is_(None),
        "free_mail": Person.website_domain.in_(_FREE_MAIL),
        "sole_trader": Person.website_domain.in_(_of_one_owner()),
        "unlisted": not_(eligibility.lists("company")),
    }


def _why(eligibility: Eligibility) -> ColumnElement[str | None]:
    """The first reason that holds."""
    return case(*((is_out, name) for name, is_out in _reasons(eligibility).items()))


def _is_company(eligibility: Eligibility) -> ColumnElement[bool]:
    return not_(or_(*_reasons(eligibility).values()))


def _of_one_owner() -> Select[Any]:
    return (
        select(Person.website_domain)
        .where(Person.website_domain.is_not(None))
        .group_by(Person.website_domain)
        .having(and_(func.count() == 1, func.max(Person.role) == Role.OWNER.value))
        .correlate(None)
    )
