"""What happens to an account: somebody signs up, opens the mail, changes details and choices."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from clevenio import audit, legal, limits, once
from clevenio.accounts import mails, queries
from clevenio.accounts.models import Account, Agreement, Signup
from clevenio.consent import ledger
from clevenio.consent.notices import TOPICS, Wording, account_notice, signup_notice
from clevenio.database import Database
from clevenio.errors import BadToken
from clevenio.people import addresses, links
from clevenio.people import operations as people
from clevenio.people.addresses import Address
from clevenio.people.models import Link, Person
from clevenio.registry import load
from clevenio.settings import Settings

SIGNUP_CHOICES = (*TOPICS, "ad_audiences")
ACCOUNT_CHOICES = (*TOPICS, "mail_opens", "ad_audiences")
# Whoever types somebody else's address again and again soon writes to nobody; the answer stays the same.
MAILS = limits.Limit("signup mails", 5, timedelta(days=1))


@dataclass(frozen=True)
class Entry:
    """A signup form, normalised. `profile` is a person's, `password` a hash, `ticked` purposes."""

    address: Address
    profile: Mapping[str, str | None]
    password: str
    ticked: tuple[str, ...]


def is_new(session: Session, settings: Settings, entry: Entry, typed_password: str, now: datetime) -> bool:
    """Whether this is not the same form again within ten minutes."""
    fields = {
        "email": entry.address.key,
        "password": typed_password,
        "ticked": " ".join(entry.ticked),
        **{name: value or "" for name, value in entry.profile.items()},
    }
    return once.first_time(session, settings.secret_keys[0], "signup", fields, now)


def sign_up(session: Session, settings: Settings, entry: Entry, language: str, now: datetime) -> None:
    """Keep the form until its mail is opened; an address with an account gets another mail instead."""
    if not limits.take(session, settings.secret_keys[0], MAILS, entry.address.mailbox_key, now):
        return
    person = people.find(session, entry.address)
    if person is not None and queries.account_of(session, person.id) is not None:
        mails.queue_known(session, settings, person, now)
        return
    signup = Signup(
        email=entry.address.email,
        address_key=entry.address.key,
        profile=dict(entry.profile),
        password=entry.password,
        language=language,
        ticked=list(entry.ticked),
        wording=dict(signup_notice(language).content),
        terms=legal.current("terms", now.date()).date.isoformat(),
        created_at=now,
    )
    session.add(signup)
    session.flush()
    data = {"signup": str(signup.id), "language": language}
    token = links.make(session, settings.mail_keys, "verify", now, data=data)
    mails.queue_verification(session, settings, signup, entry.address, token, now)


def waiting(session: Session, link: Link) -> Signup | None:
    """The signup behind a link; None once an address of it was verified, by this link or another."""
    return None if link.used_at else session.get(Signup, UUID(str(link.data["signup"])))


def verify(session: Session, settings: Settings, link: Link, now: datetime) -> Account | None:
    """Open the account: the person, the agreement to the terms, and every ticked box, in force from now.

    None where that has been done already, by another press at the same moment, too.
    """
    signup = waiting(session, link)
    if signup is None:
        return None
    try:
        links.consume(session, link, now)
    except BadToken:
        return None
    person = _person(session, settings, signup, now)
    account = Account(person_id=person.id, person=person, password=signup.password, verified_at=now)
    session.add(account)
    _agree(session, person, signup, now)
    people.decide(
        session,
        person,
        dict.fromkeys(signup.ticked, ledger.State.GRANTED),
        channel=ledger.Channel.SIGNUP,
        notice=Wording("signup", signup.language, signup.wording),
        language=signup.language,
        now=now,
        evidence={
            "asked_at": signup.created_at.isoformat(),
            "confirmed_at": now.isoformat(),
            "confirmed_by": "mail",
        },
    )
    # Whatever else waits for this address is over: the newest word on it has been confirmed.
    session.execute(delete(Signup).where(Signup.address_key == signup.address_key))
    mails.queue_notice(session, settings, now)
    return account


def _person(session: Session, settings: Settings, signup: Signup, now: datetime) -> Person:
    """The person with this address, up to date, or a new one."""
    address = addresses.address(signup.email)
    profile = {**signup.profile, "language": signup.language}
    person = people.find(session, address)
    if person is None:
        return people.add(
            session,
            settings.suppression_key,
            address,
            language=signup.language,
            source="signup",
            now=now,
            profile=profile,
        )
    # A field that may be left empty was not filled in: that takes nothing back.
    profile["phone"] = profile["phone"] or person.phone
    people.change(settings.suppression_key, person, profile)
    return person


def _agree(session: Session, person: Person, signup: Signup, now: datetime) -> None:
    version = next(v for v in legal.versions("terms") if v.date.isoformat() == signup.terms)
    session.add(
        Agreement(
            person=person.id,
            text="terms",
            version=signup.terms,
            language=signup.language,
            digest=version.digest(signup.language),
            agreed_at=now,
        )
    )


def keep_password(session: Session, account: UUID, password: str) -> None:
    """Replace what is kept of a password; a hash."""
    session.get_one(Account, account).password = password


def change_profile(settings: Settings, account: Account, profile: Mapping[str, str | None]) -> None:
    """Set what the person says about themselves; normalised fields."""
    people.change(settings.suppression_key, account.person, profile)


def granted(session: Session, person: UUID) -> frozenset[str]:
    """The boxes of the account page that stand ticked: a purpose granted, for one platform at least."""
    stands = ledger.decisions_of(session, person)
    return frozenset(
        purpose
        for purpose in ACCOUNT_CHOICES
        if any(
            stands.get(each) is ledger.State.GRANTED
            for each in people.expand({purpose: ledger.State.GRANTED})
        )
    )


def choose(
    session: Session, account: Account, ticked: Collection[str], language: str, now: datetime
) -> Sequence[ledger.Decision]:
    """Record what the boxes of the account page say now; in force at once.

    A box that stood ticked and still does changes nothing: it agrees to no platform that came later.
    """
    before = granted(session, account.person_id)
    states = {
        purpose: ledger.State.GRANTED if purpose in ticked else ledger.State.REFUSED
        for purpose in ACCOUNT_CHOICES
        if not (purpose in ticked and purpose in before)
    }
    return people.decide(
        session,
        account.person,
        states,
        channel=ledger.Channel.ACCOUNT,
        notice=account_notice(language),
        language=language,
        now=now,
    )


def look_through(session: Session, key: str, actor: str, page: int, now: datetime) -> Sequence[Account]:
    """A page of verified signups. It shows names, so who saw whose is written into the audit trail.

    `key` is the one that names people in the trail, `actor` whoever looks.
    """
    found = session.scalars(queries.recent_signups(page)).all()
    if found:
        subjects = sorted(audit.subject_hash(key, account.person_id) for account in found)
        audit.record(
            session,
            actor=actor,
            action="signups.list",
            reason="answering signups",
            details={"subjects": subjects},
            now=now,
        )
    return found


def forget_unverified(database: Database, now: datetime) -> None:
    """Remove signups whose mail was not opened in time; a tick calls it."""
    kept = timedelta(days=load().periods["unverified_signup"].number)
    with database.session() as session:
        session.execute(delete(Signup).where(Signup.created_at <= now - kept))
        session.commit()
