"""What follows when a mail comes back, or somebody complains.

A hard bounce or a complaint suppresses the mailbox for every kind of marketing mail, and so do three soft
bounces over two campaigns. A complaint is a refusal of its topic as well, in the ledger.
"""

import hashlib
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clevenio import smtp
from clevenio.consent import ledger
from clevenio.consent.notices import complaint_notice
from clevenio.database import inserted
from clevenio.newsletter.bounces import matching
from clevenio.newsletter.bounces.matching import Matched
from clevenio.newsletter.bounces.models import Bounce, Kind, Source
from clevenio.newsletter.bounces.reports import Report
from clevenio.newsletter.models import Campaign
from clevenio.people import operations as people
from clevenio.people import suppression
from clevenio.people.models import Person
from clevenio.registry import load
from clevenio.settings import Settings

SOFT_BOUNCES, SOFT_CAMPAIGNS = 3, 2
LONGEST = 500


class Outcome(StrEnum):
    """What became of a report: noted, noted before, about nothing of ours, or about mail that is still being tried."""

    NOTED = "noted"
    REPEATED = "repeated"
    UNKNOWN = "unknown"
    WAITING = "waiting"


def note(session: Session, settings: Settings, report: Report, source: Source, now: datetime) -> Outcome:
    """Write down what a report says, and do what follows. The same report does so once."""
    if report.kind is None:
        return Outcome.WAITING
    found = matching.find(session, settings, report)
    if found is None:
        return Outcome.UNKNOWN
    return note_about(session, found, report, report.kind, source, now)


def note_about(
    session: Session, found: Matched, report: Report, kind: Kind, source: Source, now: datetime
) -> Outcome:
    """As `note`, about a delivery that is known."""
    person = found.person
    mailbox = None
    if person is not None and (kind is Kind.COMPLAINT or _is_still_theirs(person, report)):
        mailbox = person.email_suppression
    said = f"{found.delivery.id} {kind} {report.own}"
    row = {
        "report": hashlib.sha256(said.encode("utf-8")).hexdigest(),
        "delivery": found.delivery.id,
        "campaign": found.delivery.campaign,
        "person": found.delivery.person,
        "key": mailbox,
        "kind": kind,
        "status": report.status,
        "diagnostic": smtp.without_addresses(report.diagnostic)[:LONGEST] or None,
        "source": source,
        "at": now,
    }
    if not inserted(session, Bounce, row):
        return Outcome.REPEATED
    if person is not None:
        if kind is Kind.COMPLAINT:
            _refuse(session, person, found, now)
        if mailbox is not None and (reason := _reason(session, mailbox, kind)):
            suppress(session, mailbox, reason, now)
    return Outcome.NOTED


def suppress(session: Session, mailbox: str, reason: suppression.Returned, now: datetime) -> None:
    """Suppress a mailbox for each kind of marketing mail that is not suppressed there already."""
    shut = suppression.scopes(session, mailbox)
    if suppression.EVERYTHING not in shut:
        for topic in sorted(load().topics.keys() - shut):
            suppression.suppress(session, mailbox, "email", topic, reason.value, now)


def _is_still_theirs(person: Person, report: Report) -> bool:
    """Whether the mailbox that the mail went to is the one the person has now; they may have moved since.

    Where the report does not say, it is taken to be; where it ended is no sign, as mail is passed on.
    """
    went_to = matching.parsed(report.mailed_to)
    return not went_to or any(each.mailbox_key == person.mailbox_key for each in went_to)


def _reason(session: Session, mailbox: str, kind: Kind) -> suppression.Returned | None:
    if kind is Kind.HARD:
        return suppression.Returned.HARD
    if kind is Kind.COMPLAINT:
        return suppression.Returned.COMPLAINT
    if kind is Kind.SOFT and _softly_often(session, mailbox):
        return suppression.Returned.SOFT
    return None


def _softly_often(session: Session, mailbox: str) -> bool:
    """Counted from the last time that the person came back: then the mailbox worked."""
    query = select(func.count(), func.count(Bounce.campaign.distinct())).where(
        Bounce.key == mailbox, Bounce.kind == Kind.SOFT
    )
    if came_back := suppression.lifted_at(session, mailbox):
        query = query.where(Bounce.at > came_back)
    number, campaigns = session.execute(query).one()
    return bool(number >= SOFT_BOUNCES and campaigns >= SOFT_CAMPAIGNS)


def _refuse(session: Session, person: Person, found: Matched, now: datetime) -> None:
    """A complaint is the person's own word about the topic, given to their mail provider."""
    topic = session.get_one(Campaign, found.delivery.campaign).topic
    people.decide(
        session,
        person,
        {topic: ledger.State.WITHDRAWN},
        channel=ledger.Channel.COMPLAINT,
        notice=complaint_notice(person.language),
        language=person.language,
        now=now,
        evidence={"campaign": str(found.delivery.campaign)},
    )


def of_reply(code: str, reply: str, own: str) -> Report:
    """What a relay said in the conversation itself, as a report about that delivery."""
    return replace(_NOTHING, status=code, diagnostic=reply, own=own)


_NOTHING = Report(None, "", "", (), "", (), (), "")
