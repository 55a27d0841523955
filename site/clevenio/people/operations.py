"""Finding, adding and changing people; identifiers are normalised on the way in."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, object_session

from clevenio import outbox
from clevenio.consent import ledger
from clevenio.consent.notices import Wording
from clevenio.people import former, restrictions, spellings, suppression
from clevenio.people.addresses import Address
from clevenio.people.canonical import is_at
from clevenio.people.models import Person
from clevenio.people.shelves import is_among
from clevenio.registry import load, today

PROFILE = (
    "first_name last_name name phone company website website_domain role role_other country postal_code "
    "advertising_id language"
).split()


def find(session: Session, address: Address) -> Person | None:
    """The person with this address, whatever its case."""
    return session.scalars(select(Person).where(Person.address_key == address.key)).one_or_none()


def at_mailbox(session: Session, address: Address) -> list[Person]:
    """Everybody at this mailbox, by whatever spelling; nobody else changes them until the transaction ends."""
    # PostgreSQL asks again of a row it had to wait for, but of its own columns alone.
    still = Person.mailbox_key == address.mailbox_key
    query = select(Person).where(is_at(address.mailbox_key), still).order_by(Person.id)
    return list(session.scalars(query.with_for_update().execution_options(populate_existing=True)))


def at_number(session: Session, phone_key: str) -> list[Person]:
    """Everybody with a phone number, by its suppression key."""
    holds_it = is_among(Person.phone_suppression, [phone_key])
    return list(session.scalars(select(Person).where(holds_it).order_by(Person.id)))


def add(
    session: Session,
    key: str,
    address: Address,
    *,
    language: str,
    source: str,
    now: datetime,
    profile: Mapping[str, str | None] | None = None,
) -> Person:
    """A new person. `key` is the suppression key; `profile` holds normalised fields of `PROFILE`.

    Under an address that was restricted meanwhile they are restricted from the start.
    """
    restrictions.hold(session)
    person = Person(
        email=address.email,
        address_key=address.key,
        email_ascii=address.ascii,
        mailbox_key=address.mailbox_key,
        match_key=address.match_key,
        email_suppression=suppression.email_key(key, address.mailbox_key),
        language=language,
        source=source,
        created_at=now,
    )
    session.add(person)
    change(key, person, profile or {}, now)
    _reach(session, person)
    return person


def _reach(session: Session, person: Person) -> None:
    session.flush()
    restrictions.reach(session, Person.id == person.id)
    session.refresh(person, ["restricted_at", "frozen_at"])


def find_or_add(
    session: Session,
    key: str,
    address: Address,
    *,
    language: str,
    source: str,
    now: datetime,
    profile: Mapping[str, str | None] | None = None,
) -> Person:
    """The person with this address as they are, else a new one as `add` makes it.

    Of two acts that add the same address at once, both get the one person.
    """
    found = find(session, address)
    if found is not None:
        return found
    try:
        with session.begin_nested():
            return add(session, key, address, language=language, source=source, now=now, profile=profile)
    except IntegrityError:
        # Somebody else added them between the look and the insert.
        found = find(session, address)
        if found is None:
            raise
        return found


def change(
    key: str,
    person: Person,
    profile: Mapping[str, str | None],
    now: datetime,
    said_at: datetime | None = None,
) -> None:
    """Set normalised profile fields; the phone's suppression key follows the phone, and what it was is kept sealed.

    `key` is the suppression key. `said_at` is when the person said so themselves: evidence of the role, renewed
    where that changes.
    """
    before, identified = _role(person), _identifiers(person)
    for name, value in profile.items():
        if name not in PROFILE:
            raise ValueError(f"{name} is no part of a profile")
        setattr(person, name, value)
    person.phone_suppression = suppression.phone_key(key, person.phone) if person.phone else None
    _note_former(key, person, identified, now)
    if _role(person) != before:
        person.role_said_at = said_at if person.role else None
    elif person.role and "role" in profile:
        person.role_said_at = person.role_said_at or said_at


def _identifiers(person: Person) -> dict[str, str | None]:
    return {field: getattr(person, column) for field, column in former.FIELDS.items()}


def _note_former(key: str, person: Person, before: Mapping[str, str | None], now: datetime) -> None:
    session = object_session(person)
    if session is not None and person.id is not None:
        former.note(session, key, person.id, before, _identifiers(person), now)


def _role(person: Person) -> tuple[str | None, ...]:
    """What the person does, and where."""
    return person.role, person.role_other, person.company


def move(session: Session, key: str, person: Person, to: Address, now: datetime) -> None:
    """Give a person another address, which nobody has; all that is computed from it follows.

    `key` is the suppression key. What must not be sent to the person goes along to the new mailbox, and
    what stood against that one, or stands against the old one, stays; so does a restriction. Mail that went
    to the old address is the person's, and goes with them. Raises `IntegrityError` where somebody else came
    to have the address meanwhile.
    """
    restrictions.hold(session)
    outbox.belong(session, {person.email_ascii.lower(), person.address_key}, person.id)
    before, identified = suppression.scopes(session, person.email_suppression), _identifiers(person)
    person.email, person.address_key, person.email_ascii = to.email, to.key, to.ascii
    person.mailbox_key, person.match_key = to.mailbox_key, to.match_key
    person.email_suppression = suppression.email_key(key, to.mailbox_key)
    _note_former(key, person, identified, now)
    for scope in sorted(before - suppression.scopes(session, person.email_suppression)):
        suppression.suppress(session, person.email_suppression, "email", scope, "moved", now)
    _reach(session, person)


def ad_audiences() -> tuple[str, ...]:
    """The purposes that the one box of the platforms may stand for, those of platforms that have ended included."""
    return tuple(f"ad_audiences:{vendor.id}" for vendor in load().audience_vendors)


def expand(purposes: Mapping[str, ledger.State]) -> dict[str, ledger.State]:
    """Decisions as the ledger takes them: `ad_audiences` becomes one decision for each platform.

    A consent covers those that the box names today; whoever says no says it of all there ever were.
    """
    named = tuple(f"ad_audiences:{vendor.id}" for vendor in load().offered_on(today()))
    found: dict[str, ledger.State] = {}
    for purpose, state in purposes.items():
        alike = named if state is ledger.State.GRANTED else ad_audiences()
        found.update(dict.fromkeys(alike, state) if purpose == "ad_audiences" else {purpose: state})
    return found


def person_purposes() -> tuple[str, ...]:
    """Everything that a person, rather than a browser, decides about."""
    registry = load()
    return tuple(
        purpose
        for purpose in registry.decidable
        if registry.purposes[purpose.partition(":")[0]].subject == "person"
    )


def come_back(session: Session, person: Person, purposes: Mapping[str, ledger.State], now: datetime) -> None:
    """The person granted something by a confirmed act: open their mailbox for that and nothing else.

    What remains of an objection to everything is written down purpose by purpose. The phone stays
    suppressed: somebody who reads a mailbox has not shown that the number is theirs.
    """
    granted = {purpose for purpose, state in purposes.items() if state is ledger.State.GRANTED}
    key = person.email_suppression
    shut = suppression.scopes(session, key) if granted else set()
    if suppression.EVERYTHING in shut:
        for purpose in person_purposes():
            if purpose not in granted | shut:
                suppression.suppress(session, key, "email", purpose, "objection", now)
        suppression.lift(session, key, "email", suppression.EVERYTHING, "own act", now)
    for purpose in sorted((granted & shut) | _returned(session, key, granted)):
        suppression.lift(session, key, "email", purpose, "own act", now)


def _returned(session: Session, key: str, granted: set[str]) -> set[str]:
    """What was suppressed because mail came back: whoever comes back has shown that it arrives."""
    bounced = {suppression.Returned.HARD, suppression.Returned.SOFT}
    return {row.scope for row in suppression.standing(session, key) if granted and row.reason in bounced}


def decide(
    session: Session,
    person: Person,
    purposes: Mapping[str, ledger.State],
    *,
    channel: ledger.Channel,
    notice: Wording,
    language: str,
    now: datetime,
    evidence: Mapping[str, object] | None = None,
) -> list[ledger.Recorded]:
    """Record what a person decided by an act of their own; takes `ad_audiences` as the one box.

    What they take back ends for everybody whom we know at their mailbox by another spelling, too.
    Only a change is recorded: what stands already is not repeated, and taking back what was never
    granted is a refusal. A consent where only a customer's or a role's grant stood is a change.
    """
    stands = ledger.latest(session, person.id)
    changed: dict[str, ledger.State] = {}
    for purpose, state in expand(purposes).items():
        last = stands.get(purpose)
        basis = last.basis if last is not None and last.state == ledger.State.GRANTED else None
        if state is ledger.State.GRANTED and basis != ledger.Basis.CONSENT:
            changed[purpose] = ledger.State.GRANTED
        elif state is not ledger.State.GRANTED and basis is not None:
            changed[purpose] = ledger.State.WITHDRAWN
        elif state is not ledger.State.GRANTED and last is None:
            changed[purpose] = ledger.State.REFUSED
    said_no = {purpose for purpose, state in expand(purposes).items() if state is not ledger.State.GRANTED}
    if said_no:
        spellings.withdraw_along(session, person, said_no, channel=channel, notice=notice, now=now)
    come_back(session, person, changed, now)
    return ledger.record(
        session,
        person.id,
        changed,
        channel=channel,
        language=language,
        notice=notice,
        now=now,
        evidence=evidence,
    )


def withdraw_everything(
    session: Session,
    person: Person,
    *,
    channel: ledger.Channel,
    notice: Wording,
    language: str,
    now: datetime,
    evidence: Mapping[str, object] | None = None,
) -> list[ledger.Recorded]:
    """An objection to all direct marketing (GDPR Art. 21(2)): every purpose of the person, and its identifiers.

    Repeating it adds nothing.
    """
    added = decide(
        session,
        person,
        dict.fromkeys(person_purposes(), ledger.State.WITHDRAWN),
        channel=channel,
        notice=notice,
        language=language,
        now=now,
        evidence=evidence,
    )
    phones = (each.phone_suppression for each in (person, *spellings.others(session, person)))
    for key, kind in ((person.email_suppression, "email"), *((phone, "phone") for phone in phones)):
        # Also where another spelling of the mailbox objected before: whoever of the two comes back,
        # this one's word is the later one.
        if key and (added or not suppression.is_suppressed(session, key, suppression.EVERYTHING)):
            suppression.suppress(session, key, kind, suppression.EVERYTHING, "objection", now)
    return added
