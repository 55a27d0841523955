"""What the worker does with files that were brought: checks them, and stores those that are to come in.

A file is claimed by one worker at a time; one that fell silent loses it to the next. Storing is one
transaction with the file's own end, so a file comes in once however often its worker is killed.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from clevenio.database import Database
from clevenio.errors import Problem, Refused
from clevenio.people.imports import keeping
from clevenio.people.imports.models import PeopleImport, State
from clevenio.people.imports.operations import import_people
from clevenio.settings import Settings

log = logging.getLogger(__name__)
SILENT = timedelta(minutes=15)
ATTEMPTS = 3
GIVEN_UP = Refused("The file could not be worked on. Try once more, or ask an administrator.")
# So many rows are read between two signs of life.
STEP = 5_000
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
        if claimed.attempts > ATTEMPTS:
            # Whatever kills its worker would do so for ever.
            log.error("file %s was given up after %s attempts", claimed.id, ATTEMPTS)
            claimed.state = State.FAILED.value
            claimed.problem = {"message": GIVEN_UP.message, "values": {}}
        session.commit()
        return claimed if claimed.is_waiting else _claim(database, now)


def _work(database: Database, settings: Settings, claimed: PeopleImport, path: Any, clock: Clock) -> None:
    is_storing = claimed.state == State.STORING

    def progress(stage: str, rows: int) -> None:
        # Once people are being written, SQLite takes nothing from anybody else.
        if stage == "reading" and rows % STEP == 0:
            with database.session() as session:
                _say(session, claimed, clock(), progress=rows)
                session.commit()

    with database.session(write=is_storing) as session:
        report = import_people(
            session,
            settings,
            path,
            now=clock(),
            chosen=claimed.columns,
            actor=claimed.created_by,
            is_dry_run=not is_storing,
            progress=progress,
        )
        if is_storing:
            _end(session, claimed, State.STORED, report=report.kept(), finished_at=clock())
            keeping.forget(session, claimed.id)
            session.commit()
    if not is_storing:
        with database.session() as session:
            _end(session, claimed, State.CHECKED, report=report.kept())
            session.commit()


def _fail(database: Database, claimed: PeopleImport, problem: Problem) -> None:
    values = {name: value for name, value in problem.values.items() if isinstance(value, str | int)}
    with database.session() as session:
        _end(session, claimed, State.FAILED, problem={"message": problem.message, "values": values})
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
