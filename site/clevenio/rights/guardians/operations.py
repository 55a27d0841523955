"""A guardian says that we hold a child's data: frozen at once, erased or freed after a light check."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clevenio.errors import Refused
from clevenio.people import restrictions
from clevenio.people.addresses import Address
from clevenio.people.restrictions import Ground
from clevenio.rights import mails, subjects
from clevenio.rights.models import Asker, Channel, Identity, Kind, Request, State
from clevenio.rights.requests import add, end, locked, note, require_unfinished, trail
from clevenio.settings import Settings


@dataclass(frozen=True)
class Message:
    """What a guardian told us, normalised. `answer_to` is their own address, if they want the answer there."""

    about: Address
    channel: Channel
    received_at: datetime
    answer_to: Address | None
    language: str
    said: str | None


def freeze(session: Session, settings: Settings, message: Message, actor: str, now: datetime) -> Request:
    """Restrict the data of the named address at once, before anything is checked.

    It stays stored; nothing uses it: no marketing, no audience, no mail but the answer, no login, no
    list. An address that is frozen already keeps the request it has, whoever tells us again: that is
    noted, and the answer goes to the first guardian who left an address.
    """
    standing = restrictions.of_address(session, message.about.key, Ground.GUARDIAN)
    if standing is not None:
        return _told_again(session, settings, locked(session, standing.request), message, actor, now)
    subject = subjects.of_address(session, settings, message.about)
    request = add(
        session,
        subject.id,
        subject.key,
        kind=Kind.ERASURE,
        asker=Asker.GUARDIAN,
        channel=message.channel,
        language=message.language,
        received_at=message.received_at,
        state=State.UNVERIFIED,
        now=now,
    )
    if not restrictions.restrict(session, message.about.key, Ground.GUARDIAN, request.id, now):
        raise Refused("Somebody else froze this address at the same moment. Look at the list of messages.")
    restrictions.withhold(session, message.about.ascii, now)
    request.answer_to = message.answer_to.ascii if message.answer_to else None
    note(session, request, actor, "frozen", now, message.said)
    trail(session, settings, request, actor, "rights.freeze", now)
    if request.answer_to:
        mails.queue_to_guardian(session, settings, request, "frozen", now)
    mails.queue_for_officers(session, settings, [request], now)
    return request


def _told_again(
    session: Session, settings: Settings, request: Request, message: Message, actor: str, now: datetime
) -> Request:
    to = message.answer_to.ascii if message.answer_to else None
    if to and request.answer_to is None:
        request.answer_to = to
        mails.queue_to_guardian(session, settings, request, "frozen", now)
    note(
        session,
        request,
        actor,
        "told_again" if to in (None, request.answer_to) else "told_elsewhere",
        now,
        message.said,
    )
    return request


def check(
    session: Session, settings: Settings, request_id: UUID, what: str, actor: str, now: datetime
) -> Request:
    """Write down what was compared to see that the message is a guardian's: the request is open from now."""
    request = _guardians(session, request_id)
    if request.state != State.UNVERIFIED:
        raise Refused("The check was written down already.")
    request.state, request.identity = State.OPEN.value, Identity.FACTS.value
    note(session, request, actor, "checked", now, what)
    trail(session, settings, request, actor, "rights.check", now)
    return request


def lift(
    session: Session, settings: Settings, request_id: UUID, reason: str, actor: str, now: datetime
) -> Request:
    """End the freeze because the check did not bear the message out; those concerned are told first.

    The holder of the address learns that their data was frozen (GDPR Art. 18(3)), the guardian that the
    request was refused and where to complain.
    """
    request = _guardians(session, request_id)
    subject = subjects.of_request(session, settings, request)
    if subject is not None and subject.person is not None:
        stays = restrictions.goes_on(session, subject.address.key, but_for=Ground.GUARDIAN)
        mails.queue_lifted(session, settings, subject.person, now, stays=stays)
    if request.answer_to:
        mails.queue_to_guardian(session, settings, request, "refused", now, ground=reason)
    if subject is not None:
        restrictions.lift(session, subject.address.key, Ground.GUARDIAN)
    end(session, request, State.REFUSED, actor, now, reason)
    trail(session, settings, request, actor, "rights.lift", now)
    return request


def _guardians(session: Session, request_id: UUID) -> Request:
    request = locked(session, request_id)
    require_guardians(request)
    require_unfinished(session, request)
    return request


def require_guardians(request: Request) -> None:
    """Raises `Refused` where the request is not a guardian's: other rooms' staff have no business with it."""
    if request.asker != Asker.GUARDIAN:
        raise Refused("This request did not come from a guardian.")
