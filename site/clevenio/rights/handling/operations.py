"""What staff do with a request: write it down, take it on, send its link anew, answer or forward it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from clevenio.errors import Refused
from clevenio.i18n import use_language
from clevenio.people import restrictions
from clevenio.people.addresses import Address
from clevenio.rights import at_once, identity, mails, rectifying, restricting, subjects
from clevenio.rights.access import operations as files
from clevenio.rights.at_once import AT_ONCE
from clevenio.rights.models import (
    VERIFIED,
    Asker,
    Channel,
    Identity,
    Kind,
    Outcome,
    Request,
    State,
    Submission,
)
from clevenio.rights.recipients import queries as recipients
from clevenio.rights.recipients.models import Cause, Task
from clevenio.rights.recipients.words import lines
from clevenio.rights.requests import SYSTEM, end, is_repeated, locked, note, require_unfinished, trail, write
from clevenio.settings import Settings

# Whose answer says which recipients were told (GDPR Art. 19); a copy of the data lists them in its file.
TOLD = (Kind.RECTIFICATION, Kind.ERASURE, Kind.RESTRICTION, Kind.OBJECTION)


@dataclass(frozen=True)
class Came:
    """What came by e-mail, phone or post, normalised.

    `address` is whose data it is about. `checked` says which facts agreed, None where nothing was compared
    yet. `answer_to` is where the answer goes if not there: who lost a mailbox has another one.
    """

    kinds: tuple[Kind, ...]
    address: Address
    channel: Channel
    received_at: datetime
    language: str
    details: str | None
    answer_to: Address | None
    checked: str | None


def write_down(session: Session, settings: Settings, came: Came, actor: str, now: datetime) -> list[Request]:
    """Write down what came in; both clocks run from its receipt.

    What needs no proof is done now. The rest is open where facts agreed, else it waits unverified.
    """
    subject = subjects.of_address(session, settings, came.address)
    submission = Submission(
        id=uuid4(), email=came.address.email, address_key=came.address.key, details=came.details
    )
    found = write(
        session,
        submission,
        subject.id,
        subject.key,
        came.kinds,
        channel=came.channel,
        language=came.language,
        received_at=came.received_at,
        actor=actor,
        now=now,
    )
    free = tuple(kind for kind in came.kinds if kind in AT_ONCE)
    at_once.carry_out(session, settings.suppression_key, free, came.address, came.language, now)
    for request in found:
        trail(session, settings, request, actor, "rights.enter", now)
        request.answer_to = came.answer_to.ascii if came.answer_to else None
        if request.kind in AT_ONCE:
            end(session, request, State.DONE, SYSTEM, now)
        elif came.checked:
            identity.take_up(session, settings, request, Identity.FACTS, actor, now, came.checked)
        else:
            request.state = State.UNVERIFIED.value
    return found


def assign(session: Session, request_id: UUID, member: UUID | None, actor: str, now: datetime) -> Request:
    """Say who looks after a request, or that nobody does. Raises `Refused` where it has ended."""
    request = locked(session, request_id)
    if not request.is_waiting:
        raise Refused("This request has ended already.")
    if request.assigned_to != member:
        request.assigned_to = member
        note(session, request, actor, "assigned" if member else "let_go", now)
    return request


def _file(session: Session, settings: Settings, request: Request, now: datetime) -> str | None:
    """The path of a link to the data that a request asks for; None where it asks for none."""
    kind = Kind(request.kind)
    subject = subjects.of_request(session, settings, request)
    if kind not in files.MAKERS or subject is None:
        return None
    return files.offer(session, settings, subject, kind, request.language, now)


def _is_restricted(session: Session, settings: Settings, request: Request) -> bool:
    """Whether the data that a request is about stays unused; so it does where no address is left to use."""
    subject = subjects.of_request(session, settings, request)
    return subject is None or restrictions.is_restricted(session, subject.address.key)


def require_answerable(session: Session, request: Request) -> None:
    """Raises `Refused` where no answer ends the request as it is now, whatever it says."""
    require_unfinished(session, request)
    if request.state not in VERIFIED or request.asker != Asker.PERSON:
        raise Refused("Only an open request can be answered; write down first whose it is.")


def require_done(session: Session, settings: Settings, request: Request) -> None:
    """Raises `Refused` where what was asked has not been done yet, and the answer would say that it was."""
    if request.kind == Kind.ERASURE:
        raise Refused("An erasure is answered by carrying it out, refusing or forwarding it.")
    if request.kind == Kind.RESTRICTION and not _is_restricted(session, settings, request):
        raise Refused(
            "Nothing is restricted yet. Restrict the data first, or refuse the request on a ground."
        )
    if request.kind == Kind.RECTIFICATION and rectifying.is_outstanding(session, settings, request):
        raise Refused(
            "Nothing is corrected yet. Correct the detail first, or refuse the request on a ground."
        )


def _to_tell(session: Session, request: Request) -> list[Task]:
    """The recipients that an answer names: those of a correction hear of it, whoever else was told of something else."""
    found = recipients.of_subject(session, request.subject)
    is_corrected = request.kind == Kind.RECTIFICATION
    return [task for task in found if not is_corrected or task.cause == Cause.RECTIFICATION]


def answer(
    session: Session,
    settings: Settings,
    request_id: UUID,
    text: str,
    actor: str,
    now: datetime,
    *,
    by_mail: bool = True,
    outcome: Outcome | None = None,
) -> Request:
    """Answer an open request in writing, which ends it. The mail says where to complain, whatever the text says.

    `by_mail` false records what went by post or was said by phone. Raises `Refused` where the request is
    not open, where there is no address for a mail, for an erasure, which is carried out instead, and for a
    restriction or a correction that nobody has brought about.
    """
    request, act = locked(session, request_id), "answer" if by_mail else "answer_by_other"
    if is_repeated(session, request, actor, act, now, text):
        return request
    require_answerable(session, request)
    if outcome is None:
        require_done(session, settings, request)
    if request.kind == Kind.RECTIFICATION or outcome is Outcome.FORWARDED:
        # What was contested has been settled; what was objected to, or restricted, stays unused. It comes
        # first, for it says whom nobody has to tell any more.
        restricting.release(session, settings, request, actor, now)
    # Their data goes with the answer, where it goes by mail and is not passed on to somebody else.
    path = _file(session, settings, request, now) if by_mail and outcome is None else None
    file = settings.base_url + path if path else None
    with use_language(request.language):
        told = lines(_to_tell(session, request), now) if request.kind in TOLD else []
    if by_mail and not mails.queue_answer(
        session, settings, request, "answer", now, answer=text, file=file, recipients=told
    ):
        raise Refused("There is no address to mail the answer to. Send it by post and say so here.")
    request.outcome = outcome.value if outcome else None
    if outcome is Outcome.FORWARDED:
        note(session, request, actor, "forwarded", now)
    note(session, request, actor, act, now, text)
    end(session, request, State.DONE, actor, now)
    trail(session, settings, request, actor, "rights.answer", now)
    return request


def refuse(
    session: Session, settings: Settings, request_id: UUID, ground: str, actor: str, now: datetime
) -> Request:
    """Refuse a person's request on a ground, and tell them, with where to complain (GDPR Art. 12(4)).

    One that nobody could check is refused for that (Art. 12(2)).
    """
    request = locked(session, request_id)
    if is_repeated(session, request, actor, State.REFUSED.value, now, ground):
        return request
    require_unfinished(session, request)
    if request.asker != Asker.PERSON:
        raise Refused("A guardian’s message is not refused: lift the freeze.")
    mails.queue_answer(session, settings, request, "refused", now, ground=ground)
    restricting.release(session, settings, request, actor, now)
    end(session, request, State.REFUSED, actor, now, ground)
    trail(session, settings, request, actor, "rights.refuse", now)
    return request
