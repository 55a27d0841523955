"""What a form that anybody may send brings about, and what the link in the mail after it opens."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio import limits, once
from clevenio.errors import BadToken
from clevenio.people import links, suppression
from clevenio.people import operations as people
from clevenio.people.addresses import Address, address, masked
from clevenio.people.models import Link
from clevenio.rights import at_once, identity, mails, queries, restricting
from clevenio.rights.at_once import AT_ONCE
from clevenio.rights.models import WAITING, Asker, Channel, Identity, Kind, Request, State, Submission
from clevenio.rights.requests import PERSON, SYSTEM, end, note, write
from clevenio.settings import Settings

# Whoever types other people's addresses soon writes to nobody, and is not told. Mails without a link are counted
# apart: whoever refuses for an address, its owner or not, must not keep the next link from it.
MAILS = (
    limits.Limit("rights mail", 1, timedelta(minutes=10)),
    limits.Limit("rights mails of a day", 3, timedelta(days=1)),
)
DONE_MAILS = (
    limits.Limit("rights done mail", 1, timedelta(minutes=10)),
    limits.Limit("rights done mails of a day", 3, timedelta(days=1)),
)
# In a used link: the ids of the requests that were confirmed or let go of with it.
CAME = "came"


@dataclass(frozen=True)
class Asked:
    """What was typed into the form, normalised."""

    kinds: tuple[Kind, ...]
    address: Address
    details: str | None
    language: str


@dataclass(frozen=True)
class Shown:
    """What the page behind a link shows: the requests from its address that wait to be confirmed.

    Of a link that was used, those that were named then; of one whose requests have ended, those that came with it. `email` is masked.
    """

    requests: Sequence[Request]
    language: str
    email: str | None
    is_used: bool


def receive(
    session: Session, settings: Settings, asked: Asked, now: datetime, *, is_crowded: bool = False
) -> tuple[Kind, ...]:
    """Take what somebody asks for at an address; the same for every address, whoever has it.

    What needs no proof is done at once, each time. The rest waits until the owner of the address confirms
    it by the mailed link; a doubled post is one act, and beyond the limits of `MAILS` the requests are
    received, and mailed when these end (`held_back`). What was done is told within `DONE_MAILS`, or with the link.
    Returns what was not taken: where the network `is_crowded`, all that needs proof.
    """
    free = tuple(kind for kind in asked.kinds if kind in AT_ONCE)
    at_once.carry_out(session, settings.suppression_key, free, asked.address, asked.language, now)
    taken = free if is_crowded else asked.kinds
    left = tuple(kind for kind in asked.kinds if kind not in taken)
    # What was asked again after the first had ended is no doubled post.
    over = str(queries.answered(session, _key(settings, asked)))
    fields = {
        "kinds": ",".join(taken),
        "email": asked.address.key,
        "details": asked.details or "",
        "over": over,
    }
    if not taken or not once.first_time(session, settings.secret_keys[0], "rights request", fields, now):
        return left
    submission, written = _write_down(session, settings, asked, taken, now)
    if not is_crowded:
        _tell(session, settings, asked, submission, written, now)
    return left


def _tell(
    session: Session,
    settings: Settings,
    asked: Asked,
    submission: Submission,
    written: Sequence[Request],
    now: datetime,
) -> None:
    """Mail the link and what was done in one, or what was done alone, each within its limits."""
    to, language = asked.address, asked.language
    waiting = [request for request in written if request.is_waiting]
    done = [Kind(request.kind) for request in written if not request.is_waiting]
    if waiting and has_room(session, settings, MAILS, to, now):
        mail_link(session, settings, to, submission, waiting, language, now, done=done)
    elif done and has_room(session, settings, DONE_MAILS, to, now):
        mails.queue_asked(session, settings, to, done, language, None, now)


def has_room(
    session: Session, settings: Settings, several: Collection[limits.Limit], to: Address, now: datetime
) -> bool:
    """Count one more mail to a mailbox; whether it was within all of these limits."""
    return limits.take_each(session, settings.secret_keys[0], several, to.mailbox_key, now)


def _key(settings: Settings, asked: Asked) -> str:
    return suppression.email_key(settings.suppression_key, asked.address.mailbox_key)


def _write_down(
    session: Session, settings: Settings, asked: Asked, kinds: tuple[Kind, ...], now: datetime
) -> tuple[Submission, list[Request]]:
    person = people.find(session, asked.address)
    submission = Submission(
        id=uuid4(), email=asked.address.email, address_key=asked.address.key, details=asked.details
    )
    found = write(
        session,
        submission,
        person.id if person else uuid4(),
        _key(settings, asked),
        kinds,
        channel=Channel.PAGE,
        language=asked.language,
        received_at=now,
        actor=PERSON,
        now=now,
    )
    for request in found:
        if request.kind in AT_ONCE:
            end(session, request, State.DONE, SYSTEM, now)
    return submission, found


def mail_link(
    session: Session,
    settings: Settings,
    to: Address,
    submission: Submission,
    waiting: Sequence[Request],
    language: str,
    now: datetime,
    *,
    done: Sequence[Kind] = (),
) -> None:
    """Mail an address the link by which its owner confirms what waits there, and tell what was done already."""
    link = identity.make_link(session, settings, submission, language, now)
    for request in waiting:
        request.state = State.UNVERIFIED.value
        note(session, request, SYSTEM, "link_sent", now)
    kinds = [*done, *dict.fromkeys(Kind(request.kind) for request in waiting)]
    mails.queue_asked(session, settings, to, kinds, language, link, now)


def look(session: Session, settings: Settings, token: str, now: datetime) -> Shown:
    """What a link stands for. Changes nothing. Raises `BadToken`."""
    return _shown(session, links.find(session, settings.mail_keys, "rights", token, now))


def confirm(
    session: Session,
    settings: Settings,
    token: str,
    shown: Collection[UUID],
    mine: Collection[UUID],
    now: datetime,
) -> Shown:
    """The owner of the address says which of the requests `shown` are theirs; the others end.

    A post that names none means those that came with the link. One use: of two posts one acts. What
    came from the same address earlier or later is theirs to confirm as well. Raises `BadToken`.
    """
    link = links.find(session, settings.mail_keys, "rights", token, now)
    before = _shown(session, link, lock=True)
    if before.is_used:
        return before
    try:
        links.consume(session, link, now)
    except BadToken:
        return _shown(session, link)
    _forgive(session, settings, link)
    named = set(shown) or {each.id for each in before.requests if each.submission == _submission(link)}
    opened = [
        each
        for each in before.requests
        if each.id in named and _settle(session, settings, each, not shown or each.id in mine, now)
    ]
    mails.queue_for_officers(session, settings, opened, now)
    came = [each for each in before.requests if each.id in named]
    link.data = {**link.data, CAME: [str(each.id) for each in came]}
    return Shown(came, before.language, before.email, is_used=True)


def _forgive(session: Session, settings: Settings, link: Link) -> None:
    """Who owns the address wants these mails, and its used link leads to no later request: the next is mailed."""
    submission = session.get(Submission, _submission(link))
    if submission is not None and submission.email:
        for limit in MAILS:
            limits.forgive(session, settings.secret_keys[0], limit, address(submission.email).mailbox_key)


def _settle(session: Session, settings: Settings, request: Request, is_mine: bool, now: datetime) -> bool:
    """Open a request, or end one that is not the owner's; whether it is open now."""
    if is_mine:
        identity.take_up(session, settings, request, Identity.LINK, PERSON, now)
    else:
        note(session, request, PERSON, "not_mine", now)
        restricting.release(session, settings, request, PERSON, now)
        end(session, request, State.WITHDRAWN, PERSON, now)
    return request.is_waiting


