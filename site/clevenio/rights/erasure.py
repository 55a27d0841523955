"""Erasing one person: the rows in one transaction, then files, the answer and the bytes on the disk.

What follows the transaction is driven by the row in `rights_under_way`, step by step and each of them
repeatable, so a crash anywhere only delays the end; the request is done when nothing is left to do.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from clevenio.audiences.export import hold as hold_exports
from clevenio.errors import Refused
from clevenio.i18n import format_date, use_language
from clevenio.i18n import gettext as _
from clevenio.migrations import steady
from clevenio.people import erasures, holds, suppression
from clevenio.people.addresses import Address
from clevenio.people.erasures import Ground
from clevenio.rights import clocks, mails, queries, remarks, subjects
from clevenio.rights.holdings import HOLDINGS, Holding, Treatment
from clevenio.rights.kept_files import kept_files
from clevenio.rights.letters import operations as letters
from clevenio.rights.mails import Outcome
from clevenio.rights.models import (
    BY_WORD,
    VERIFIED,
    WAITING,
    Asker,
    Keep,
    Kind,
    Request,
    State,
    Submission,
    UnderWay,
)
from clevenio.rights.noting import forget_notes
from clevenio.rights.recipients import opening
from clevenio.rights.recipients import queries as recipients
from clevenio.rights.recipients.words import lines
from clevenio.rights.requests import end, end_marketing, locked, note, require_unfinished, trail
from clevenio.rights.subjects import Subject
from clevenio.settings import Settings


@dataclass(frozen=True)
class Line:
    """One kind of data in a plan: how many rows, and until when they stay where they do."""

    holding: Holding
    rows: int | None
    until: datetime | None

    @property
    def matters(self) -> bool:
        """Whether there is anything to tell about it; what every request leaves behind is told always."""
        leaves_something = bool(self.holding.until_words) and self.holding.is_left_by_all
        return self.rows is None or self.rows > 0 or leaves_something


@dataclass(frozen=True)
class Plan:
    """What an erasure would do now, and whether a hold or an audience file that is being made comes first."""

    lines: tuple[Line, ...]
    is_export_running: bool
    is_on_hold: bool

    @property
    def may_begin(self) -> bool:
        """Whether nothing comes first."""
        return not (self.is_export_running or self.is_on_hold)

    def of(self, *treatments: Treatment) -> list[Line]:
        """The lines with rows that are treated so."""
        return [line for line in self.lines if line.holding.treatment in treatments and line.matters]


def plan(session: Session, subject: Subject, now: datetime) -> Plan:
    """Count what would go and what would stay. Changes nothing."""
    lines = tuple(
        Line(holding, holding.count(session, subject), holding.until(now) if holding.until else None)
        for holding in HOLDINGS
    )
    return Plan(lines, recipients.is_export_running(session, now), bool(holds.of(session, subject.id)))


def begin(
    session: Session,
    settings: Settings,
    request_id: UUID,
    actor: str,
    now: datetime,
    left: Collection[str] = (),
) -> Request:
    """Erase the person's rows, in this transaction; `completion.go_on` does the rest after its commit.

    `left` are the notes of staff that somebody has read and leaves, by the ids of `remarks`. Raises `Refused` where the request is not verified or has ended, while they wait for a copy of what would go
    (GDPR Art. 15 and 20), while a letter to them was not posted, and while an audience file is being made; `Unavailable` in the middle of an upgrade,
    because a table that this program does not know would keep its rows, and where a long import may bring them in again. Begun twice, it is one erasure.
    """
    steady.hold(session)
    erasures.hold_imports(session)
    request = locked(session, request_id)
    if request.is_waiting and session.get(UnderWay, request.id) is not None:
        return request
    require_unfinished(session, request)
    if request.state not in VERIFIED or request.kind != Kind.ERASURE:
        raise Refused("Only an open request for erasure can be carried out; write the check down first.")
    subject = subjects.of_request(session, settings, request)
    if subject is None:
        raise Refused("There is nobody behind this request any more.")
    if request.asker == Asker.PERSON and queries.copy_waits(session, subject.id):
        raise Refused(
            "This person also asked for their data. Answer that first, or refuse it: afterwards there is none left."
        )
    # What was done once is done again: the hold had ended by then, and no file is made during a restore.
    is_again = request.asker == Asker.LEDGER
    if letters.waits_for(session, subject.id) and not is_again:
        raise Refused(
            "A letter to this person waits to be posted, or words to be said. Do that first: the erasure takes it along."
        )
    hold_exports(session)
    foreseen = plan(session, subject, now)
    if foreseen.is_on_hold and not is_again:
        raise Refused(
            "This person’s data is on hold; end the hold first, or refuse the request on its ground."
        )
    if foreseen.is_export_running and not is_again:
        raise Refused("An audience file is being made just now, perhaps with this person in it.")
    if subject.person is not None and request.asker in BY_WORD:
        end_marketing(session, subject.person, request.language, now)
        # What was withdrawn just now is evidence as well.
        foreseen = plan(session, subject, now)
    _remember(session, settings, request, subject, foreseen, now)
    files = kept_files(session, subject)
    written, names = remarks.about(session, subject), remarks.names_of(session, subject)
    opening.erased(session, settings, subject, request, now)
    for holding in HOLDINGS:
        holding.act(session, subject)
    session.expire_all()
    _follow(session, settings, request, subject, foreseen, files, now)
    theirs = (form for each in (*subject.forgotten, *subject.unclaimed) for form in _forms(each))
    remarks.forget(session, written, tuple(theirs), names, left)
    counts = {line.holding.name: line.rows for line in foreseen.lines if line.rows}
    note(session, request, actor, "erased", now)
    trail(session, settings, request, actor, "rights.erase", now, rows=counts)
    return request


def _remember(
    session: Session, settings: Settings, request: Request, subject: Subject, foreseen: Plan, now: datetime
) -> None:
    """What stays of them: the hashes that hold the erasure, and until when the evidence names them."""
    if request.asker in BY_WORD:
        _hold_to_it(session, settings, request, subject, now)
    for line in foreseen.of(Treatment.KEPT):
        if line.until is not None:
            keep(session, subject, line.holding.name, line.until)


def keep(session: Session, subject: Subject, holding: str, until: datetime) -> None:
    """Write down until when a kind of data stays under somebody's id; the later of two ends counts."""
    query = select(Keep).where(Keep.subject == subject.id, Keep.holding == holding)
    found = session.scalars(query).one_or_none()
    if found is None:
        session.add(Keep(key=subject.key, subject=subject.id, holding=holding, until=until))
    else:
        found.until = max(found.until, until)


