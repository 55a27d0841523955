"""The access file's content: the data, and what GDPR Art. 15(1) wants said of it, in one language."""

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio.audiences.explain import Answer, explain, sentence, sentence_of_missing
from clevenio.audiences.models import Export, Kind, Membership
from clevenio.consent import ledger
from clevenio.consent.readable import DOORS, STATES
from clevenio.i18n import gettext as _
from clevenio.i18n import postal
from clevenio.pages import declarations
from clevenio.people import suppression
from clevenio.people.models import Person
from clevenio.registry import Holding, Registry, Vendor, load
from clevenio.rights.access.collecting import Extract, plain
from clevenio.rights.mails import WATCHDOG
from clevenio.rights.recipients import others
from clevenio.rights.recipients import queries as tasks
from clevenio.rights.recipients.models import Cause
from clevenio.rights.recipients.words import CAUSES, line, recipient
from clevenio.rights.subjects import Subject
from clevenio.settings import Settings

VERSION = 1


def schema_address(settings: Settings, kind: str) -> str:
    """Where the schema of a file is published."""
    return f"{settings.base_url}/schemas/{kind}-{VERSION}.json"


def described(
    session: Session,
    settings: Settings,
    subject: Subject,
    extracts: Iterable[Extract],
    language: str,
    now: datetime,
) -> dict[str, Any]:
    """The whole document, in the current language; `language` is its code."""
    registry = load()
    # As the registry has them, who somebody is first; an erasure needs them the other way round.
    order = list(registry.holdings)
    extracts = sorted(extracts, key=lambda extract: order.index(extract.holding))
    kinds = [
        _kind(registry, registry.holdings[name], list(found))
        for name, found in groupby(extracts, lambda extract: extract.holding)
    ]
    return {
        "$schema": schema_address(settings, "access"),
        "made_at": now.isoformat(),
        "language": language,
        "controller": {
            "name": settings.controller_name,
            "address": postal(settings.controller_address),
            "contact": settings.controller_contact,
        },
        "about": {"id": str(subject.id), "email": subject.address.email},
        "is_empty": not any(table["rows"] for kind in kinds for table in kind["tables"]),
        "kinds": kinds,
        "recipients": [*recipients(session, subject.id), *_receivers(session, subject, now)],
        "told": _told(session, subject, now),
        "explanations": _explanations(session, settings, subject),
        "automated_decisions": {"are_made": False, "words": _automated()},
        "rights": _rights(),
        "complaint": {
            "authority": _("Office of the Data Protection Ombudsman"),
            "address": WATCHDOG[language],
        },
    }


def _kind(registry: Registry, holding: Holding, extracts: list[Extract]) -> dict[str, Any]:
    period = registry.periods[holding.period]
    return {
        "id": holding.id,
        "what": str(holding.what),
        "source": source(holding),
        "purposes": [
            {
                "id": purpose.id,
                "name": str(purpose.name),
                "basis": purpose.basis.value,
                "basis_words": declarations.basis(purpose.basis),
            }
            for purpose in (registry.purposes[name] for name in holding.purposes)
        ],
        "kept": {
            "how_long": declarations.kept(period),
            "counted": str(period.trigger or ""),
            **({"sooner": str(holding.sooner)} if holding.sooner else {}),
        },
        "on_erasure": {"treatment": holding.erased.value, "why": str(holding.why or "")},
        "tables": [_table(registry, extract) for extract in extracts],
    }


def _table(registry: Registry, extract: Extract) -> dict[str, Any]:
    names = list(extract.rows[0]) if extract.rows else []
    columns = {name: registry.column(extract.table.id, name) for name in names}
    return {
        "id": extract.table.id,
        "what": str(extract.table.what),
        "columns": {name: str(words.what) for name, words in columns.items() if words is not None},
        "rows": [dict(row) for row in extract.rows],
    }


def source(holding: Holding) -> str:
    """Where a kind of data comes from, in words."""
    return {
        "person": _("from you, or from whoever told us about you"),
        "use": _("from your use of the service"),
        "us": _("written by us"),
    }[holding.source]


def recipients(session: Session, subject: UUID) -> list[dict[str, Any]]:
    """Who received something of this person, by name; not who might have."""
    vendors = load().vendors
    query = (
        select(
            Export.vendor,
            Export.kind,
            Export.created_at,
            Membership.has_email,
            Membership.has_phone,
            Membership.has_advertising_id,
        )
        .join(Membership, Membership.export_id == Export.id)
        .where(Membership.person_id == subject, Export.kind != Kind.DISCARDED.value)
        .order_by(Export.id)
    )
    return [_recipient(vendors.get(row[0]), *row) for row in session.execute(query)]


