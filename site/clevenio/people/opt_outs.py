"""An opt-out that reached us by a reply, by phone or by post: taken at once, whoever has the mailbox."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from clevenio import audit
from clevenio.consent import ledger
from clevenio.consent.notices import withdrawal_notice
from clevenio.people import operations as people
from clevenio.people import suppression
from clevenio.people.addresses import Address
from clevenio.people.models import Person


class Came(StrEnum):
    """How it came."""

    REPLY = "reply"
    PHONE = "phone"
    POST = "post"


def record(
    session: Session,
    key: str,
    to: Address,
    scope: str,
    came: Came,
    *,
    actor: str,
    now: datetime,
) -> None:
    """End one thing for an address, or everything (GDPR Art. 21(2)); repeating it adds nothing but the entry.

    `key` is the suppression key, `scope` a topic, a platform's audiences, those of all platforms (`ad_audiences`) or
    `suppression.EVERYTHING`, `actor` whoever writes it down. It counts for everybody at the mailbox, by whatever spelling. Also where nobody has the address, so that no import brings mail to it later.
    """
    found = people.at_mailbox(session, to)
    for person in found:
        _withdraw(session, person, scope, came, now)
    mailbox = suppression.email_key(key, to.mailbox_key)
    _suppress(session, mailbox, "email", scope, came, now)
    details = {"came": came.value, "scope": scope, "by": "email"}
    hashes: list[str | None] = [audit.subject_hash(key, person.id) for person in found]
    for hashed in hashes or [None]:
        audit.record(session, actor=actor, action="people.opt_out", subject=hashed, details=details, now=now)


def record_number(
    session: Session,
    key: str,
    number: str,
    scope: str,
    came: Came,
    *,
    actor: str,
    now: datetime,
    to: Address | None = None,
) -> None:
    """The same for a number in E.164: where audiences are named, or everything, it goes into none of them, whoever has it.

    Where one person alone is known by it, it is their word for what is named, unless it came with the
    address (`to`) of somebody else.
    """
    hashed = suppression.phone_key(key, number)
    known = people.at_number(session, hashed)
    is_theirs = to is None or any(one in people.at_mailbox(session, to) for one in known)
    found = known if len(known) == 1 and is_theirs else ()
    for person in found:
        _withdraw(session, person, scope, came, now)
    _suppress(session, hashed, "phone", scope, came, now)
    details = {"came": came.value, "scope": scope, "by": "phone"}
    hashes: list[str | None] = [audit.subject_hash(key, person.id) for person in found]
    audit.record(
        session,
        actor=actor,
        action="people.opt_out",
        subject=hashes[0] if hashes else None,
        details=details,
        now=now,
    )


def _suppress(session: Session, hashed: str, kind: str, scope: str, came: Came, now: datetime) -> None:
    """Each platform by itself, as the ledger has them: a later word may be about one of them."""
    for each in people.expand({scope: ledger.State.WITHDRAWN}):
        if not suppression.is_suppressed(session, hashed, each):
            suppression.suppress(session, hashed, kind, each, f"by {came.value}", now)


def _withdraw(session: Session, person: Person, scope: str, came: Came, now: datetime) -> None:
    notice, evidence = withdrawal_notice(person.language), {"came": came.value}
    if scope == suppression.EVERYTHING:
        people.withdraw_everything(
            session,
            person,
            channel=ledger.Channel.STAFF,
            notice=notice,
            language=person.language,
            now=now,
            evidence=evidence,
        )
        return
    people.decide(
        session,
        person,
        {scope: ledger.State.WITHDRAWN},
        channel=ledger.Channel.STAFF,
        notice=notice,
        language=person.language,
        now=now,
        evidence=evidence,
    )
