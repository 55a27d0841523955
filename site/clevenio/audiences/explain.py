"""Why somebody is in a platform's audience or not: the chain of decisions, and what else holds them out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, case, not_, select
from sqlalchemy.orm import Session

from clevenio.audiences.companies import eligible_companies, why_no_company
from clevenio.audiences.eligibility import Eligibility, stored
from clevenio.audiences.layouts import LISTED_AS, Platform, Unit
from clevenio.audiences.models import Became, Export, Kind, Membership
from clevenio.audiences.platforms import platforms
from clevenio.consent import ledger
from clevenio.consent.notices import sentence_of
from clevenio.i18n import gettext as _
from clevenio.people.models import Person


@dataclass(frozen=True)
class Answer:
    """One platform's.

    `reason` is a code, see `sentence`; `identifiers` says which of them may go, `missing` why the others do not of
    whoever has agreed (a code, see `sentence_of_missing`), and `columns` all that
    the person's row would hold, whether as a hash. `decisions` are all that were made about this
    platform, oldest first, and `wordings` the sentence behind each notice among them; `exports` are
    the files that the person was in.
    """

    platform: str
    name: str
    vendor: str
    is_in: bool
    reason: str
    identifiers: Mapping[str, bool]
    missing: Mapping[str, str]
    columns: Mapping[str, bool]
    decisions: list[ledger.Decision]
    wordings: Mapping[str, str]
    exports: list[Export]


def explain(session: Session, person: Person, data: Path) -> list[Answer]:
    """Every platform's answer for a person."""
    history = ledger.history(session, person.id)
    return [_answer(session, person, platform, history) for platform in platforms(data)]


def sentence(reason: str) -> str:
    """A reason in words, in the current language."""
    return {
        "in": _("In: the last decision is a consent that names this platform."),
        "no_decision": _("Out: never asked about this platform, or never answered, and silence is no."),
        "refused": _("Out: refused."),
        "withdrawn": _("Out: the consent was withdrawn."),
        "no_consent": _("Out: what stands is no consent of their own."),
        "restricted": _("Out: the processing of this person's data is restricted."),
        "duplicate": _("Out: another person here has the same mailbox and goes in first."),
        "withheld": _("Out: every identifier is suppressed, or shared with somebody who said no."),
        "no_company": _("Out: no website of a company is known."),
        "free_mail": _("Out: the website is a mail host for everybody."),
        "sole_trader": _("Out: an owner alone; the company's domain would be personal data."),
        "unlisted": _("Out: the words that were agreed to name no company as what goes."),
    }[reason]


def line_of_file(export: Export) -> str:
    """A file and what became of it, as the command line says it."""
    name = "removal file" if export.kind == Kind.REMOVAL else "audience file"
    became = {
        Became.PULLED: f"fetched by the platform on {export.reached_on}",
        Became.UPLOADED: f"uploaded on {export.reached_on}",
    }.get(export.became) or export.became.replace("_", " ")
    return f"{name} {export.id}, {became}"


def sentence_of_missing(field: str, why: str) -> str:
    """Why an identifier of somebody who has agreed does not go, in the current language."""
    name = {"email": _("E-mail"), "phone": _("Phone"), "advertising_id": _("Advertising identifier")}[field]
    return {
        "unknown": _("%(identifier)s: none is known.", identifier=name),
        "unlisted": _(
            "%(identifier)s: left out, because the words that were agreed to do not name it.", identifier=name
        ),
        "withheld": _(
            "%(identifier)s: left out, because it is suppressed, or shared with somebody who said no.",
            identifier=name,
        ),
    }[why]


