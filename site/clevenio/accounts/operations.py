"""What happens to an account: somebody signs up, opens the mail, changes details and choices."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from clevenio import audit, limits, once, outbox
from clevenio.accounts import agreements, mails, queries, sessions, usage
from clevenio.accounts.models import Account, Signup
from clevenio.accounts.sessions import Kind
from clevenio.consent import ledger
from clevenio.consent.notices import TOPICS, Wording, account_notice, signup_notice
from clevenio.errors import BadToken
from clevenio.i18n import local_day
from clevenio.paging import Page, page_of
from clevenio.people import addresses, erasures, links, restrictions
from clevenio.people import operations as people
from clevenio.people.addresses import Address
from clevenio.people.models import Link, Person
from clevenio.registry import load
from clevenio.settings import Settings

YES = ledger.State.GRANTED
# Where a person's details come from once they have typed them; an import replaces no such person's.
OWN_WORDS = "signup"
# How a page says that `ad_audiences` stood for some of the platforms.
PARTLY = "partly"
SIGNUP_CHOICES = (*TOPICS, "ad_audiences")
ACCOUNT_CHOICES = (*TOPICS, "mail_opens", "ad_audiences")
# Whoever types somebody else's address again and again soon writes to nobody; the answer stays the same.
MAILS = limits.Limit("signup mails", 5, timedelta(days=1))


@dataclass(frozen=True)
class Entry:
    """A signup form, normalised.

    `profile` is a person's, `password` a hash, `ticked` purposes, `terms` the versions that were shown.
    """

    address: Address
    profile: Mapping[str, str | None]
    password: str
    ticked: tuple[str, ...]
    terms: str


def current_terms(now: datetime) -> str:
    """The versions in force of everything that a signup accepts or is shown, as `agreements.stamp`."""
    return agreements.stamp(agreements.in_force(local_day(now)))


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
    """Keep the form until its mail is opened; an address with an account gets another mail instead.

    Both mails are made each time, and what is not to be is taken back: so the duration of the answer
    does not tell whether the address is known. Of a restricted address nothing new is taken in.
    """
    if not limits.take(session, settings.secret_keys[0], MAILS, entry.address.mailbox_key, now):
        return
    account = queries.account_at(session, entry.address.key)
    is_restricted = restrictions.is_restricted(session, entry.address.key)
    with session.begin_nested() as waits:
        _wait(session, settings, entry, language, now)
        if is_restricted or account is not None:
            waits.rollback()
    with session.begin_nested() as known:
        nobody = Person(email_ascii=entry.address.ascii, language=language)
        mails.queue_known(session, settings, account.person if account else nobody, now)
        session.flush()
        if is_restricted or account is None:
            known.rollback()


def _wait(session: Session, settings: Settings, entry: Entry, language: str, now: datetime) -> None:
    signup = Signup(
        email=entry.address.email,
        address_key=entry.address.key,
        profile=dict(entry.profile),
        password=entry.password,
        language=language,
        ticked=list(entry.ticked),
        wording=dict(signup_notice(language).content),
        texts=agreements.named(entry.terms),
        created_at=now,
    )
    session.add(signup)
    session.flush()
    send_link(session, settings, signup, now)
    session.flush()


def send_link(session: Session, settings: Settings, signup: Signup, now: datetime) -> None:
    """Mail a link that opens the account; it works as long as the signup is kept."""
    data = {"signup": str(signup.id), "language": signup.language}
    until = signup.created_at + kept()
    token = links.make(session, settings.mail_keys, "verify", now, data=data, until=until)
    mails.queue_verification(session, settings, signup, addresses.address(signup.email), token, now)


def waiting(session: Session, link: Link) -> Signup | None:
    """The signup behind a link; None once its address was verified, by this link or another, or refused."""
    return None if link.used_at else session.get(Signup, UUID(str(link.data["signup"])))


def is_refused(link: Link) -> bool:
    """Whether whoever reads the mail said that the signup was not theirs."""
    return bool(link.data.get("refused"))


def refuse(session: Session, link: Link, now: datetime) -> None:
    """Whoever reads the mail did not sign up: forget what was typed, its password and address with it.

    Does nothing where the link has been used.
    """
    signup = waiting(session, link)
    if signup is None:
        return
    try:
        links.consume(session, link, now)
    except BadToken:
        return
    link.data = {**link.data, "refused": True}
    _forget(session, signup)


def verify(session: Session, settings: Settings, link: Link, now: datetime) -> Account | None:
    """Open the account: the person, what was agreed to, and every ticked box, in force from now.

    None where that has been done already, by another press at the same moment, too. Raises `BadToken`
    while the address is restricted.
    """
    signup = waiting(session, link)
    if signup is None:
        return None
    if restrictions.is_restricted(session, signup.address_key):
        raise BadToken
    try:
        links.consume(session, link, now)
    except BadToken:
        return None
    person = people.find_or_add(
        session,
        settings.suppression_key,
        addresses.address(signup.email),
        language=signup.language,
        source=OWN_WORDS,
        now=now,
    )
    account = _opened(session, person, signup, now)
    if account is None:
        return None
    erasures.come_back(session, person.email_suppression, now)
    _introduce(settings, person, signup)
    agreements.agree(session, settings, account, signup.texts, signup.language, now)
    usage.record(session, account.id, usage.Kind.REGISTRATION, signup.created_at)
    usage.record(session, account.id, usage.Kind.VERIFICATION, now)
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


def _opened(session: Session, person: Person, signup: Signup, now: datetime) -> Account | None:
    """The new account; None where another signup of this address was verified at the same moment."""
    if queries.account_of(session, person.id) is not None:
        return None
    account = Account(person_id=person.id, person=person, password=signup.password, verified_at=now)
    try:
        with session.begin_nested():
            session.add(account)
    except IntegrityError:
        return None
    return account


def _introduce(settings: Settings, person: Person, signup: Signup) -> None:
    """What the person typed takes the place of what we were told about them, and no file replaces it."""
    profile = {**signup.profile, "language": signup.language}
    # A field that may be left empty was not filled in: that takes nothing back.
    profile["phone"] = profile["phone"] or person.phone
    people.change(settings.suppression_key, person, profile, signup.created_at)
    person.source = OWN_WORDS


def keep_password(session: Session, account: UUID, compared: str, renewed: str | None) -> bool:
    """Whether the password, a hash, is still the one that was compared; then `renewed` takes its place.

    False where it was changed while the comparison took its time, or the account was disabled. Until
    the transaction ends no other can change it, so a login and a change stand one behind the other.
    """
    kept = session.scalar(
        update(Account)
        .where(Account.id == account, Account.password == compared, Account.disabled_at.is_(None))
        .values(password=renewed or compared)
        .returning(Account.id)
    )
    return kept is not None


def change_profile(
    settings: Settings,
    account: Account,
    profile: Mapping[str, str | None],
    now: datetime,
    untouched: Collection[str] = (),
) -> None:
    """Set what the person says about themselves; normalised fields. No file replaces it later.

    What is `untouched` on a page that has grown old says nothing: what was said elsewhere since stays.
    """
    person = account.person
    said = {n: v for n, v in profile.items() if n not in untouched or getattr(person, n) == v}
    people.change(settings.suppression_key, person, said, now)
    person.source = OWN_WORDS


@dataclass(frozen=True)
class Boxes:
    """How the boxes of the account page stand.

    `ticked` are purposes granted for everyone that the label names, `partly` the names of the
    platforms where `ad_audiences` is granted for some of them only.
    """

    ticked: frozenset[str]
    partly: tuple[str, ...]


def boxes(session: Session, person: UUID) -> Boxes:
    """What a person's decisions make of the boxes."""
    stands = ledger.decisions_of(session, person)
    granted = {purpose for purpose, state in stands.items() if state is ledger.State.GRANTED}
    ticked = frozenset(purpose for purpose in ACCOUNT_CHOICES if granted >= {*people.expand({purpose: YES})})
    vendors = load().audience_vendors
    some = tuple(vendor.name for vendor in vendors if f"ad_audiences:{vendor.id}" in granted)
    return Boxes(ticked, () if "ad_audiences" in ticked else some)


