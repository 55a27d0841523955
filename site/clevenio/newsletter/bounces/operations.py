"""What follows when a mail comes back, or somebody complains.

A hard bounce or a complaint suppresses the mailbox for every kind of marketing mail, and so do three soft
bounces over two mailings. A complaint about a campaign is a refusal of its topic as well, in the ledger. Other
mail that came back is staff's to decide about.
"""

import hashlib
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clevenio import outbox, smtp
from clevenio.consent import ledger
from clevenio.consent.notices import complaint_notice
from clevenio.database import inserted
from clevenio.newsletter.bounces import matching
from clevenio.newsletter.bounces.matching import Matched
from clevenio.newsletter.bounces.models import Bounce, Kind, Source
from clevenio.newsletter.bounces.reports import Report
from clevenio.newsletter.models import Campaign, Delivery
from clevenio.outbox import Mail
from clevenio.people import operations as people
from clevenio.people import suppression
from clevenio.people.models import Person
from clevenio.registry import load
from clevenio.settings import Settings

SOFT_BOUNCES, SOFT_MAILINGS = 3, 2
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
    """As `note`, about a message that is known."""
    said = f"{found.sent.id} {kind} {report.own}"
    row = {
        "report": hashlib.sha256(said.encode("utf-8")).hexdigest(),
        **_which(found),
        "key": found.mailbox,
        "kind": kind,
        "status": report.status,
        "diagnostic": smtp.without_addresses(report.diagnostic)[:LONGEST] or None,
        "source": source,
        "at": now,
    }
    if not inserted(session, Bounce, row):
        return Outcome.REPEATED
    if isinstance(found.sent, Mail) and kind is not Kind.COMPLAINT:
        outbox.come_back(found.sent, now)
    if found.person is not None and kind is Kind.COMPLAINT:
        _refuse(session, found.person, found.sent, now)
    if found.mailbox is not None and (reason := _reason(session, found.mailbox, kind)):
        suppress(session, found.mailbox, reason, now)
    return Outcome.NOTED


def _which(found: Matched) -> dict[str, object]:
    """The message that a row is about, and whose it was."""
    if isinstance(found.sent, Mail):
        return {"mail": found.sent.id, "person": found.person.id if found.person else found.sent.person}
    return {"delivery": found.sent.id, "campaign": found.sent.campaign, "person": found.sent.person}


def suppress(session: Session, mailbox: str, reason: suppression.Returned, now: datetime) -> None:
    """Suppress a mailbox for each kind of marketing mail that is not suppressed there already."""
    shut = suppression.scopes(session, mailbox)
    if suppression.EVERYTHING not in shut:
        for topic in sorted(load().topics.keys() - shut):
            suppression.suppress(session, mailbox, "email", topic, reason.value, now)


def _reason(session: Session, mailbox: str, kind: Kind) -> suppression.Returned | None:
    if kind is Kind.HARD:
        return suppression.Returned.HARD
    if kind is Kind.COMPLAINT:
        return suppression.Returned.COMPLAINT
    if kind is Kind.SOFT and _softly_often(session, mailbox):
        return suppression.Returned.SOFT
    return None


def _softly_often(session: Session, mailbox: str) -> bool:
    """Counted from the last time that the person came back: then the mailbox worked.

    All mail of the outbox is one mailing beside the campaigns: somebody may ask for three within an evening.
    """
    query = select(func.count(), func.count(Bounce.campaign.distinct()), func.count(Bounce.mail)).where(
        Bounce.key == mailbox, Bounce.kind == Kind.SOFT
    )
    if came_back := suppression.lifted_at(session, mailbox):
        query = query.where(Bounce.at > came_back)
    number, campaigns, others = session.execute(query).one()
    return bool(number >= SOFT_BOUNCES and campaigns + bool(others) >= SOFT_MAILINGS)


def _refuse(session: Session, person: Person, sent: Delivery | Mail, now: datetime) -> None:
    """A complaint is the person's own word about the topic, given to their mail provider; other mail has none."""
    if isinstance(sent, Mail):
        return
    topic = session.get_one(Campaign, sent.campaign).topic
    people.decide(
        session,
        person,
        {topic: ledger.State.WITHDRAWN},
        channel=ledger.Channel.COMPLAINT,
        notice=complaint_notice(person.language),
        language=person.language,
        now=now,
        evidence={"campaign": str(sent.campaign)},
    )


def of_reply(code: str, reply: str, own: str) -> Report:
    """What a relay said in the conversation itself, as a report about that delivery."""
    return replace(_NOTHING, status=code, diagnostic=reply, own=own)


_NOTHING = Report(None, "", "", (), "", (), (), "")
