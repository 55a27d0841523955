"""Seeing that a request is the person's own, by the least that is enough, and opening it then."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from clevenio.errors import Refused
from clevenio.people import links
from clevenio.people import operations as people
from clevenio.people.addresses import address
from clevenio.rights import joining, mails, restricting, subjects
from clevenio.rights.models import Asker, Identity, Kind, Request, State, Submission, Way
from clevenio.rights.requests import end_marketing, is_repeated, locked, note, require_unfinished, trail
from clevenio.rights.subjects import Subject
from clevenio.settings import Settings


def take_up(
    session: Session,
    settings: Settings,
    request: Request,
    identity: Identity,
    actor: str,
    now: datetime,
    text: str | None = None,
) -> None:
    """Open a request that was seen to be the person's; `text` says what was compared.

    Where one of the same kind is open already, this one is joined to it (`joining.join`).
    A request for erasure ends marketing now, as it does in the account; an objection, and a question about
    accuracy, restrict the data until they are answered.

    A mailed link opens nothing where the person's answers go elsewhere: whoever reads the mailbox now may be a
    stranger. Such a request waits unverified, and is answered there as well.
    """
    subject = subjects.of_request(session, settings, request)
    if subject is not None:
        request.subject = subject.id
    if identity is Identity.LINK and (elsewhere := _answered_elsewhere(session, request, subject)):
        request.answer_to, request.answer_way = elsewhere.answer_to, elsewhere.answer_way
        request.answer_place = elsewhere.answer_place
        request.state = State.UNVERIFIED.value
        note(session, request, actor, "confirmed_elsewhere", now)
        return
    request.state, request.identity = State.OPEN.value, identity.value
    note(session, request, actor, _ACTS[identity], now, text)
    if (standing := joining.open_one(session, request)) is not None:
        joining.join(session, settings, request, standing, subject, actor, now)
    elif subject is not None:
        restricting.begin(session, request, subject, now)
        if request.kind == Kind.ERASURE and subject.person is not None:
            end_marketing(session, subject.person, request.language, now)


def _answered_elsewhere(session: Session, request: Request, subject: Subject | None) -> Request | None:
    """The last request of a person whose answers go elsewhere than to the address that the request came from."""
    if subject is None:
        return None
    query = select(Request).where(
        Request.subject == subject.id,
        Request.id != request.id,
        Request.asker == Asker.PERSON.value,
        or_(Request.answer_way.is_not(None), Request.answer_to != subject.address.ascii),
    )
    return session.scalars(query.order_by(Request.recorded_at.desc(), Request.id).limit(1)).first()


_ACTS = {Identity.LINK: "confirmed", Identity.FACTS: "checked", Identity.LOGIN: "logged_in"}


def check(
    session: Session, settings: Settings, request_id: UUID, what: str, actor: str, now: datetime
) -> Request:
    """Open a request because facts that we had already agree; `what` says which. Raises `Refused`."""
    request = locked(session, request_id)
    if is_repeated(session, request, actor, "checked", now, what):
        return request
    _require_unverified(session, request)
    take_up(session, settings, request, Identity.FACTS, actor, now, what)
    trail(session, settings, request, actor, "rights.check", now)
    return request


def doubt(
    session: Session, settings: Settings, request_id: UUID, reason: str, actor: str, now: datetime
) -> Request:
    """Write down why somebody may not be who they say (GDPR Art. 12(6)): the request waits unverified.

    Raises `Refused` where it has ended or its erasure has begun.
    """
    request = locked(session, request_id)
    if is_repeated(session, request, actor, "doubted", now, reason):
        return request
    require_unfinished(session, request)
    if request.state == State.EXTENDED:
        raise Refused("This request was extended: whose it is was settled before.")
    request.state, request.identity = State.UNVERIFIED.value, None
    note(session, request, actor, "doubted", now, reason)
    trail(session, settings, request, actor, "rights.doubt", now)
    return request


def _require_unverified(session: Session, request: Request) -> None:
    require_unfinished(session, request)
    if request.state not in (State.RECEIVED, State.UNVERIFIED) or request.asker != Asker.PERSON:
        raise Refused("The check was written down already.")


def send_link(session: Session, settings: Settings, request_id: UUID, actor: str, now: datetime) -> Request:
    """Mail the address a link anew, for a person whose request nobody has confirmed. Raises `Refused`.

    The link shows and opens everything that waits at the address.
    """
    request = locked(session, request_id)
    if is_repeated(session, request, actor, "link_sent", now):
        return request
    _require_unverified(session, request)
    submission = session.get(Submission, request.submission)
    if submission is None or submission.email is None:
        raise Refused("There is no address to send a link to.")
    if request.answer_to is not None or request.way is not Way.MAIL:
        raise Refused("The answer goes elsewhere, so no link goes to this address. Compare facts instead.")
    link = make_link(session, settings, submission, request.language, now)
    to = address(submission.email)
    mails.queue_asked(session, settings, to, [Kind(request.kind)], request.language, link, now)
    request.state = State.UNVERIFIED.value
    note(session, request, actor, "link_sent", now)
    trail(session, settings, request, actor, "rights.link", now)
    return request


def make_link(
    session: Session, settings: Settings, submission: Submission, language: str, now: datetime
) -> str:
    """The path by which the owner of a submission's address confirms what waits there: 24 hours, one use."""
    data = {"submission": str(submission.id), "language": language}
    person = people.find(session, address(submission.email)) if submission.email else None
    token = links.make(
        session, settings.mail_keys, "rights", now, person=person.id if person else None, data=data
    )
    return f"/q/{token}"
