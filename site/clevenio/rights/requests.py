"""A request's way from its receipt to its end; every step is an event of its history."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from clevenio import audit
from clevenio.consent import ledger
from clevenio.consent.notices import withdrawal_notice
from clevenio.errors import Missing, Refused
from clevenio.people import operations as people
from clevenio.people import restrictions
from clevenio.people.models import Person
from clevenio.rights import clocks, mails
from clevenio.rights.letters import operations as letters
from clevenio.rights.models import (
    WAITING,
    Asker,
    Channel,
    Event,
    Identity,
    Kind,
    Request,
    State,
    Submission,
    UnderWay,
    Way,
)
from clevenio.settings import Settings

# Why staff look at somebody's data here, as the audit trail keeps it.
REASON = "handling a request about rights"
PERSON = "person"
SYSTEM = "system"
# What the history says of a request that is done save for its answer, which somebody has to post or to say.
TO_TELL = {Way.POST: "to_post", Way.PHONE: "to_say"}
# How long the same form with the same words is the same act.
REPEATED = timedelta(minutes=10)


def note(
    session: Session, request: Request, actor: str, act: str, now: datetime, text: str | None = None
) -> None:
    """Add an event to a request's history."""
    session.add(Event(request=request.id, at=now, actor=actor, act=act, note=text))


def trail(
    session: Session,
    settings: Settings,
    request: Request,
    actor: str,
    action: str,
    now: datetime,
    **details: object,
) -> None:
    """Write an act of staff on a request into the audit trail, the person as a keyed hash."""
    audit.record(
        session,
        actor=actor,
        action=action,
        subject=audit.subject_hash(settings.suppression_key, request.subject),
        reason=REASON,
        details={"request": str(request.id), **details},
        now=now,
    )


def add(
    session: Session,
    subject: UUID,
    key: str,
    *,
    kind: Kind,
    asker: Asker,
    channel: Channel,
    language: str,
    received_at: datetime,
    state: State,
    now: datetime,
    submission: UUID | None = None,
) -> Request:
    """Write a request down; those of one message name its `submission`. `key` is the address's suppression key."""
    request = Request(
        id=uuid4(),
        submission=submission or uuid4(),
        kind=kind.value,
        asker=asker.value,
        channel=channel.value,
        subject=subject,
        key=key,
        language=language,
        received_at=received_at,
        recorded_at=now,
        state=state.value,
    )
    session.add(request)
    session.flush()
    return request


def write(
    session: Session,
    submission: Submission,
    subject: UUID,
    key: str,
    kinds: Iterable[Kind],
    *,
    channel: Channel,
    language: str,
    received_at: datetime,
    actor: str,
    now: datetime,
) -> list[Request]:
    """Write down what a person asks in one message, each kind as a request that was received."""
    session.add(submission)
    found = [
        add(
            session,
            subject,
            key,
            kind=kind,
            asker=Asker.PERSON,
            channel=channel,
            language=language,
            received_at=received_at,
            state=State.RECEIVED,
            now=now,
            submission=submission.id,
        )
        for kind in kinds
    ]
    for request in found:
        note(session, request, actor, "received", now)
    return found


def waiting_erasure(session: Session, person: UUID, states: Collection[State] = WAITING) -> Request | None:
    """The person's own erasure request that has not ended, of those in some `states`."""
    query = select(Request).where(
        Request.subject == person,
        Request.kind == Kind.ERASURE.value,
        Request.asker == Asker.PERSON.value,
        Request.state.in_(states),
    )
    return session.scalars(query.order_by(Request.received_at).limit(1)).first()


def ask_for_erasure(
    session: Session, settings: Settings, person_id: UUID, language: str, now: datetime
) -> Request:
    """The person asks, in their account, that their data be erased: open at once, for they logged in.

    All marketing ends now (GDPR Art. 21(2)), and stays ended if the request is taken back. The person
    gets a mail and the privacy officer a notice. A request that waits already is returned as it is.
    """
    person = session.get_one(Person, person_id, with_for_update=True, populate_existing=True)
    if (waiting := waiting_erasure(session, person_id)) is not None:
        return waiting
    request = add(
        session,
        person.id,
        person.email_suppression,
        kind=Kind.ERASURE,
        asker=Asker.PERSON,
        channel=Channel.ACCOUNT,
        language=language,
        received_at=now,
        state=State.OPEN,
        now=now,
    )
    request.identity = Identity.LOGIN.value
    note(session, request, PERSON, "received", now)
    end_marketing(session, person, language, now)
    mails.queue_received(session, settings, request, person, now)
    mails.queue_for_officers(session, settings, [request], now)
    return request