def _submission(link: Link) -> UUID:
    if "submission" not in link.data:
        raise BadToken
    return UUID(str(link.data["submission"]))


def _shown(session: Session, link: Link, lock: bool = False) -> Shown:
    submission, language = session.get(Submission, _submission(link)), str(link.data["language"])
    query = select(Request).order_by(Request.received_at, Request.kind)
    asked = query.where(Request.submission == _submission(link))
    waits = session.scalar(asked.where(Request.state.in_(WAITING)).with_only_columns(Request.id).limit(1))
    is_usable = link.used_at is None and waits is not None
    if is_usable and submission is not None and submission.email and submission.address_key:
        waiting = query.join(Submission, Submission.id == Request.submission).where(
            Submission.address_key == submission.address_key,
            Request.asker == Asker.PERSON.value,
            Request.state.in_((State.RECEIVED.value, State.UNVERIFIED.value)),
            # Whoever reads a mailbox that was lost has no say in what is answered elsewhere.
            Request.answer_to.is_(None),
            Request.answer_way.is_(None),
        )
        found = session.scalars(waiting.with_for_update(of=Request) if lock else waiting).all()
        return Shown(found, language, masked(address(submission.email).email), is_used=False)
    came = link.data.get(CAME)
    if isinstance(came, list):
        asked = query.where(Request.id.in_(map(UUID, came)))
    return Shown(session.scalars(asked).all(), language, None, is_used=True)