def as_json(person: Person, answers: list[Answer]) -> dict[str, Any]:
    """The whole explanation as plain values."""
    return {
        "person": str(person.id),
        "platforms": [
            {
                "platform": answer.platform,
                "vendor": answer.vendor,
                "in": answer.is_in,
                "reason": answer.reason,
                "identifiers": dict(answer.identifiers),
                "missing": dict(answer.missing),
                "columns": {field: "hash" if hashed else "clear" for field, hashed in answer.columns.items()},
                "decisions": [
                    {
                        "at": _moment(decision.at),
                        "state": decision.state,
                        "basis": decision.basis,
                        "channel": decision.channel,
                        "notice": decision.notice,
                        "wording": answer.wordings[decision.notice],
                        "language": decision.language,
                        "evidence": decision.evidence,
                    }
                    for decision in answer.decisions
                ],
                "exports": [
                    {
                        "export": export.id,
                        "kind": export.kind,
                        "at": _moment(export.created_at),
                        "became": export.became.value,
                        "reached_on": export.reached_on and export.reached_on.isoformat(),
                    }
                    for export in answer.exports
                ],
            }
            for answer in answers
        ],
    }


def _answer(session: Session, person: Person, platform: Platform, history: list[ledger.Decision]) -> Answer:
    eligibility = Eligibility(platform.layout, {}, of=person.id)
    decisions = [decision for decision in history if decision.purpose == platform.layout.purpose]
    flags = (
        session.execute(
            eligibility.granted(
                eligibility.is_restricted.label("restricted"),
                eligibility.is_repeated.label("repeated"),
                *(eligibility.is_open(field).label(field) for field in eligibility.identifiers),
                *(_missing(eligibility, field).label(f"no_{field}") for field in eligibility.identifiers),
            ).where(Person.id == person.id)
        )
        .mappings()
        .one_or_none()
    )
    identifiers = {field: bool(flags and flags[field]) for field in eligibility.identifiers}
    if flags is None:
        reason = _why_not_granted(decisions)
    elif flags["restricted"]:
        reason = "restricted"
    elif flags["repeated"]:
        reason = "duplicate"
    elif not any(identifiers.values()):
        reason = "withheld"
    else:
        reason = "in"
    if reason == "in" and platform.layout.unit is Unit.COMPANY:
        reason = why_no_company(session, eligibility, person.id) or "in"
    return Answer(
        platform=platform.id,
        name=str(platform.facts.name),
        vendor=platform.layout.vendor,
        is_in=reason == "in",
        reason=reason,
        identifiers=identifiers,
        missing={
            field: flags[f"no_{field}"]
            for field, goes in identifiers.items()
            if flags is not None and not goes
        },
        columns=_columns(session, eligibility, person) if reason == "in" else {},
        decisions=decisions,
        wordings={
            notice: sentence_of(wording, platform.layout.purpose)
            for notice, wording in ledger.wordings(session, {d.notice for d in decisions}).items()
        },
        exports=_exports(session, person, platform),
    )


def _missing(eligibility: Eligibility, field: str) -> ColumnElement[str]:
    """Why an identifier does not go, where it does not."""
    listed_as = LISTED_AS.get(field)
    unlisted = [] if listed_as is None else [(not_(eligibility.lists(listed_as)), "unlisted")]
    return case((stored(field).is_(None), "unknown"), *unlisted, else_="withheld")


def _columns(session: Session, eligibility: Eligibility, person: Person) -> dict[str, bool]:
    """What the row of somebody who gets in holds, and of each whether it goes as a hash."""
    columns = eligibility.layout.columns
    if eligibility.layout.unit is Unit.COMPANY:
        companies = eligible_companies(eligibility).subquery()
        query = select(companies).where(companies.c.website_domain == person.website_domain)
    else:
        query = eligibility.eligible(
            *(eligibility.goes(field).label(field) for field in eligibility.layout.fields)
        ).where(Person.id == person.id)
    row = session.execute(query).mappings().one()
    return {column.field: column.is_hashed for column in columns if row.get(column.field)}


def _why_not_granted(decisions: list[ledger.Decision]) -> str:
    if not decisions:
        return "no_decision"
    state = decisions[-1].state
    return state if state != ledger.State.GRANTED.value else "no_consent"


def _exports(session: Session, person: Person, platform: Platform) -> list[Export]:
    query = (
        select(Export)
        .join(Membership, Membership.export_id == Export.id)
        .where(Membership.person_id == person.id, Export.platform == platform.id)
    )
    return list(session.scalars(query.order_by(Export.id)))


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
