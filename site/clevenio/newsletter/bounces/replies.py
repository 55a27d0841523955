"""What relays refused in the conversation itself, noted as what came back: no report follows such a refusal."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from clevenio.newsletter.bounces import matching, operations
from clevenio.newsletter.bounces.matching import Matched
from clevenio.newsletter.bounces.models import Bounce, Source
from clevenio.newsletter.bounces.statuses import best, kind_of
from clevenio.newsletter.models import Campaign, Delivery, DeliveryState
from clevenio.outbox import Mail, MailState
from clevenio.people.models import Person

BATCH = 200
# A campaign that ended before is done with.
LATELY = timedelta(days=7)
# What a relay said when it refused a mail for good (RFC 5321 4.2.1), as the outbox keeps it.
REFUSED = "5__ %"


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


def note_others(session: Session, now: datetime) -> int:
    """As `note`, of mails about accounts that a relay refused for good; returns how many it noted.

    It commits after each: people locked in a sender's order must not wait for each other. A refusal of our own
    address and a failure of ours are no word about a mailbox.
    """
    noted = and_(Bounce.mail == Mail.id, Bounce.source == Source.REPLY)
    query = (
        select(Mail.id, Mail.person, Mail.recipient)
        .outerjoin(Bounce, noted)
        .where(
            Mail.state == MailState.FAILED,
            Mail.finished_at > now - LATELY,
            Mail.recipient != "",
            Mail.reply.like(REFUSED),
            Bounce.id.is_(None),
        )
        .order_by(Mail.id)
        .limit(BATCH)
    )
    return sum(_note_other(session, *each, now) for each in session.execute(query).all())


def _note_other(session: Session, number: UUID, whose: UUID | None, recipient: str, now: datetime) -> bool:
    """Note one, unless somebody decided about it meanwhile."""
    matched = matching.of_mail(session, number, whose, recipient)
    mail = matched.sent if matched else None
    stands = isinstance(mail, Mail) and (mail.state, mail.recipient) == (MailState.FAILED, recipient)
    if matched and stands:
        reply = matched.sent.reply or ""
        code = best("", reply)
        report = operations.of_reply(code, reply, "reply")
        operations.note_about(session, matched, report, kind_of(code), Source.REPLY, now)
    session.commit()
    return stands
