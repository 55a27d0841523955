"""Keeping data unused while a question is open, and telling the person before that ends (GDPR Art. 18)."""

import logging
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from clevenio.database import Database
from clevenio.errors import Refused
from clevenio.outbox import Mail, MailState
from clevenio.people import restrictions
from clevenio.people.restrictions import Ground, Restriction
from clevenio.rights import mails, subjects
from clevenio.rights.letters.models import Letter
from clevenio.rights.models import VERIFIED, Kind, Request, State
from clevenio.rights.recipients import opening, others
from clevenio.rights.recipients.models import Cause
from clevenio.rights.requests import (
    PERSON,
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
from clevenio.smtp import RESTRICTED

log = logging.getLogger(__name__)
# While these wait for their answer nothing is used: Art. 18(1)(d) and (a).
AUTOMATIC = {Kind.OBJECTION: Ground.OBJECTION, Kind.RECTIFICATION: Ground.ACCURACY}
# What a history says once the end of a restriction is decided, and the person is being told.
ENDS = "restriction_ends"
ON_ITS_WAY = (MailState.PENDING, MailState.SENDING)
GROUNDS = (Ground.ACCURACY, Ground.UNLAWFUL, Ground.CLAIM, Ground.OBJECTION)


def begin(session: Session, request: Request, subject: Subject, now: datetime) -> None:
    """Restrict the data that an objection, or a question about its accuracy, is about.

    Who received it in audience files is found by the next tick, so that nobody waits for that.
    """
    ground = AUTOMATIC.get(Kind(request.kind))
    if ground:
        _contest(session, subject.address.key, ground, now)
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
        keep(session, request, standing, now)
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
    _contest(session, subject.address.key, ground, now)
    if restrictions.restrict(session, subject.address.key, ground, request.id, now):
        return True
    standing = restrictions.of_address(session, subject.address.key, ground)
    owner = session.get(Request, standing.request) if standing is not None else None
    if standing is None or owner is None or AUTOMATIC.get(Kind(owner.kind)) != ground:
        return False
    standing.request = request.id
    return True


def _contest(session: Session, key: str, ground: Ground, now: datetime) -> None:
    """Let one whose end was decided give way to another on the same ground: nobody is told that the data is used again."""
    standing = restrictions.of_address(session, key, ground)
    if standing is None:
        return
    # Locked as whoever ends it does: the request first.
    old = session.get(Request, standing.request, with_for_update=True, populate_existing=True)
    ending = _locked(session, standing.request)
    if old is None or ending is None or ending.told_by is None:
        return
    _take_back(session, ending, now)
    restrictions.lift(session, key, ground)
    note(session, old, SYSTEM, "contested_again", now)
    if not old.is_waiting:
        forget_route(old)
    session.flush()


def keep(session: Session, request: Request, standing: Restriction, now: datetime) -> None:
    """Let a restriction stand whose end was decided and not told yet; its request is locked."""
    if standing.told_by is not None:
        _take_back(session, standing, now)
        note(session, request, SYSTEM, "contested_again", now)


def _take_back(session: Session, standing: Restriction, now: datetime) -> None:
    """Stop the mail or letter that tells of the end, where it has not left yet."""
    mail, letter = _words(session, standing)
    if mail is not None and mail.state == MailState.PENDING:
        mail.state, mail.finished_at, mail.reply = MailState.WITHHELD, now, RESTRICTED
    if letter is not None and letter.told_on is None:
        session.delete(letter)
    standing.told_by = None


def _locked(session: Session, request: UUID) -> Restriction | None:
    query = select(Restriction).where(Restriction.request == request)
    return session.scalars(query.with_for_update().execution_options(populate_existing=True)).one_or_none()


def is_until_answered(session: Session, standing: Restriction) -> bool:
    """Whether a restriction is an open question's, a guardian's or an erasure's, and ends with it."""
    request = session.get(Request, standing.request)
    return request is not None and request.kind != Kind.RESTRICTION


def lift(
    session: Session, settings: Settings, request_id: UUID, reason: str, actor: str, now: datetime
) -> Request:
    """End the restriction that a request brought, once the person has been told (Art. 18(3)). Raises `Refused`."""
    request = locked(session, request_id)
    if not release(session, settings, request, actor, now, reason):
        if is_repeated(session, request, actor, ENDS, now, reason):
            return request
        raise Refused("This request restricts nothing any more, or the person is being told that it ends.")
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
    """The same for whoever ends a request; whether there was a restriction that nobody ended before.

    The mail or letter says where another restriction goes on. Until it has left the data stays unused, and
    then `go_on` ends it; at once where the person took the request back, or is known by no address. Where an objection
    `is_granted`, recipients go on being told of it: they are not to use the data, either.
    """
    standing = _locked(session, request.id)
    if standing is None or standing.ground == Ground.GUARDIAN or is_ending(session, standing):
        return False
    stays = restrictions.goes_on(session, standing.address_key, but_for=Ground(standing.ground))
    standing.told_by = mails.queue_answer(
        session, settings, request, "unrestricted", now, reason=reason, stays=stays, since=standing.since
    )
    if not (stays or is_granted):
        others.spare(session, request)
    if actor == PERSON or standing.told_by is None:
        _end(session, settings, request, standing, actor, "unrestricted_at_once", now)
    else:
        note(session, request, actor, ENDS, now, reason)
    return True


def is_ending(session: Session, standing: Restriction) -> bool:
    """Whether the word that a restriction ends has left or is on its way, or waits to be posted or said."""
    mail, letter = _words(session, standing)
    return letter is not None or (mail is not None and mail.state in (*ON_ITS_WAY, MailState.SENT))


def untold() -> ColumnElement[bool]:
    """Restrictions that were to end, and whose word no server took or somebody stopped: staff tell in another way."""
    ended = (*ON_ITS_WAY, MailState.SENT)
    is_mailed = select(Mail.id).where(Mail.id == Restriction.told_by, Mail.state.in_(ended)).exists()
    is_written = select(Letter.id).where(Letter.id == Restriction.told_by).exists()
    return and_(Restriction.told_by.is_not(None), ~is_mailed, ~is_written)


def go_on(settings: Settings, database: Database, now: datetime) -> None:
    """End what was to end, once the mail has left or the letter was posted or said, each by itself.

    What no server took ends nothing: it stands until somebody has told the person in another way.
    """
    with database.session(write=False) as session:
        ending = select(Restriction.request).where(Restriction.told_by.is_not(None))
        waiting = session.scalars(ending.order_by(Restriction.request)).all()
    for request_id in waiting:
        try:
            with database.session() as session:
                _go_on(session, settings, request_id, now)
                session.commit()
        except DBAPIError:
            # The others go on meanwhile, and this one at the next tick.
            log.exception("a restriction could not end")


def _go_on(session: Session, settings: Settings, request_id: UUID, now: datetime) -> None:
    request = session.get(Request, request_id, with_for_update=True, populate_existing=True)
    # Locked as well: somebody may contest the same just now, and it is theirs then.
    standing = _locked(session, request_id)
    if request is not None and standing is not None and _has_been_told(session, standing):
        _end(session, settings, request, standing, SYSTEM, "unrestricted", now)


def _has_been_told(session: Session, standing: Restriction) -> bool:
    mail, letter = _words(session, standing)
    return (mail is not None and mail.state == MailState.SENT) or (
        letter is not None and letter.told_on is not None
    )


def _words(session: Session, standing: Restriction) -> tuple[Mail | None, Letter | None]:
    if standing.told_by is None:
        return None, None
    return session.get(Mail, standing.told_by), session.get(Letter, standing.told_by)


def _end(
    session: Session,
    settings: Settings,
    request: Request,
    standing: Restriction,
    actor: str,
    act: str,
    now: datetime,
) -> None:
    key, ground = standing.address_key, Ground(standing.ground)
    # First: of somebody whom we know by nothing else, the restriction alone has the address.
    subject = subjects.of_request(session, settings, request)
    restrictions.lift(session, key, ground)
    is_granted = request.kind == Kind.OBJECTION and request.state == State.DONE and request.outcome is None
    if not (is_granted or restrictions.is_restricted(session, key)):
        others.released(session, subject, request, now)
    note(session, request, actor, act, now)
    if not request.is_waiting:
        forget_route(request)
