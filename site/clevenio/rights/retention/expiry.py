"""Erasing somebody because a rule's period is over: the same machinery, and no word of theirs behind it.

Nobody objected to anything, so neither suppression nor erasure ledger remembers them: they may come back.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from clevenio import audit
from clevenio.people import links
from clevenio.people.models import Person
from clevenio.rights import erasure, requests, subjects
from clevenio.rights.holdings import HOLDINGS
from clevenio.rights.models import Asker, Channel, Kind, State
from clevenio.settings import Settings

# What goes with an account where its holder stays, for mail they asked for.
ACCOUNT = (
    "sessions", "usage", "use_days", "mail_requests", "address_changes", "announcements",
    "totp", "passkeys", "recovery_codes", "account",
)  # fmt: skip


def erase(session: Session, settings: Settings, person: Person, now: datetime) -> None:
    """Erase a person whom nothing needs any more. Raises `Refused` while an audience file is being made, and on hold."""
    subject = subjects.of_person(session, settings, person)
    with session.begin_nested():
        request = requests.add(
            session,
            subject.id,
            subject.key,
            kind=Kind.ERASURE,
            asker=Asker.RULE,
            channel=Channel.RETENTION,
            language=person.language,
            received_at=now,
            state=State.OPEN,
            now=now,
        )
        requests.note(session, request, requests.SYSTEM, "received", now)
        erasure.begin(session, settings, request.id, requests.SYSTEM, now)


def close_account(session: Session, settings: Settings, person: Person, now: datetime) -> None:
    """Let an account go with all that hangs on it; its holder stays, and so do their choices."""
    subject = subjects.of_person(session, settings, person)
    for holding in HOLDINGS:
        if holding.name in ACCOUNT:
            holding.act(session, subject)
    for holding in HOLDINGS:
        if holding.name == "agreements" and holding.until is not None and holding.count(session, subject):
            erasure.keep(session, subject, holding.name, holding.until(now))
    links.use_up_all(session, "reset", person.id, now)
    audit.record(
        session,
        actor=requests.SYSTEM,
        action="retention.account",
        subject=subject.trail,
        reason="the account was not used",
        now=now,
    )
    session.expire_all()
