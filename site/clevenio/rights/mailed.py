"""Somebody's rows about mail: links that lead to them, departures and deliveries, and how an erasure treats these."""

from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Select, and_, or_, select, update
from sqlalchemy.orm import Session

from clevenio.newsletter.bounces.models import Bounce
from clevenio.newsletter.models import Delivery, Departure
from clevenio.people.models import Link
from clevenio.rights.subjects import Subject, came_from


def links(subject: Subject) -> ColumnElement[bool]:
    """Confirmations that wait at the address, verifications of its signups, and whatever names the person."""
    email = Link.data["email"].as_string()
    return and_(
        Link.purpose != "unsubscribe",
        or_(
            Link.person == subject.id,
            came_from(subject.address, subject.former, email, Link.created_at),
            Link.data["signup"].as_string().in_(map(str, subject.signups)),
        ),
    )


def ways_out(subject: Subject) -> ColumnElement[bool]:
    """The links out of what was sent to the person."""
    return and_(Link.purpose == "unsubscribe", Link.person == subject.id)


def departures(subject: Subject) -> ColumnElement[bool]:
    """Departures by these links."""
    return Departure.handle.in_(select(Link.handle).where(ways_out(subject)))


def forget_reasons(session: Session, subject: Subject) -> None:
    """What they wrote as they left goes; that somebody left stays."""
    session.execute(
        update(Departure)
        .where(departures(subject))
        .values(reason=None)
        .execution_options(synchronize_session=False)
    )


def cut_ways_out(session: Session, subject: Subject) -> None:
    """The links still lead out, and name nobody any more."""
    session.execute(
        update(Link).where(ways_out(subject)).values(person=None).execution_options(synchronize_session=False)
    )


def cut_deliveries(session: Session, subject: Subject) -> None:
    """What was sent stays counted, and names nobody any more."""
    for number in session.scalars(select(Delivery.id).where(Delivery.person == subject.id)).all():
        # Each another id: rows that share one would still tell one story.
        session.execute(
            update(Delivery)
            .where(Delivery.id == number)
            .values(person=uuid4(), handle=None, reply=None, evidence=None)
            .execution_options(synchronize_session=False)
        )


def bounces(subject: Subject) -> ColumnElement[bool]:
    """What came back of the person's mail; of mail to an address alone, what came back from its mailbox."""
    return or_(Bounce.person == subject.id, and_(Bounce.person.is_(None), Bounce.key == subject.key))


def forget_words(session: Session, mails: Select[UUID]) -> None:
    """Of what came back about these mails nothing tells of a mailbox any more; that it did stays."""
    session.execute(
        update(Bounce)
        .where(Bounce.mail.in_(mails))
        .values(key=None, diagnostic=None)
        .execution_options(synchronize_session=False)
    )


def cut_bounces(session: Session, subject: Subject) -> None:
    """What came back stays counted, and tells of nobody's mailbox any more."""
    for number in session.scalars(select(Bounce.id).where(bounces(subject))).all():
        session.execute(
            update(Bounce)
            .where(Bounce.id == number)
            .values(person=uuid4(), key=None, diagnostic=None)
            .execution_options(synchronize_session=False)
        )
