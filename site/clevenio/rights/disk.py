"""What erased rows leave behind on PostgreSQL's disk: when it is written away, and what is said of it then.

SQLite is cleaned at the end of each erasure (`completion`). PostgreSQL writes tables anew under a lock, so small ones
are done at once and large ones in the quiet hour, for all that was erased by then; so is the server's log. Nothing here
needs to know an address: whatever no row holds any more goes. What is interrupted, or was in the way, is done at the
next tick.
"""

import logging
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from clevenio import rewriting, strays
from clevenio.database import Database
from clevenio.inquiries.models import Redaction
from clevenio.rewriting import Log, Written
from clevenio.rights.holdings import HOLDINGS
from clevenio.rights.models import WAITING, Request, UnderWay
from clevenio.rights.requests import SYSTEM, note
from clevenio.settings import Settings

log = logging.getLogger(__name__)
# Tables that take no more than this are written anew at any hour: that takes a second, and few wait for it.
SMALL = 32_000_000
# A log of which no more than this is written is emptied at any hour: ten segments, twice.
SMALL_LOG = 350_000_000
# What holds ids and digests alone, and may be by far the largest.
BARE = ("memberships", "leavers", "trail")
# What waits longer than this is told of by the doctor: nights in which others were in the way are no fault yet.
PROMISED = timedelta(days=3)
# How many minutes apart what the server still keeps in its log is tried again, within the quiet hour.
AGAIN = 15


@dataclass
class Report:
    """What a run wrote, what it left because somebody was in the way, and what became of the server's log.

    Nothing was written where some of it is `forbidden`. The log is None where it waits for the quiet hour. `strays` are
    files that belong to no table and are not ours to remove.
    """

    tables: list[Written] = field(default_factory=list)
    log: Log | None = None
    forbidden: list[str] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)

    @property
    def left(self) -> list[str]:
        """The tables that are still to be written."""
        return [written.table for written in self.tables if not written.is_done]

    @property
    def is_whole(self) -> bool:
        """Whether no table and no statistic holds what was erased before."""
        # Statistics are written last: without them the run was cut.
        return bool(self.tables) and self.tables[-1].table == rewriting.STATISTICS and not self.left


@dataclass
class Course:
    """One writing of all tables, from tick to tick: for whom it is, and which tables it has still to write.

    What is erased after it began waits for the next, so a table that is in the way has no other written again. A process
    that ends forgets its course. Nothing more is begun where `is_ending` says so.
    """

    is_ending: Callable[[], bool] = lambda: False
    erasures: Sequence[UUID] = ()
    redactions: Sequence[UUID] = ()
    left: list[str] | None = None

    def begin(self, database: Database) -> None:
        """Take on all that waits, unless there is something left to write for those before."""
        if self.left is None:
            with database.session(write=False) as session:
                self.erasures, self.redactions = _erasures(session), _redactions(session)
            self.left = tables()

    def note(self, written: Written) -> None:
        """Write this one no more; statistics hold copies of any table's values and are written each time."""
        if written.is_done and self.left and written.table in self.left:
            self.left.remove(written.table)


def tables() -> list[str]:
    """Every table in which the list of holdings finds rows of somebody, each once."""
    parts = [part.table.name for holding in HOLDINGS if holding.name not in BARE for part in holding.parts]
    return list(dict.fromkeys(parts))


def is_quiet(settings: Settings, now: datetime) -> bool:
    """Whether it is the hour in which nobody minds a table that is locked for a while."""
    return now.astimezone(ZoneInfo(settings.time_zone)).hour == settings.quiet_hour


def go_on(
    settings: Settings,
    database: Database,
    now: datetime,
    between: Callable[[], None] = lambda: None,
    course: Course | None = None,
) -> bool:
    """Write the disk anew where something erased waits for it and the hour or the size allows; True where it did."""
    if database.is_sqlite:
        return False
    try:
        return _go_on(settings, database, now, between, course)
    except DBAPIError:
        # A full disk, say: a table takes its room twice while it is written.
        log.exception("what was erased could not be written away")
        return False


def _go_on(
    settings: Settings,
    database: Database,
    now: datetime,
    between: Callable[[], None],
    course: Course | None,
) -> bool:
    with database.session(write=False) as session:
        waits = bool(_erasures(session) or _redactions(session))
        log_waits = is_log_waiting(session)
    quiet = is_quiet(settings, now)
    if not (waits and (quiet or rewriting.size(database, tables()) <= SMALL)):
        if log_waits and quiet and now.minute % AGAIN == 0:
            run_log(database, now)
        return False
    return run(database, now, between, course, log_at_once=None if quiet else SMALL_LOG).is_whole


