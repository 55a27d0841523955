"""Keeping data unused while a question is open, and telling the person before that ends (GDPR Art. 18)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clevenio.errors import Refused
from clevenio.people import restrictions
from clevenio.people.restrictions import Ground, Restriction
from clevenio.rights import mails, subjects
from clevenio.rights.models import VERIFIED, Kind, Request
from clevenio.rights.recipients import opening, others
from clevenio.rights.recipients.models import Cause
from clevenio.rights.requests import (
    SYSTEM,
    forget_route,
    is_repeated,
    locked,
    note,
    require_unfinished,
    trail,
)
from clevenio.rights.subjects import Subject
from clevenio.settings import Settings

# While these wait for their answer nothing is used: Art. 18(1)(d) and (a).
AUTOMATIC = {Kind.OBJECTION: Ground.OBJECTION, Kind.RECTIFICATION: Ground.ACCURACY}
GROUNDS = (Ground.ACCURACY, Ground.UNLAWFUL, Ground.CLAIM, Ground.OBJECTION)


def begin(session: Session, request: Request, subject: Subject, now: datetime) -> None:
    """Restrict the data that an objection, or a question about its accuracy, is about.

    Who received it in audience files is found by the next tick, so that nobody waits for that.
    """
    ground = AUTOMATIC.get(Kind(request.kind))
    if ground and restrictions.restrict(session, subject.address.key, ground, request.id, now):
        others.tell(session, subject, Cause.RESTRICTION, request, now)
        note(session, request, SYSTEM, "restricted", now, ground.value)


def restrict(
    session: Session, settings: Settings, request_id: UUID, ground: Ground, actor: str, now: datetime
) -> Request:
    """Restrict data as a person asked, on a ground that somebody has looked at. Raises `Refused`."""
    request = locked(session, request_id)
    standing = restrictions.of_request(session, request.id)
    if standing is not None and standing.ground == ground:
        return request
    require_unfinished(session, request)
    subject = subjects.of_request(session, settings, request)
    if request.kind != Kind.RESTRICTION or request.state not in VERIFIED or subject is None:
        raise Refused("Only an open request for restriction can be carried out.")
    if standing is not None:
        raise Refused("This request restricts the data already. End that first.")
    if not _restrict(session, request, subject, ground, now):
        raise Refused("The data is restricted on this ground already.")
    opening.told_of(session, settings, subject, Cause.RESTRICTION, request, now)
    note(session, request, actor, "restricted", now, ground.value)
    trail(session, settings, request, actor, "rights.restrict", now, ground=ground.value)
    return request


def _restrict(session: Session, request: Request, subject: Subject, ground: Ground, now: datetime) -> bool:
    """Restrict on a ground; False where another request does so already.

    One that holds only until a question has been answered is taken over, so that it stays afterwards.
    """
    if restrictions.restrict(session, subject.address.key, ground, request.id, now):
        return True
    standing = restrictions.of_address(session, subject.address.key, ground)
    owner = session.get(Request, standing.request) if standing is not None else None
    if standing is None or owner is None or AUTOMATIC.get(Kind(owner.kind)) != ground:
        return False
    standing.request = request.id
    return True


def is_until_answered(session: Session, standing: Restriction) -> bool:
    """Whether a restriction is an open question's, a guardian's or an erasure's, and ends with it."""
    request = session.get(Request, standing.request)
    return request is not None and request.kind != Kind.RESTRICTION


def lift(
    session: Session, settings: Settings, request_id: UUID, reason: str, actor: str, now: datetime
) -> Request:
    """End the restriction that a request brought; the person is told first (Art. 18(3)). Raises `Refused`."""
    request = locked(session, request_id)
    if not release(session, settings, request, actor, now, reason):
        if is_repeated(session, request, actor, "unrestricted", now, reason):
            return request
        raise Refused("This request restricts nothing any more.")
    trail(session, settings, request, actor, "rights.unrestrict", now)
    return request


def release(
    session: Session,
    settings: Settings,
    request: Request,
    actor: str,
    now: datetime,
    reason: str | None = None,
    *,
    is_granted: bool = False,
) -> bool:
    """The same for whoever ends a request; whether there was a restriction.

    The mail is written with it in one transaction, and says where another restriction goes on. Where an objection
    `is_granted`, recipients go on being told of it: they are not to use the data, either.
    """
    standing = restrictions.of_request(session, request.id)
    if standing is None or standing.ground == Ground.GUARDIAN:
        return False
    key, subject = standing.address_key, subjects.of_request(session, settings, request)
    stays = restrictions.is_restricted(session, key, but_for=Ground(standing.ground))
    # First: of somebody whom we know by nothing else, the restriction alone has the address.
    mails.queue_answer(session, settings, request, "unrestricted", now, reason=reason, stays=stays)
    restrictions.lift(session, key, Ground(standing.ground))
    if not (stays or is_granted):
        others.released(session, subject, request, now)
    note(session, request, actor, "unrestricted", now, reason)
    if not request.is_waiting:
        forget_route(request)
    return True
