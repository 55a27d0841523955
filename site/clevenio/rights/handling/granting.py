"""Granting an objection (GDPR Art. 21(1)): what was objected to ends, and the data is used again for the rest."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import uuid4

from sqlalchemy.orm import Session

from clevenio.errors import Refused
from clevenio.i18n import gettext as _
from clevenio.i18n import use_language
from clevenio.people import restrictions, usage
from clevenio.rights import at_once, restricting, subjects
from clevenio.rights.models import BY_OBJECTION, VERIFIED, Asker, Channel, Kind, Request, State, Submission
from clevenio.rights.requests import add, end_marketing, note, trail, waiting_erasure
from clevenio.rights.subjects import Subject
from clevenio.rights.words import ENDS
from clevenio.settings import Settings


class End(StrEnum):
    """What ends because of an objection; what staff ended themselves, such as an answer by hand, is `OTHER`."""

    IMPROVEMENT = "improvement"
    MARKETING = "direct_marketing"
    ERASURE = "erasure"
    OTHER = "elsewhere"


@dataclass(frozen=True)
class Granted:
    """What an answer tells of a granted objection: what has `ended`, and by which day the data goes, if it does."""

    ended: str | None
    due: date | None = None
    has_account: bool = False


def grant(
    session: Session,
    settings: Settings,
    request: Request,
    ends: Collection[End],
    actor: str,
    now: datetime,
) -> Granted | None:
    """Let end what was objected to, and lift the restriction of Art. 18(1)(d); the person is told first.

    Where the data goes, the restriction stays and is held by the erasure that is opened, so that nothing is used
    until then. The answer has to tell of all that, by what is given back. Raises `Refused` where nothing was said to end
    although there is somebody behind the request, and where the log of use is to end of somebody whom we know by an
    address alone.
    """
    subject = subjects.of_request(session, settings, request)
    if subject is None:
        return None
    if not ends:
        raise Refused("Say what ends because of the objection, or refuse it on a ground.")
    if End.IMPROVEMENT in ends:
        if subject.person is None:
            raise Refused("No account or list knows this address, so no use of it is in the log.")
        usage.object_to(session, subject.person.id, now)
    if End.MARKETING in ends:
        key, kinds = settings.suppression_key, (Kind.DIRECT_MARKETING,)
        at_once.carry_out(session, key, kinds, subject.address, request.language, now)
    for each in sorted(ends):
        note(session, request, actor, "ended", now, each.value)
    trail(session, settings, request, actor, "rights.grant", now, ends=sorted(ends))
    if End.ERASURE in ends:
        erasure = _erasure(session, request, subject, now)
        _hand_on(session, request, erasure, now)
        others = _named(request, set(ends) - {End.ERASURE})
        return Granted(_ended(request, others), erasure.due, has_account=subject.account is not None)
    named = _named(request, ends)
    with use_language(request.language):
        reason = _("We granted your objection. What has ended: %(what)s", what=named)
    restricting.release(session, settings, request, actor, now, reason, is_granted=True)
    return Granted(_ended(request, named))


def _named(request: Request, ends: Collection[End]) -> str:
    """What ends, by name and in the language of the answer."""
    with use_language(request.language):
        return ", ".join(str(ENDS[each]) for each in sorted(ends))


def _ended(request: Request, named: str) -> str | None:
    """The line of the answer that says what has ended; None where nothing has yet."""
    if not named:
        return None
    with use_language(request.language):
        return _("What ends because of your objection: %(what)s", what=named)


def _erasure(session: Session, request: Request, subject: Subject, now: datetime) -> Request:
    """The erasure that the objection leads to (Art. 17(1)(c)): the open one, else a new one.

    One that nobody has confirmed holds nothing: it ends where the owner of the address says that it is not theirs.
    """
    if (waiting := waiting_erasure(session, subject.id, VERIFIED)) is not None:
        return waiting
    submission = Submission(id=uuid4(), email=subject.address.email, address_key=subject.address.key)
    session.add(submission)
    erasure = add(
        session,
        subject.id,
        request.key,
        kind=Kind.ERASURE,
        asker=Asker.PERSON,
        channel=Channel(request.channel),
        language=request.language,
        received_at=now,
        state=State.OPEN,
        now=now,
        submission=submission.id,
    )
    erasure.identity = request.identity
    erasure.answer_to, erasure.answer_way = request.answer_to, request.answer_way
    erasure.answer_place = request.answer_place
    note(session, erasure, "system", BY_OBJECTION, now)
    if subject.person is not None:
        end_marketing(session, subject.person, request.language, now)
    return erasure


def _hand_on(session: Session, request: Request, erasure: Request, now: datetime) -> None:
    """The erasure holds the restriction from now on, unless it holds one already; then both stand until it is done."""
    standing = restrictions.of_request(session, request.id)
    if standing is not None and restrictions.of_request(session, erasure.id) is None:
        restricting.keep(session, request, standing, now)
        standing.request = erasure.id
        note(session, erasure, "system", "restricted", now, standing.ground)
        session.flush()
