"""Whom we know at one mailbox by several spellings: whoever reads it takes a consent back for all of them."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio.consent import ledger
from clevenio.consent.notices import Wording
from clevenio.people.canonical import is_at
from clevenio.people.models import Person

BECAUSE = "withdrawn under another spelling of this mailbox"


def others(session: Session, person: Person) -> list[Person]:
    """Everybody else at a person's mailbox."""
    query = select(Person).where(is_at(person.mailbox_key), Person.id != person.id)
    return list(session.scalars(query.order_by(Person.id)))


def withdraw_along(
    session: Session,
    person: Person,
    purposes: Collection[str],
    *,
    channel: ledger.Channel,
    notice: Wording,
    now: datetime,
) -> None:
    """End these purposes for everybody else at the mailbox, by the door that the person took; what nobody granted stays.

    Coming back is a matter of the one spelling that comes back: a consent is never carried over.
    """
    for other in others(session, person):
        stands = ledger.decisions_of(session, other.id)
        ended = sorted(purpose for purpose in purposes if stands.get(purpose) is ledger.State.GRANTED)
        if ended:
            ledger.record(
                session,
                other.id,
                dict.fromkeys(ended, ledger.State.WITHDRAWN),
                channel=channel,
                language=other.language,
                notice=notice,
                now=now,
                evidence={"because": BECAUSE},
            )