def _receivers(session: Session, subject: Subject, now: datetime) -> list[dict[str, Any]]:
    """Who gets rows of this person's data in another way than by an audience file, or has some in its hands for us."""
    given = [(vendor, vendor.receives) for vendor in others.receivers(session, subject)]
    found: dict[str, dict[str, Any]] = {}
    for vendor, kinds in (*given, *others.servants(session, subject, now)):
        one = found.setdefault(vendor.id, _recipient(vendor, vendor.id, "rows", None))
        one["received"] += [kind for kind in kinds if kind not in one["received"]]
    return list(found.values())


def _told(session: Session, subject: Subject, now: datetime) -> list[dict[str, Any]]:
    """Which recipients were told of something (GDPR Art. 19), and which are still to be."""
    return [
        {
            "recipient": recipient(task),
            "about": str(CAUSES[Cause(task.cause)]),
            "by": task.due.isoformat(),
            "told_on": task.told_on.isoformat() if task.told_on else None,
            "words": line(task, now),
        }
        for task in tasks.of_subject(session, subject.id)
    ]


def _recipient(
    vendor: Vendor | None, name: str, kind: str, at: datetime | None, *has: bool
) -> dict[str, Any]:
    identifiers = ("email_hash", "phone_hash", "advertising_id")
    received = [each for each, was_in in zip(identifiers, has, strict=False) if was_in]
    return {
        "name": vendor.name if vendor else name,
        "company": vendor.company if vendor else name,
        "country": vendor.country if vendor else "",
        "transfers": list(vendor.transfers) if vendor else [],
        "safeguard": declarations.safeguard(vendor) if vendor else "",
        "at": plain(at) if at else None,
        "kind": kind,
        "received": received,
    }


def _explanations(session: Session, settings: Settings, subject: Subject) -> dict[str, Any]:
    """Why mails come and why they are in an audience, or not: platform by platform, topic by topic."""
    if subject.person is None:
        return {"mail": [], "audiences": []}
    person, topics = subject.person, load().topics
    stands = ledger.latest(session, person.id)
    against = {topic: suppression.stands_against(Person.email_suppression, topic) for topic in topics}
    suppressed = session.execute(select(*against.values()).where(Person.id == person.id)).one()
    stopped = dict(zip(against, suppressed, strict=True))
    return {
        "mail": [
            {
                "topic": topic,
                "name": load().name_of(topic),
                "state": stands[topic].state if topic in stands else "none",
                "since": plain(stands[topic].at) if topic in stands else None,
                "held_back": _held_back(person, is_stopped=stopped[topic]),
            }
            for topic in topics
        ],
        "audiences": [
            {
                "platform": answer.platform,
                "name": answer.name,
                "is_in": answer.is_in,
                "why": sentence(answer.reason),
                "left_out": [sentence_of_missing(field, why) for field, why in answer.missing.items()],
                "decisions": [_decided(answer, decision) for decision in answer.decisions],
            }
            for answer in explain(session, subject.person, settings.data)
        ],
    }


def _held_back(person: Person, *, is_stopped: bool) -> str | None:
    """Why nothing is sent whatever was decided; None where nothing is in the way."""
    if person.restricted_at is not None:
        return "restricted"
    return "suppressed" if is_stopped else None


def _decided(answer: Answer, decision: ledger.Decision) -> dict[str, Any]:
    """One link of the chain that says why: what was decided where, and to which version of which words."""
    return {
        "at": plain(decision.at),
        "state": decision.state,
        "words": f"{STATES[ledger.State(decision.state)]} {DOORS[ledger.Channel(decision.channel)]}",
        "wording": answer.wordings[decision.notice],
        "version": decision.notice,
        "language": decision.language,
    }


def _automated() -> str:
    return _("We make no decision about you by automated means alone (GDPR Art. 22).")


def _rights() -> list[str]:
    return [
        _("You may have wrong data corrected and missing data added."),
        _("You may have your data erased, or its use restricted."),
        _("You may object to the use of your data, and to direct marketing at any time without a reason."),
        _("You may take along what you gave us, in a form that machines read."),
        _("What you agreed to you may withdraw at any time, as easily as you agreed."),
    ]
