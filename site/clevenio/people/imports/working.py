"""What the worker does with files that were brought: checks them, and stores those that are to come in.

A file is claimed by one worker at a time; one that fell silent loses it to the next. Each chunk is stored in one
transaction with how far the file has come, so that the next one goes on where the last was killed.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from clevenio.database import Database
from clevenio.errors import Problem, Refused, Unavailable
from clevenio.i18n import kept
from clevenio.people.imports import keeping
from clevenio.people.imports.models import PeopleImport, State, StoredStep
from clevenio.people.imports.operations import CHUNK, Step, import_people
from clevenio.people.imports.report import Report
from clevenio.settings import Settings

log = logging.getLogger(__name__)
SILENT = timedelta(minutes=2)
ATTEMPTS = 3
GIVEN_UP = Refused("The file could not be worked on. Try once more, or ask an administrator.")
# So many rows are checked between two signs of life.
SIGN = 5 * CHUNK
Clock = Callable[[], datetime]


class _Lost(Exception):
    """Another worker has the file by now."""


def go_on(database: Database, settings: Settings, clock: Clock) -> None:
    """Work on every file that waits."""
    keeping.clear_up(settings.data, clock())
    while (claimed := _claim(database, clock())) is not None:
        with suppress(_Lost):
            try:
                with keeping.as_file(database, settings.secret_keys, settings.data, claimed.id) as path:
                    _work(database, settings, claimed, path, clock)
            except Unavailable as problem:
                # Nothing is wrong with the file: once it is silent somebody tries again, as after a killed worker.
                log.warning("file %s waits for another attempt: %s", claimed.id, problem)
            except Problem as problem:
                _fail(database, claimed, problem)


def _claim(database: Database, now: datetime) -> PeopleImport | None:
    """The next file, this worker's from now on; None where none waits."""
    waits = (
        PeopleImport.state.in_((State.CHECKING, State.STORING)),
        or_(PeopleImport.claimed_at.is_(None), PeopleImport.claimed_at <= now - SILENT),
    )
    with database.session() as session:
        query = select(PeopleImport).where(*waits).order_by(PeopleImport.id).limit(1)
        claimed = session.scalar(query.with_for_update(skip_locked=True))
        if claimed is None:
            return None
        claimed.claimed_at, claimed.attempts = now, claimed.attempts + 1
        if claimed.state == State.STORING:
            claimed.started_at = claimed.started_at or now
        if claimed.attempts > ATTEMPTS:
            # Whatever kills its worker would do so for ever.
            log.error("file %s was given up after %s attempts", claimed.id, ATTEMPTS)
            _give_up(session, claimed)
        session.commit()
        return claimed if claimed.is_waiting else _claim(database, now)


def _give_up(session: Session, claimed: PeopleImport) -> None:
    steps = _settled(session, claimed)
    claimed.state = State.FAILED.value
    cut_off = Refused(
        "The file could not be worked on to its end. The people of its lines up to %(line)s are here; "
        "bring it once more for the others, and they stay as they are.",
        line=steps[-1].through if steps else 0,
    )
    claimed.problem = kept(cut_off if steps else GIVEN_UP)


def _work(database: Database, settings: Settings, claimed: PeopleImport, path: Any, clock: Clock) -> None:
    if claimed.state == State.STORING:
        _store(database, settings, claimed, path, clock)
    else:
        _check(database, settings, claimed, path, clock)


def _check(database: Database, settings: Settings, claimed: PeopleImport, path: Any, clock: Clock) -> None:
    def progress(stage: str, rows: int) -> None:
        if stage == "reading" and rows % SIGN == 0:
            with database.session() as own:
                _say(own, claimed, clock(), progress=rows)
                own.commit()

    with database.session(write=False) as session:
        report = import_people(
            session,
            settings,
            path,
            now=clock(),
            chosen=claimed.columns,
            is_dry_run=True,
            progress=progress,
        )
    with database.session() as session:
        _end(session, claimed, State.CHECKED, report=report.kept())
        # Its columns may mean something else by now.
        keeping.begin_anew(session, claimed.id)
        session.commit()


def _store(database: Database, settings: Settings, claimed: PeopleImport, path: Any, clock: Clock) -> None:
    with database.session() as session:
        settled = _settled(session, claimed)
        session.rollback()
        stored = sum(step.part.merged for step in settled)

        def settle(step: Step) -> None:
            nonlocal stored
            stored += step.part.merged
            session.add(StoredStep(import_id=claimed.id, through=step.through, report=step.part.kept()))
            # Who gets further is not at the end of their attempts.
            _say(session, claimed, clock(), progress=stored, attempts=1)
            session.commit()
            session.expunge_all()

        report = import_people(
            session,
            settings,
            path,
            now=cast(datetime, claimed.started_at),
            chosen=claimed.columns,
            actor=claimed.created_by,
            settle=settle,
            settled=settled,
        )
        _end(session, claimed, State.STORED, report=report.kept(), finished_at=clock())
        keeping.forget(session, claimed.id)
        session.commit()


def _settled(session: Session, claimed: PeopleImport) -> list[Step]:
    """What an earlier worker came to."""
    query = select(StoredStep).where(StoredStep.import_id == claimed.id).order_by(StoredStep.through)
    return [Step(step.through, Report.of(step.report)) for step in session.scalars(query)]


def _fail(database: Database, claimed: PeopleImport, problem: Problem) -> None:
    with database.session() as session:
        _end(session, claimed, State.FAILED, problem=kept(problem))
        session.commit()


def _say(session: Session, claimed: PeopleImport, now: datetime, **values: Any) -> None:
    """Write something down about a file that is still this worker's. Raises `_Lost` where it is not."""
    mine = (
        PeopleImport.id == claimed.id,
        PeopleImport.state == claimed.state,
        PeopleImport.claimed_at == claimed.claimed_at,
    )
    changed = session.execute(update(PeopleImport).where(*mine).values(claimed_at=now, **values))
    if cast(Any, changed).rowcount != 1:
        raise _Lost
    claimed.claimed_at = now


def _end(session: Session, claimed: PeopleImport, state: State, **values: Any) -> None:
    _say(session, claimed, cast(datetime, claimed.claimed_at), state=state.value, **values)
