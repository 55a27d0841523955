"""Where the answers to a person go: changed while something waits, because a mailbox was lost or they asked for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from clevenio.errors import Refused
from clevenio.outbox import Mail, MailState
from clevenio.people import links, restrictions
from clevenio.people.addresses import Address
from clevenio.people.restrictions import ANSWER, Restriction
from clevenio.rights import subjects
from clevenio.rights.access.models import DataFile
from clevenio.rights.letters.models import Letter
from clevenio.rights.models import WAITING, Asker, Request, UnderWay, Way
from clevenio.rights.requests import SYSTEM, is_repeated, locked, note, trail
from clevenio.settings import Settings
from clevenio.smtp import ELSEWHERE


@dataclass(frozen=True)
class Route:
    """By mail to `address` (None: the one the request is about), else to `place`: a postal address or a number."""

    way: Way
    address: Address | None = None
    place: str | None = None

    def lead(self, request: Request) -> None:
        """Let a request's answers go this way."""
        request.answer_to = self.address.ascii if self.address else None
        request.answer_way = None if self.way is Way.MAIL else self.way.value
        request.answer_place = self.place

    def leads(self, request: Request) -> bool:
        """Whether a request's answers go this way already."""
        to = self.address.ascii if self.address else None
        return (request.way, request.answer_to, request.answer_place) == (self.way, to, self.place)


def reroute(
    session: Session, settings: Settings, request_id: UUID, route: Route, why: str, actor: str, now: datetime
) -> Request:
    """Let answers go elsewhere, for all that the person waits for; `why` says how the new place is known as theirs.

    Nothing goes to where they went before: answers on their way are withheld, and links in those that left end.
    Raises `Refused` where the request has ended and restricts nothing, or its erasure has begun.
    """
    request = locked(session, request_id)
    if route.leads(request) and is_repeated(session, request, actor, "rerouted", now, why):
        return request
    if request.asker != Asker.PERSON:
        raise Refused("A guardian’s answer goes to the address that came with the message.")
    if not request.is_waiting and restrictions.of_request(session, request.id) is None:
        raise Refused("This request has ended already.")
    if session.get(UnderWay, request.id) is not None:
        raise Refused("The erasure has begun and cannot be stopped any more.")
    for each in (request, *_others(session, request)):
        before = _mailboxes(session, settings, each)
        route.lead(each)
        session.flush()
        _stop(session, each, before - _mailboxes(session, settings, each), now)
        if route.way is not Way.MAIL:
            session.execute(
                update(Letter)
                .where(Letter.request == each.id, Letter.told_on.is_(None))
                .values(way=route.way.value, place=route.place)
            )
        note(session, each, actor, "rerouted", now, why)
        trail(session, settings, each, actor, "rights.reroute", now, way=route.way.value)
    return request


def _others(session: Session, request: Request) -> Sequence[Request]:
    """What else the same person waits for, and what restricts their data still: they are told before that ends."""
    restricts = select(Restriction.id).where(Restriction.request == Request.id)
    query = select(Request).where(
        Request.subject == request.subject,
        Request.asker == Asker.PERSON.value,
        or_(Request.state.in_(WAITING), restricts.exists()),
        Request.id != request.id,
        ~select(UnderWay.request).where(UnderWay.request == Request.id).exists(),
    )
    return session.scalars(query.order_by(Request.id).with_for_update()).all()


def _mailboxes(session: Session, settings: Settings, request: Request) -> set[str]:
    """The addresses that a request's answers go to as it is now."""
    if request.way is not Way.MAIL:
        return set()
    if request.answer_to:
        return {request.answer_to}
    subject = subjects.of_request(session, settings, request)
    return {subject.address.ascii} if subject else set()


def _stop(session: Session, request: Request, mailboxes: set[str], now: datetime) -> None:
    if not mailboxes:
        return
    # A mailbox may be somebody's who writes for several people: only this person's answers stop.
    theirs = select(Request.id).where(Request.subject == request.subject, Request.asker == Asker.PERSON.value)
    on_their_way = (Mail.state == MailState.PENDING, Mail.kind == ANSWER, Mail.about.in_(theirs))
    stopped = session.scalars(select(Mail).where(Mail.recipient.in_(mailboxes), *on_their_way)).all()
    for mail in stopped:
        mail.state, mail.finished_at = MailState.WITHHELD, now
        mail.reply = ELSEWHERE
    for about in {mail.about for mail in stopped}:
        note(session, session.get_one(Request, about), SYSTEM, "withheld", now)
    files = session.scalars(select(DataFile.id).where(DataFile.subject == request.subject)).all()
    links.end_by(session, "data_file", "file", map(str, files), now)
    links.end_by(session, "rights", "submission", [str(request.submission)], now)