def end_marketing(session: Session, person: Person, language: str, now: datetime) -> None:
    """Withdraw every purpose of a person, on account of a request."""
    people.withdraw_everything(
        session,
        person,
        channel=ledger.Channel.RIGHTS_REQUEST,
        notice=withdrawal_notice(language),
        language=language,
        now=now,
    )


def take_back(session: Session, person: UUID, now: datetime) -> Request | None:
    """The person wants their account after all; None where nothing waits. Raises `Refused` too late."""
    request = waiting_erasure(session, person)
    if request is None:
        return None
    request = locked(session, request.id)
    if not request.is_waiting:
        return None
    if session.get(UnderWay, request.id) is not None:
        raise Refused("The erasure has begun and cannot be stopped any more.")
    end(session, request, State.WITHDRAWN, PERSON, now)
    return request


def locked(session: Session, request: UUID) -> Request:
    """A request that nobody else changes until the transaction ends. Raises `Missing`."""
    found = session.get(Request, request, with_for_update=True, populate_existing=True)
    if found is None:
        raise Missing("There is no such request.")
    return found


def end(
    session: Session, request: Request, state: State, actor: str, now: datetime, text: str | None = None
) -> None:
    """Bring a request to its end; with the last of its submission the address in it goes (see `forget_whose`).

    Where the answers go is known for as long as a restriction stands that the person is told about first.
    """
    request.state, request.ended_at = state.value, now
    if restrictions.of_request(session, request.id) is None:
        forget_route(request)
    session.flush()
    waits = letters.way_of_waiting(session, request.id) if state is State.DONE else None
    note(session, request, actor, TO_TELL[waits] if waits else state.value, now, text)
    session.flush()
    forget_whose(session, request.submission)


def forget_whose(session: Session, submission: UUID) -> None:
    """Forget whose a message was, once no request of it waits.

    The address stays while a copy of the data has still to leave by hand: by it alone that can be made anew.
    """
    # Two that end at once take turns, or each would leave it to the other.
    session.execute(select(Submission.id).where(Submission.id == submission).with_for_update())
    others = select(Request.id).where(Request.submission == submission, Request.state.in_(WAITING))
    if session.scalar(others.limit(1)) is not None:
        return
    gone: dict[str, None] = dict.fromkeys(("name", "phone", "post"))
    if not letters.copy_waits(session, submission):
        gone |= dict.fromkeys(("email", "address_key"))
    session.execute(update(Submission).where(Submission.id == submission).values(**gone))


def forget_route(request: Request) -> None:
    """Forget where the answers go."""
    request.answer_to = request.answer_way = request.answer_place = None


def is_repeated(
    session: Session, request: Request, actor: str, act: str, now: datetime, text: str | None = None
) -> bool:
    """Whether the same member of staff did exactly this a moment ago: a form that was posted twice is one act.

    Ask once the request is locked.
    """
    query = select(Event.id).where(
        Event.request == request.id,
        Event.actor == actor,
        Event.act == act,
        Event.at > now - REPEATED,
        Event.note.is_(None) if text is None else Event.note == text,
    )
    return session.scalar(query.limit(1)) is not None


def require_unfinished(session: Session, request: Request) -> None:
    """Raises `Refused` where the request has ended, or its erasure is under way."""
    if not request.is_waiting:
        raise Refused("This request has ended already.")
    if session.get(UnderWay, request.id) is not None:
        raise Refused("The erasure has begun and cannot be stopped any more.")


def extend(
    session: Session, settings: Settings, request_id: UUID, reason: str, actor: str, now: datetime
) -> Request:
    """Take the two further months of GDPR Art. 12(3), and tell the person why.

    Raises `Refused` after the legal date, and where the request is not open.
    """
    request = locked(session, request_id)
    if is_repeated(session, request, actor, "extended", now, reason):
        return request
    require_unfinished(session, request)
    if request.state != State.OPEN:
        raise Refused("Only an open request can be extended, and only once.")
    if clocks.day_of(now) > request.legal:
        raise Refused("The legal date has passed: it is too late to extend.")
    request.state = State.EXTENDED.value
    note(session, request, actor, "extended", now, reason)
    trail(session, settings, request, actor, "rights.extend", now)
    mails.queue_answer(session, settings, request, "extended", now, reason=reason)
    return request
