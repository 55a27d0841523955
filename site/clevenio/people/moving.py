"""A person's mail moves to another mailbox, as every door to that does it."""

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from clevenio.consent import ledger
from clevenio.consent.notices import Wording
from clevenio.people import erasures, links, restrictions, suppression
from clevenio.people import operations as people
from clevenio.people.addresses import Address
from clevenio.people.models import Person

# What a mailbox gets that opens a person's data, confirms a wish about it, or sets a password.
OPENING = ("rights", "data_file", "reset")
# Likewise, and a page that was opened stays open for a while.
PAGES = ("manage",)


def move(
    session: Session,
    key: str,
    person: Person,
    to: Address,
    *,
    channel: ledger.Channel,
    notice: Wording,
    now: datetime,
) -> bool:
    """Move a person whose new mailbox's reader has confirmed. `key` is the suppression key.

    False, with nothing changed, where the address has come to be somebody's, or either one is restricted.
    What the new mailbox opted out of before is withdrawn by `channel`: boxes must not say else.
    """
    restrictions.hold(session)
    if people.find(session, to) is not None or restrictions.restricted_among(
        session, (person.address_key, to.key)
    ):
        return False
    try:
        with session.begin_nested():
            people.move(session, key, person, to, now)
    except IntegrityError:
        session.refresh(person)
        return False
    # What the old mailbox still holds opens nothing any more, nor goes on with a page that it opened. Such a page
    # may say why.
    links.note_move(session, PAGES, person.id, now)
    links.end_all(session, OPENING, person.id, now)
    # Somebody was erased at this mailbox once: its reader has come back by a confirmed act.
    erasures.come_back(session, person.email_suppression, now)
    shut = suppression.scopes(session, person.email_suppression)
    granted = [p for p, s in ledger.decisions_of(session, person.id).items() if s is ledger.State.GRANTED]
    people.decide(
        session,
        person,
        {purpose: ledger.State.WITHDRAWN for purpose in granted if {purpose, suppression.EVERYTHING} & shut},
        channel=channel,
        notice=notice,
        language=person.language,
        now=now,
        evidence={"because": "the mailbox had opted out before"},
    )
    return True
