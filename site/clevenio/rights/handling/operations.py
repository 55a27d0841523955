"""What staff do with a request: write it down, take it on, send its link anew, answer or forward it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from clevenio.errors import Refused
from clevenio.i18n import use_language
from clevenio.people import operations as people
from clevenio.people import suppression
from clevenio.people.addresses import Address
from clevenio.rights import at_once, identity, mails, queries, rectifying, restricting, subjects
from clevenio.rights.access import operations as files
from clevenio.rights.at_once import AT_ONCE
from clevenio.rights.handling import granting
from clevenio.rights.handling.granting import End
from clevenio.rights.handling.routing import Route
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
    Way,
)
from clevenio.rights.recipients import queries as recipients
from clevenio.rights.recipients.models import Cause, Task
from clevenio.rights.recipients.words import lines
from clevenio.rights.requests import SYSTEM, end, is_repeated, locked, note, require_unfinished, trail, write
from clevenio.rights.restricted import operations as restricted
from clevenio.rights.words import TOLD_DONE, TOLD_DONE_BY_PHONE
from clevenio.settings import Settings
from clevenio.signing import keyed_hash

# Whose answer says which recipients were told (GDPR Art. 19); a copy of the data lists them in its file.
TOLD = (Kind.RECTIFICATION, Kind.ERASURE, Kind.RESTRICTION, Kind.OBJECTION)


@dataclass(frozen=True)
class Came:
    """What came by e-mail, phone or post, normalised.

    `address` is whose data it is about; whoever wrote or called without one has a `phone` (E.164) or a postal
    address (`post`), and may have a `name`. `checked` says which facts agreed, None where nothing was compared yet.
    `route` is where the answer goes if that is not `address`.
    """

    kinds: tuple[Kind, ...]
    address: Address | None
    channel: Channel
    received_at: datetime
    language: str
    details: str | None
    route: Route | None
    checked: str | None
    name: str | None = None
    phone: str | None = None
    post: str | None = None


def write_down(session: Session, settings: Settings, came: Came, actor: str, now: datetime) -> list[Request]:
    """Write down what came in; both clocks run from its receipt.

    What needs no proof is done now and told, where there is an address or a number to do it by. The rest is open
    where facts agreed, else it waits unverified.
    """
    subject, found_by = _whose(session, settings, came)
    submission = Submission(
        id=uuid4(),
        email=came.address.email if came.address else None,
        address_key=came.address.key if came.address else None,
        name=came.name,
        phone=came.phone,
        post=came.post,
        details=came.details,
    )
    found = write(
        session,
        submission,
        subject,
        found_by,
        came.kinds,
        channel=came.channel,
        language=came.language,
        received_at=came.received_at,
        actor=actor,
        now=now,
    )
    free = tuple(kind for kind in came.kinds if kind in AT_ONCE)
    if free and came.address:
        at_once.carry_out(session, settings.suppression_key, free, came.address, came.language, now)
    if free and came.phone:
        key = settings.suppression_key
        at_once.carry_out_by_phone(session, key, free, came.phone, came.language, now, came.address)
    for request in found:
        trail(session, settings, request, actor, "rights.enter", now)
        if came.route:
            came.route.lead(request)
        if request.kind in AT_ONCE and (came.address or came.phone):
            done = (TOLD_DONE if came.address else TOLD_DONE_BY_PHONE)[Kind(request.kind)]
            mails.queue_answer(session, settings, request, "done", now, done=done)
            end(session, request, State.DONE, SYSTEM, now)
        elif request.kind in AT_ONCE:
            # Somebody has to find out who it is, and no proof is asked for.
            request.state = State.OPEN.value
        elif came.checked:
            identity.take_up(session, settings, request, Identity.FACTS, actor, now, came.checked)
        else:
            request.state = State.UNVERIFIED.value
    return found


def _whose(session: Session, settings: Settings, came: Came) -> tuple[UUID, str]:
    """The id that a request gets, and the key by which it is found: of the address, the number or the letter.

    A number stands for somebody where one person alone is known by it. Where nobody is, it stands with the name for
    whoever asked so before and waits; many people may call from one switchboard. Without a name, and where several
    people are known by the number, nobody is taken for another.
    """
    if came.address is not None:
        subject = subjects.of_address(session, settings, came.address)
        return subject.id, subject.key
    name = " ".join((came.name or "").casefold().split())
    if came.phone is None:
        place = " ".join((came.post or "").casefold().split())
        key = keyed_hash(settings.suppression_key, "rights", "post", name, place)
        return (queries.waiting_by(session, key) if name else None) or uuid4(), key
    number = suppression.phone_key(settings.suppression_key, came.phone)
    known = people.at_number(session, number)
    if len(known) == 1:
        return known[0].id, number
    key = keyed_hash(settings.suppression_key, "rights", "phone", number, name)
    may_be_known = name and not known
    return (queries.waiting_by(session, key) if may_be_known else None) or uuid4(), key


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


def _enclosure(session: Session, settings: Settings, request: Request, now: datetime) -> UUID | None:
    """The file that a request asks for, made to be enclosed or handed over; None where it asks for none."""
    kind, subject = Kind(request.kind), subjects.of_request(session, settings, request)
    if kind not in files.MAKERS or subject is None:
        return None
    return files.keep(session, settings, subject, kind, request.language, now).id


def _is_restricted(session: Session, settings: Settings, request: Request) -> bool:
    """Whether the data that a request is about stays unused; so it does where no address is left to use.

    What holds it until another question has been answered does not keep it so, nor what is about to end.
    """
    subject = subjects.of_request(session, settings, request)
    return subject is None or any(
        standing.told_by is None and not restricting.is_until_answered(session, standing)
        for standing in restricted.of_address(session, subject.address.key)
    )


def require_answerable(session: Session, request: Request) -> None:
    """Raises `Refused` where no answer ends the request as it is now, whatever it says."""
    require_unfinished(session, request)
    if request.state not in VERIFIED or request.asker != Asker.PERSON:
        raise Refused("Only an open request can be answered; write down first whose it is.")


def require_done(session: Session, settings: Settings, request: Request) -> None:
    """Raises `Refused` where what was asked has not been done yet, and the answer would say that it was."""
    # Nothing can be erased where nobody is behind the number or the letter.
    if request.kind == Kind.ERASURE and subjects.of_request(session, settings, request) is not None:
        raise Refused("An erasure is answered by carrying it out, refusing or forwarding it.")
    if request.kind == Kind.RESTRICTION and not _is_restricted(session, settings, request):
        raise Refused(
            "Nothing is restricted yet. Restrict the data first, or refuse the request on a ground."
        )
    if request.kind == Kind.RECTIFICATION and rectifying.is_outstanding(session, settings, request):
        raise Refused(
            "Nothing is corrected yet. Correct the detail first, or refuse the request on a ground."
        )


def to_tell(session: Session, request: Request) -> list[Task]:
    """The recipients that an answer names or speaks of: those of a correction hear of it, whoever else was told of something else."""
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
    ends: Collection[End] = (),
) -> Request:
    """Answer an open request in writing, which ends it. The mail says where to complain, whatever the text says.

    It goes where the request's answers go: as a letter to print, too. An objection is granted by it: `ends` says what
    ends then.

    `by_mail` false records what went by post or was said by phone. Raises `Refused` where the request is
    not open, where there is no address for a mail, for an erasure, which is carried out instead, and for a
    restriction or a correction that nobody has brought about.
    """
    request, act = locked(session, request_id), "answer" if by_mail else "answer_by_other"
    if is_repeated(session, request, actor, act, now, text):
        return request
    require_answerable(session, request)
    granted = None
    if outcome is None:
        require_done(session, settings, request)
    if request.kind == Kind.RECTIFICATION or outcome is Outcome.FORWARDED:
        # What was contested has been settled; what was restricted on request stays unused. It comes
        # first, for it says whom nobody has to tell any more.
        restricting.release(session, settings, request, actor, now)
    elif request.kind == Kind.OBJECTION:
        granted = granting.grant(session, settings, request, ends, actor, now)
    # Their data goes with the answer, where it goes out from here and is not passed on to somebody else.
    file, enclosed = None, None
    if by_mail and outcome is None and request.way is Way.MAIL:
        path = _file(session, settings, request, now)
        file = settings.base_url + path if path else None
    elif by_mail and outcome is None:
        enclosed = _enclosure(session, settings, request, now)
    with use_language(request.language):
        told = lines(to_tell(session, request), now) if request.kind in TOLD else []
    account = settings.base_url + mails.DELETION[request.language]
    said = {"answer": text, "file": file, "recipients": told, "granted": granted, "account": account}
    if by_mail and not mails.queue_answer(
        session, settings, request, "answer", now, enclosed=enclosed, **said
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
