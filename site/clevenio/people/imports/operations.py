"""Bringing a file in: checked and staged before the database is asked, then merged in one transaction."""

from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import file_digest
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from clevenio import audit
from clevenio.errors import Refused
from clevenio.people import restrictions
from clevenio.people.imports.formats import Chosen, columns_in
from clevenio.people.imports.merging import Merger
from clevenio.people.imports.profiles import IMPORTED
from clevenio.people.imports.reading import opened
from clevenio.people.imports.report import Note, Report
from clevenio.people.imports.rows import Rules, read_row
from clevenio.people.imports.staging import Row, Staging, staging
from clevenio.people.models import Person
from clevenio.settings import Settings

CHUNK = 1_000
Progress = Callable[[str, int], None]


def import_people(
    session: Session,
    settings: Settings,
    path: Path,
    *,
    now: datetime,
    chosen: Chosen | None = None,
    actor: str = "command",
    is_dry_run: bool = False,
    is_strict: bool = False,
    progress: Progress = lambda _stage, _rows: None,
) -> Report:
    """Bring the people of a CSV file in, all of its good rows or, when anything fails, none.

    One file is one transaction, which the caller commits. Rejected rows are left out and reported;
    with `is_strict` one of them keeps the whole file out. A dry run reports the same, writes nothing,
    and takes a session that only reads. The same file again changes nothing. `chosen` is what headers were said
    to hold, or the column behind each cell of the first line. Raises `BadInput` for a file that cannot be read, `Refused` when somebody at one of its addresses was added meanwhile.
    """
    report = Report(is_dry_run)
    with staging() as staged:
        _stage(staged, settings, path, chosen or {}, report, now, progress)
        is_kept_out = is_strict and report.rejected > 0
        try:
            _merge(
                staged,
                session,
                settings,
                path,
                report,
                actor,
                now,
                progress,
                is_writing=not (is_dry_run or is_kept_out),
            )
        except IntegrityError as error:
            raise Refused(
                "Somebody in the file was added meanwhile; nothing was stored. Try again."
            ) from error
    return report


def _stage(
    staged: Staging,
    settings: Settings,
    path: Path,
    chosen: Chosen,
    report: Report,
    now: datetime,
    progress: Progress,
) -> None:
    rules = Rules(settings.suppression_key, now, ZoneInfo(settings.time_zone))
    with opened(path) as table:
        columns = columns_in(table.header, chosen)
        report.columns = tuple(name for name in columns if name)
        for line, cells in table.rows():
            report.rows += 1
            row, notes = read_row(line, cells, columns, rules)
            if row is None:
                report.reject(notes)
            else:
                _stage_row(staged, row, notes, report)
            progress("reading", report.rows)


def _stage_row(staged: Staging, row: Row, notes: Sequence[Note], report: Report) -> None:
    """One mailbox comes in once, and not at all where any of its lines says that it left."""
    first = staged.add(row)
    if row.has_left:
        report.reject(notes)
        if first is not None and not first.has_left:
            report.reject([_left_on(first.line, row.line)])
    elif first is None:
        report.warn(notes)
    elif first.has_left:
        report.reject([_left_on(row.line, first.line)])
    else:
        said = {"line": first.line}
        report.reject([Note(row.line, "email", "duplicate", "The same mailbox is on line %(line)s.", said)])


def _left_on(line: int, left: int) -> Note:
    return Note(
        line,
        "email",
        "opted_out",
        "This mailbox opted out on line %(line)s; nothing was stored.",
        {"line": left},
    )


def _merge(
    staged: Staging,
    session: Session,
    settings: Settings,
    path: Path,
    report: Report,
    actor: str,
    now: datetime,
    progress: Progress,
    *,
    is_writing: bool,
) -> None:
    merger = Merger(session, settings.suppression_key, report, settings.default_language, now)
    for rows in staged.chunks(CHUNK):
        plan = merger.plan(rows)
        if is_writing:
            merger.write(plan)
        progress("storing", len(rows))
    if is_writing:
        # Somebody's address may have been restricted since their chunk was looked through.
        restrictions.reach(session, Person.source == IMPORTED)
        with path.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
        details = {"file_sha256": digest, **report.counts}
        audit.record(session, actor=actor, action="people.import", now=now, details=details)
        report.is_stored = True
