"""What relays refused in the conversation itself, noted as what came back: no report follows such a refusal."""

from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from clevenio.newsletter.bounces import matching, operations
from clevenio.newsletter.bounces.matching import Matched
from clevenio.newsletter.bounces.models import Bounce, Source
from clevenio.newsletter.bounces.statuses import best, kind_of
from clevenio.newsletter.models import Campaign, Delivery, DeliveryState
from clevenio.outbox import Mail, MailState
from clevenio.people.models import Person
from clevenio.settings import Settings

BATCH = 200
# A campaign that ended before is done with.
LATELY = timedelta(days=7)


def note(session: Session, now: datetime) -> int:
    """Note the next deliveries that failed and were not noted yet; returns how many. Commit after each call.

    A reply without an enhanced status code says nothing of the mailbox, and suppresses nobody.
    """
    noted = and_(Bounce.delivery == Delivery.id, Bounce.source == Source.REPLY)
    query = (
        select(Delivery, Person)
        .join(Campaign, Campaign.id == Delivery.campaign)
        .join(Person, Person.id == Delivery.person)
        .outerjoin(Bounce, noted)
        .where(
            or_(Campaign.finished_at.is_(None), Campaign.finished_at > now - LATELY),
            Delivery.state == DeliveryState.FAILED,
            Bounce.id.is_(None),
        )
        .order_by(Delivery.id)
        .limit(BATCH)
    )
    found = session.execute(query).all()
    for delivery, person in found:
        code = best("", delivery.reply or "")
        report = operations.of_reply(code, delivery.reply or "", f"reply {delivery.attempts}")
        matched = Matched(delivery, person, person.email_suppression)
        operations.note_about(session, matched, report, kind_of(code), Source.REPLY, now)
    return len(found)


def note_others(session: Session, settings: Settings, now: datetime) -> int:
    """As `note`, of mails about accounts; the mail itself has failed already."""
    noted = and_(Bounce.mail == Mail.id, Bounce.source == Source.REPLY)
    query = (
        select(Mail.id, Mail.person, Mail.recipient, Mail.reply)
        .outerjoin(Bounce, noted)
        .where(
            Mail.state == MailState.FAILED,
            Mail.finished_at > now - LATELY,
            Mail.recipient != "",
            Bounce.id.is_(None),
        )
        .order_by(Mail.id)
        .limit(BATCH)
    )
    found = session.execute(query).all()
    for number, whose, recipient, reply in found:
        went_to = next(iter(matching.parsed([recipient])), None)
        matched = matching.of_mail(session, settings, number, whose, went_to)
        if matched is not None:
            code = best("", reply or "")
            report = operations.of_reply(code, reply or "", "reply")
            operations.note_about(session, matched, report, kind_of(code), Source.REPLY, now)
    return len(found)
