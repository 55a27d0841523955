"""Signing up: what was typed is kept until whoever reads the mail opens the account, or says it was not theirs.

A password typed on the signup page holds only where one signup waits for the address. Where several do, one
may be a stranger's who means to be in the account before its owner: then whoever reads the mail chooses the
password behind its link, and no typed one opens anything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from clevenio import limits, once, outbox
from clevenio.accounts import agreements, mails, queries, usage
from clevenio.accounts.models import Account, Signup
from clevenio.accounts.operations import OWN_WORDS
from clevenio.consent import ledger
from clevenio.consent.notices import TOPICS, Wording, signup_notice
from clevenio.errors import BadToken, Refused
from clevenio.i18n import local_day
from clevenio.people import addresses, erasures, links, restrictions
from clevenio.people import operations as people
from clevenio.people.addresses import Address
from clevenio.people.holds import is_held_address
from clevenio.people.models import Link, Person
from clevenio.registry import load
from clevenio.settings import Settings
from clevenio.sweeps import Key, Sweep

CHOICES = (*TOPICS, "ad_audiences")
# Whoever types somebody else's address again and again soon writes to nobody; the answer stays the same.
MAILS = limits.Limit("signup mails", 5, timedelta(days=1))
# Counted and never spent: how often an address's reader said lately that a signup was not theirs.
REFUSALS = limits.Limit("refused signups", 1_000_000, once.WINDOW)


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
        # What was refused is over: the same form is a new one then, and its mail is sent.
        "refused": str(limits.used(session, settings.secret_keys[0], REFUSALS, entry.address.key, now)),
        **{name: value or "" for name, value in entry.profile.items()},
    }
    return once.first_time(session, settings.secret_keys[0], "signup", fields, now)


def sign_up(session: Session, settings: Settings, entry: Entry, language: str, now: datetime) -> None:
    """Keep the form until its mail is opened; an address with an account gets another mail instead.

    Both mails are made each time, and what is not to be is taken back: so the duration of the answer
    does not tell whether the address is known. Of a restricted address nothing new is taken in. Where the
    limit of mails is spent none is sent, and the form is kept only where it contests the one that waits.
    """
    has_mail = limits.take(session, settings.secret_keys[0], MAILS, entry.address.mailbox_key, now)
    account = queries.account_at(session, entry.address.key)
    is_restricted = restrictions.is_restricted(session, entry.address.key)
    is_kept = has_mail or _contests(session, entry, now)
    with session.begin_nested() as waits:
        signup = _wait(session, entry, language, now)
        with session.begin_nested() as mailed:
            send_link(session, settings, signup, now)
            session.flush()
            if not has_mail:
                mailed.rollback()
        if is_restricted or account is not None or not is_kept:
            waits.rollback()
    with session.begin_nested() as known:
        nobody = Person(email_ascii=entry.address.ascii, language=language)
        mails.queue_known(session, settings, account.person if account else nobody, now)
        session.flush()
        if is_restricted or account is None or not has_mail:
            known.rollback()


def _contests(session: Session, entry: Entry, now: datetime) -> bool:
    """Whether a form for which there is no mail has another password than the newest signup that waits.

    Whoever spends the limit first would else be the only one to wait. One without a mail after each that has
    one is enough: it waits longer than that one.
    """
    newest = queries.waiting_signup(session, entry.address.key, now - kept())
    if newest is None or newest.password == entry.password:
        return False
    return bool(session.scalar(select(select(Link.handle).where(*_are_links_of([newest.id], now)).exists())))


def _wait(session: Session, entry: Entry, language: str, now: datetime) -> Signup:
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
    return signup


def send_link(session: Session, settings: Settings, signup: Signup, now: datetime) -> None:
    """Mail a link that opens the account; it works as long as the signup is kept."""
    data = {"signup": str(signup.id), "language": signup.language}
    until = signup.created_at + kept()
    token = links.make(session, settings.mail_keys, "verify", now, data=data, until=until)
    to, contested = addresses.address(signup.email), is_contested(session, signup)
    mails.queue_verification(session, settings, signup, to, token, now, contested)


def waiting(session: Session, link: Link) -> Signup | None:
    """The signup behind a link; None once its address was verified, by this link or another, or refused."""
    return None if link.used_at else session.get(Signup, UUID(str(link.data["signup"])))


def _still_waits(session: Session, signup: Signup) -> bool:
    """Whether it waits even now; then whoever acts on a signup of this address at the same moment stands behind."""
    query = select(Signup.id).where(Signup.address_key == signup.address_key).order_by(Signup.id)
    return signup.id in session.scalars(query.with_for_update()).all()


def is_contested(session: Session, signup: Signup) -> bool:
    """Whether another signup with another password waits for the same address: then none of them holds."""
    others = select(Signup.id).where(
        Signup.address_key == signup.address_key, Signup.password != signup.password
    )
    return bool(session.scalar(select(others.exists())))


def waiting_password(session: Session, address: Address, now: datetime) -> str | None:
    """The password, a hash, of the newest signup that waits for an address; None where there is none."""
    signup = queries.waiting_signup(session, address.key, now - kept())
    return signup.password if signup else None


def is_refused(link: Link) -> bool:
    """Whether whoever reads the mail said that the signup was not theirs, by this link or by another one to it.

    Asked of a link whose signup waits no more.
    """
    return bool(link.data.get("refused")) or not (link.used_at or link.person)


def refuse(session: Session, settings: Settings, link: Link, now: datetime) -> None:
    """Whoever reads the mail did not sign up: forget what was typed, its password and address with it.

    Does nothing where the link has been used.
    """
    signup = waiting(session, link)
    if signup is None or not _still_waits(session, signup):
        return
    try:
        links.consume(session, link, now)
    except BadToken:
        return
    link.data = {**link.data, "refused": True}
    limits.take(session, settings.secret_keys[0], REFUSALS, signup.address_key, now)
    _forget(session, signup)


def verify(
    session: Session, settings: Settings, link: Link, now: datetime, password: str | None = None
) -> Account | None:
    """Open the account: the person, what was agreed to, and every ticked box, in force from now.

    `password` is a hash of what whoever reads the mail chose; it takes the place of the one that was typed
    with the signup. None is returned where the account has been opened already, by another press at the
    same moment, too. Raises `BadToken` while the address is restricted, and `Refused` without a password
    where the signup is contested.
    """
    signup = waiting(session, link)
    if signup is None:
        return None
    if restrictions.is_restricted(session, signup.address_key):
        raise BadToken
    if not _still_waits(session, signup):
        return None
    known = queries.account_at(session, signup.address_key)
    if known is not None:
        # An account that moved here, or that was opened while this signup came in.
        _end_waiting(session, signup.address_key, known.person_id, now)
        return None
    if password is None and is_contested(session, signup):
        raise Refused("Somebody signed up with this address at the same moment. Open the link once more.")
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
    account = _opened(session, person, password or signup.password, now)
    if account is None:
        return None
    erasures.come_back(session, person.email_suppression, now)
    _introduce(settings, person, signup, now)
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
    _end_waiting(session, signup.address_key, person.id, now)
    mails.queue_notice(session, settings, now)
    return account


def _end_waiting(session: Session, address_key: str, person: UUID, now: datetime) -> None:
    """Whatever else waits for this address is over; its links know whose account was opened."""
    ended = session.scalars(
        delete(Signup).where(Signup.address_key == address_key).returning(Signup.id)
    ).all()
    session.execute(update(Link).where(*_are_links_of(ended, now)).values(person=person))


def _are_links_of(signups: Sequence[UUID], now: datetime) -> tuple[ColumnElement[bool], ...]:
    """That a link is in a mail of one of these signups, and works still."""
    mailed = Link.data["signup"].as_string().in_([str(signup) for signup in signups])
    return Link.expires_at > now, Link.purpose == "verify", mailed


def _opened(session: Session, person: Person, password: str, now: datetime) -> Account | None:
    """The new account; None where another signup of this address was verified at the same moment."""
    if queries.account_of(session, person.id) is not None:
        return None
    account = Account(person_id=person.id, person=person, password=password, verified_at=now)
    try:
        with session.begin_nested():
            session.add(account)
    except IntegrityError:
        return None
    return account


def _introduce(settings: Settings, person: Person, signup: Signup, now: datetime) -> None:
    """What the person typed takes the place of what we were told about them, and no file replaces it."""
    profile = {**signup.profile, "language": signup.language}
    # A field that may be left empty was not filled in: that takes nothing back.
    profile["phone"] = profile["phone"] or person.phone
    people.change(settings.suppression_key, person, profile, now, said_at=signup.created_at)
    person.source = OWN_WORDS


def _forget(session: Session, signup: Signup) -> None:
    """What was typed, and its mails, where no other signup waits for one to the same address."""
    session.delete(signup)
    session.flush()
    to = addresses.address(signup.email).ascii
    others = session.scalars(select(Signup.email).where(Signup.address_key == signup.address_key))
    if to not in {addresses.address(other).ascii for other in others}:
        outbox.forget_recipient(session, mails.KIND, to)


def kept() -> timedelta:
    """How long a signup waits for its mail to be opened."""
    return timedelta(days=load().periods["unverified_signup"].number)


def _let_go(session: Session, keys: Sequence[Key], _now: datetime) -> None:
    for (signup,) in keys:
        _forget(session, session.get_one(Signup, signup))


SWEEPS = (
    Sweep(
        "unverified_signup",
        "signups",
        Signup,
        lambda start, _now: Signup.created_at <= start,
        lambda: is_held_address(Signup.address_key.expression),
        _let_go,
    ),
)