def choose(
    session: Session,
    account: Account,
    ticked: Collection[str],
    language: str,
    now: datetime,
    shown: Collection[str] | None = None,
) -> Sequence[ledger.Recorded]:
    """Record what the boxes of the account page say now; in force at once.

    A box that nobody touched is no act: one that stood and still does, and one that never did. Touched is
    what differs from the page that was `shown`, which may be older than what was decided elsewhere since;
    None takes it for the present one.
    """
    before = boxes(session, account.person_id)
    if shown is None:
        shown = before.ticked | ({PARTLY} if before.partly else set())
    stood = before.ticked | ({"ad_audiences"} if before.partly else set())
    seen = {*shown} | ({"ad_audiences"} if PARTLY in shown else set())
    states = {
        purpose: YES if purpose in ticked else ledger.State.REFUSED
        for purpose in ACCOUNT_CHOICES
        if (purpose in ticked and purpose not in shown and purpose not in before.ticked)
        or (purpose in seen and purpose in stood and purpose not in ticked)
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


def look_through(
    session: Session, key: str, actor: str, wanted: queries.Wanted, page: int, now: datetime
) -> Page[Account]:
    """A page of verified signups. It shows names, so who saw whose is written into the audit trail.

    `key` is the one that names people in the trail, `actor` whoever looks.
    """
    found = page_of(session, queries.recent_signups(wanted), page, queries.PAGE)
    if found.rows:
        subjects = sorted(audit.subject_hash(key, account.person_id) for account in found.rows)
        audit.record(
            session,
            actor=actor,
            action="signups.list",
            reason="answering signups",
            details={"subjects": subjects},
            now=now,
        )
    return found


def disable(session: Session, account: Account, now: datetime) -> None:
    """Shut an account: nobody gets in, its sessions end for good, and its links open nothing."""
    account.disabled_at = account.disabled_at or now
    sessions.end_all(session, Kind.ACCOUNT, account.id, now)
    links.use_up_all(session, "reset", account.person_id, now)


def enable(account: Account) -> None:
    """Open a shut account again; sessions that ended stay ended."""
    account.disabled_at = None


def forget_unverified(session: Session, now: datetime) -> None:
    """Remove signups whose mail was not opened in time, save restricted ones; a tick calls it and commits."""
    is_held = restrictions.is_held(Signup.address_key.expression)
    for signup in session.scalars(select(Signup).where(Signup.created_at <= now - kept(), ~is_held)).all():
        _forget(session, signup)


def _forget(session: Session, signup: Signup) -> None:
    session.delete(signup)
    outbox.forget_recipient(session, mails.KIND, addresses.address(signup.email).ascii)


def kept() -> timedelta:
    """How long a signup waits for its mail to be opened."""
    return timedelta(days=load().periods["unverified_signup"].number)