def _hold_to_it(
    session: Session, settings: Settings, request: Request, subject: Subject, now: datetime
) -> None:
    """No file and no old copy brings them back: only they do."""
    ground = Ground.GUARDIAN if request.asker == Asker.GUARDIAN else Ground.REQUEST
    mailboxes = {
        suppression.email_key(settings.suppression_key, each.mailbox_key) for each in subject.forgotten
    }
    for key, kind in (*((each, "email") for each in sorted(mailboxes)), (subject.phone_key, "phone")):
        if key:
            erasures.add(session, key, kind, ground, now)
            if not suppression.is_suppressed(session, key, suppression.EVERYTHING):
                suppression.suppress(session, key, kind, suppression.EVERYTHING, "erasure", now)


def _follow(
    session: Session,
    settings: Settings,
    request: Request,
    subject: Subject,
    foreseen: Plan,
    files: list[str],
    now: datetime,
) -> None:
    """Queue the answer, keep the address for just that, and end what else was asked for the same person."""
    own = subject.address.ascii if request.asker == Asker.PERSON else None
    to = request.answer_to or own
    told = outcome(session, foreseen, subject.id, request.language, now)
    mail = mails.queue_erased(session, settings, request, to, told, now)
    session.flush()
    named, *former = subject.forgotten
    before = [form for each in (*former, *subject.unclaimed) for form in _forms(each)]
    session.add(
        UnderWay(
            request=request.id,
            email=named.email,
            address_key=named.key,
            email_ascii=named.ascii,
            former=before,
            files=files,
            answer=mail.id if mail else None,
            began_at=now,
        )
    )
    others = select(Request).where(
        # What came by phone or by letter has a key of its own.
        or_(Request.key == subject.key, Request.subject == subject.id),
        Request.id != request.id,
        Request.state.in_(WAITING),
    )
    for other in session.scalars(others):
        # What nobody has confirmed is known by its submission alone, which has gone with the address.
        is_left_over = session.get(Submission, other.submission) is None
        if other.subject == subject.id or other.kind == Kind.ERASURE or is_left_over:
            end(session, other, State.DUPLICATE, "system", now)
            forget_notes(session, other, (*_forms(named), *before))


def _forms(named: Address) -> tuple[str, ...]:
    return named.email, named.key, named.ascii


def outcome(session: Session, foreseen: Plan, subject: UUID, language: str, now: datetime) -> Outcome:
    """A plan in the words of the answer, and which recipients are told."""
    with use_language(language):
        gone = [str(line.holding.what) for line in foreseen.of(Treatment.DELETED, Treatment.ANONYMISED)]
        kept = [
            (str(line.holding.what), str(line.holding.why), until(line))
            for line in foreseen.of(Treatment.KEPT)
        ]
        return Outcome(gone, kept, lines(recipients.of_subject(session, subject), now))


def until(line: Line) -> str:
    """The last day of kept rows, in words of the current language."""
    if line.until is None or line.holding.until_words:
        return str(line.holding.until_words)
    return _("until %(day)s", day=format_date(clocks.last_day(line.until)))
