"""What relays refused in the conversation itself, noted as what came back: no report follows such a refusal."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

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


def note(session: Session, clock: Callable[[], datetime]) -> Iterator[int]:
    """Note the deliveries that failed and were not noted yet; yields the number of each batch. Commit after each.

    A reply without an enhanced status code says nothing of the mailbox, and suppresses nobody.
    """
    noted = and_(Bounce.delivery == Delivery.id, Bounce.source == Source.REPLY)
    query = (
        select(Delivery.id, Delivery, Person)
        .join(Campaign, Campaign.id == Delivery.campaign)
        .join(Person, Person.id == Delivery.person)
        .outerjoin(Bounce, noted)
        .where(
            or_(Campaign.finished_at.is_(None), Campaign.finished_at > clock() - LATELY),
            Delivery.state == DeliveryState.FAILED,
            Bounce.id.is_(None),
        )
    )
    for batch in _batches(session, query, Delivery.id):
        now = clock()
        for _, delivery, person in batch:
            code = best("", delivery.reply or "")
            report = operations.of_reply(code, delivery.reply or "", f"reply {delivery.attempts}")
            matched = Matched(delivery, person, person.email_suppression)
            operations.note_about(session, matched, report, kind_of(code), Source.REPLY, now)
        yield len(batch)


def note_others(session: Session, clock: Callable[[], datetime]) -> Iterator[bool]:
    """As `note`, of mails about accounts that a relay refused for good; yields of each whether it was noted.

    Commit after each: people locked in a sender's order must not wait for each other. A refusal of our own
    address and a failure of ours are no word about a mailbox.
    """
    noted = and_(Bounce.mail == Mail.id, Bounce.source == Source.REPLY)
    query = (
        select(Mail.id, Mail.person, Mail.recipient)
        .outerjoin(Bounce, noted)
        .where(
            Mail.state == MailState.FAILED,
            Mail.finished_at > clock() - LATELY,
            Mail.recipient != "",
            Mail.reply.like(REFUSED),
            Bounce.id.is_(None),
        )
    )
    for batch in _batches(session, query, Mail.id):
        for number, whose, recipient in batch:
            yield _note_other(session, number, whose, recipient, clock())


def _batches(
    session: Session, query: Select[*tuple[Any, ...]], key: InstrumentedAttribute[Any]
) -> Iterator[Sequence[Row[*tuple[Any, ...]]]]:
    """What a query finds, so many rows at a time in the order of their key, which comes first in each.

    Each once, also where noting it changes nothing: a report by mail may call itself what we call a reply.
    """
    ordered = query.order_by(key).limit(BATCH)
    found = session.execute(ordered).all()
    while found:
        yield found
        if len(found) < BATCH:
            return
        found = session.execute(ordered.where(key > found[-1][0])).all()


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
    return stands
