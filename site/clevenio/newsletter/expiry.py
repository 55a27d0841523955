"""What is let go of about newsletters in time: whose a delivery was, and why somebody left."""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session

from clevenio.consent import ledger
from clevenio.newsletter.bounces.models import Bounce
from clevenio.newsletter.models import FINAL, Delivery, Departure
from clevenio.people.holds import held_keys, held_people
from clevenio.people.models import Link, Person
from clevenio.sweeps import Key, Sweep, is_among


def cut(session: Session, keys: Sequence[Key], _now: datetime) -> None:
    """Deliveries with these numbers name nobody any more; they still count."""
    for (number,) in keys:
        # Each another id: rows that share one would still tell one story.
        session.execute(
            update(Delivery)
            .where(Delivery.id == number)
            .values(person=uuid4(), handle=None, reply=None, evidence=None)
            .execution_options(synchronize_session=False)
        )


def _forget_reasons(session: Session, keys: Sequence[Key], _now: datetime) -> None:
    session.execute(
        update(Departure)
        .where(Departure.handle.in_([handle for (handle,) in keys]))
        .values(reason=None)
        .execution_options(synchronize_session=False)
    )


def cut_bounces(session: Session, keys: Sequence[Key], _now: datetime) -> None:
    """Bounces with these numbers tell of nobody's mailbox any more; they still count."""
    for (number,) in keys:
        session.execute(
            update(Bounce)
            .where(Bounce.id == number)
            .values(person=uuid4(), key=None, diagnostic=None)
            .execution_options(synchronize_session=False)
        )


def _forget_openings(session: Session, keys: Sequence[Key], _now: datetime) -> None:
    session.execute(
        update(Delivery)
        .where(Delivery.id.in_([number for (number,) in keys]))
        .values(is_measured=False, opened_at=None)
        .execution_options(synchronize_session=False)
    )


def _is_measured_no_more(_start: datetime, _now: datetime) -> ColumnElement[bool]:
    """Openings whose permission has ended: nothing else permits to keep them (GDPR Art. 17(1)(b)).

    Those of people who have gone name nobody already, and stay in the count.
    """
    is_known = select(Person.id).where(Person.id == Delivery.person).exists()
    is_allowed = is_among(Delivery.person, ledger.permitted("mail_opens"))
    return and_(Delivery.opened_at.is_not(None), ~is_allowed, is_known)


def _delivered(start: datetime, _now: datetime) -> ColumnElement[bool]:
    ended = func.coalesce(Delivery.finished_at, Delivery.due_at)
    # Those of people who have gone name nobody already.
    is_known = select(Person.id).where(Person.id == Delivery.person).exists()
    return and_(Delivery.state.in_([state.value for state in FINAL]), ended <= start, is_known)


def _came_back(start: datetime, _now: datetime) -> ColumnElement[bool]:
    is_known = select(Person.id).where(Person.id == Bounce.person).exists()
    # Of mail to whom we do not know, the mailbox's key and the server's words are left to go.
    is_unknown = and_(Bounce.person.is_(None), or_(Bounce.key.is_not(None), Bounce.diagnostic.is_not(None)))
    return and_(Bounce.at <= start, or_(is_known, is_unknown))


def _is_held() -> ColumnElement[bool]:
    held = select(Link.handle).where(Link.handle == Departure.handle, Link.person.in_(held_people()))
    return held.exists()


SWEEPS = (
    Sweep("delivery", "deliveries", Delivery, _delivered, lambda: Delivery.person.in_(held_people()), cut),
    Sweep(
        "delivery",
        "bounces",
        Bounce,
        _came_back,
        lambda: or_(
            func.coalesce(Bounce.person.in_(held_people()), False),
            func.coalesce(Bounce.key.in_(held_keys()), False),
        ),
        cut_bounces,
    ),
    Sweep(
        "technical",
        "deliveries_opened",
        Delivery,
        _is_measured_no_more,
        lambda: Delivery.person.in_(held_people()),
        _forget_openings,
    ),
    Sweep(
        "delivery",
        "departures",
        Departure,
        lambda start, _now: and_(Departure.at <= start, Departure.reason.is_not(None)),
        _is_held,
        _forget_reasons,
    ),
)