def run(
    database: Database,
    now: datetime,
    between: Callable[[], None] = lambda: None,
    course: Course | None = None,
    log_at_once: int | None = None,
) -> Report:
    """Write anew what the course has left, else every table; then empty the log. Whatever the hour.

    Only what was erased before the course began is said to be gone. Nothing is written where some of it is not ours.
    `between` is called after each table. A log of which more than `log_at_once` bytes are written is left for later.
    """
    course = course or Course()
    report = Report(forbidden=rewriting.forbidden(database, tables()))
    if report.forbidden:
        log.error("what was erased stays on the disk; not ours to write: %s", ", ".join(report.forbidden))
        return report
    course.begin(database)
    with closing(rewriting.rewrite(database, tuple(course.left or ()))) as writing:
        for written in writing:
            report.tables.append(written)
            course.note(written)
            between()
            if course.is_ending():
                break
    if report.left:
        log.warning("what was erased waits for tables in use: %s", ", ".join(report.left))
    if report.is_whole:
        report.strays = strays.find(database)
        if report.strays:
            log.error("what was erased may stay in files of no table: %s", ", ".join(report.strays))
        said = ("tables_rewritten", "files_left") if report.strays else ("tables_rewritten",)
        with database.session() as session:
            _mark(session, course.erasures, course.redactions, said, now)
            session.commit()
    if report.is_whole or not report.tables:
        course.left = None
    if report.is_whole and (log_at_once is None or rewriting.log_size(database) <= log_at_once):
        report.log = run_log(database, now)
    return report


def run_log(database: Database, now: datetime) -> Log:
    """Empty the server's log, and say so of every erasure whose tables were written anew before."""
    with database.session(write=False) as session:
        waiting = [work.request for work in session.scalars(_LOGS)]
    emptied = rewriting.empty_log(database)
    with database.session() as session:
        for request_id in waiting:
            _tell(session, request_id, emptied, now)
        session.commit()
    return emptied


def oldest_waiting(session: Session) -> datetime | None:
    """Since when something erased waits for its tables to be written anew."""
    erased = select(UnderWay.forgotten_at).join(Request, Request.id == UnderWay.request)
    moments = [*session.scalars(erased.where(*_UNWRITTEN))]
    moments += session.scalars(select(Redaction.at).where(Redaction.cleaned_at.is_(None)))
    return min((moment for moment in moments if moment is not None), default=None)


def is_held_up(work: UnderWay, now: datetime) -> bool:
    """Whether one erasure waits for its tables for longer than it should."""
    return work.rewritten_at is None and work.forgotten_at is not None and now - work.forgotten_at > PROMISED


def is_log_waiting(session: Session) -> bool:
    """Whether the server's log may still hold what was erased."""
    return oldest_log(session) is not None


def oldest_log(session: Session) -> datetime | None:
    """Since when the server's log has held what no table does any more."""
    return min(
        (work.rewritten_at for work in session.scalars(_LOGS) if work.rewritten_at is not None), default=None
    )


# Those that ended before there was such a thing wait for nothing.
_UNWRITTEN: tuple[ColumnElement[bool], ...] = (
    UnderWay.forgotten_at.is_not(None),
    UnderWay.rewritten_at.is_(None),
    Request.state.in_(WAITING),
)

_LOGS = select(UnderWay).where(UnderWay.rewritten_at.is_not(None), UnderWay.log_emptied_at.is_(None))


def _erasures(session: Session) -> Sequence[UUID]:
    query = select(UnderWay.request).join(Request, Request.id == UnderWay.request).where(*_UNWRITTEN)
    return session.scalars(query).all()


def _redactions(session: Session) -> Sequence[UUID]:
    """Those whose kept mails are removed: until then they are not done, whatever the tables hold."""
    query = select(Redaction.id, Redaction.files).where(Redaction.cleaned_at.is_(None))
    return [row.id for row in session.execute(query) if not row.files]


def _mark(
    session: Session, erasures: Sequence[UUID], redactions: Sequence[UUID], said: Sequence[str], now: datetime
) -> None:
    for request_id in erasures:
        work = session.get(UnderWay, request_id, with_for_update=True)
        request = session.get(Request, request_id)
        if work is not None and request is not None and work.rewritten_at is None:
            work.rewritten_at = now
            for step in said:
                note(session, request, SYSTEM, step, now)
    for redaction_id in redactions:
        redaction = session.get(Redaction, redaction_id)
        if redaction is not None:
            redaction.cleaned_at = redaction.cleaned_at or now


def _tell(session: Session, request_id: UUID, emptied: Log, now: datetime) -> None:
    work = session.get(UnderWay, request_id, with_for_update=True)
    request = session.get(Request, request_id)
    if work is None or work.log_emptied_at is not None:
        return
    if request is None:
        # It was let go at the end of its term; there is nothing to tell it of.
        session.delete(work)
        return
    if emptied is Log.EMPTIED:
        work.log_emptied_at = now
        note(session, request, SYSTEM, "log_emptied", now)
    elif request.is_waiting:
        # Once: the request ends with the tables, and the log is tried again without another word.
        note(session, request, SYSTEM, "log_left", now)
