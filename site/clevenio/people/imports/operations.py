"""Bringing a file in: checked before the database is asked, then merged a chunk at a time."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from clevenio import audit
from clevenio.database import is_sqlite
from clevenio.errors import Refused
from clevenio.people import erasures
from clevenio.people.imports.ahead import checked_ahead
from clevenio.people.imports.checking import Batch
from clevenio.people.imports.formats import Chosen
from clevenio.people.imports.merging import Merger
from clevenio.people.imports.report import Report
from clevenio.people.imports.rows import Rules
from clevenio.settings import Settings

# A chunk holds what SQLite's one writer does in a tenth of a second: whoever waits for it looks each 25 ms by then,
# and comes in between two chunks. After longer ones they would look more seldom, and miss one gap after another.
CHUNK = 1_500
# How often a chunk is planned where somebody else keeps adding its people at that moment.
ATTEMPTS = 3
# PostgreSQL, appendix A: a key that is there already, and two that wait for each other.
CLASHES = ("23505", "40P01")
Progress = Callable[[str, int], None]


@dataclass(frozen=True)
class Step:
    """The rows up to a line have been merged since the step before; `part` is what became of them."""

    through: int
    part: Report


Settle = Callable[[Step], None]


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
    settle: Settle = lambda _step: None,
    settled: Sequence[Step] = (),
) -> Report:
    """Bring the good rows of a CSV file in.

    A file that cannot be read to its end brings nobody in. Rejected rows are left out and reported; with `is_strict`
    one of them keeps the whole file out. A dry run reports the same, writes nothing, and takes a session that only
    reads. The same file again changes nothing. `chosen` is what headers were said to hold, or the column behind each
    cell of the first line.

    After each chunk `settle` may commit, so that nobody waits for longer than one; where it does not, the file is one
    transaction of the caller's. Steps that were `settled` before, with the same file and the same `now`, are not done
    again, and the report is of all of them. Raises `BadInput` for a file that cannot be read, `Refused` when somebody
    at one of its addresses was added again and again meanwhile, `Unavailable` when the process that checks it died.
    """
    report = Report(is_dry_run)
    rules = Rules(settings.suppression_key, now, ZoneInfo(settings.time_zone), settings.default_language)
    is_writing = not (is_dry_run or (is_strict and _has_rejects(path, chosen or {}, rules)))
    merger = Merger(session, settings.suppression_key, settings.default_language, now)
    for step in settled:
        report.add(step.part)
    done = settled[-1].through if settled else 0
    is_begun = bool(settled)
    with checked_ahead(path, chosen or {}, rules, CHUNK) as batches:
        for batch in batches:
            _tell(report, batch)
            progress("reading", report.rows)
            step = _merged(session, merger, batch, done, is_writing=is_writing)
            report.add(step.part)
            if is_writing and step.through > done:
                if not is_begun and batch.read == CHUNK:
                    _record(session, actor, "people.import_begun", path, {}, now)
                is_begun = True
                settle(step)
            progress("storing", report.rows)
    report.sort()
    if is_writing:
        _record(session, actor, "people.import", path, report.counts, now)
        report.is_stored = True
    return report


def _has_rejects(path: Path, chosen: Chosen, rules: Rules) -> bool:
    with checked_ahead(path, chosen, rules, CHUNK) as batches:
        return any(batch.rejects for batch in batches)


def _tell(report: Report, batch: Batch) -> None:
    report.columns = tuple(name for name in batch.columns if name)
    report.rows += batch.read
    for notes in batch.rejects:
        report.reject(notes)
    for notes in batch.warnings.values():
        report.warn(notes)


def _merged(session: Session, merger: Merger, batch: Batch, done: int, *, is_writing: bool) -> Step:
    """Merge those of a batch who come after the line that was done. Raises `Refused`."""
    if batch.through <= done:
        return Step(done, Report(not is_writing))
    rest = batch.after(done)
    for _ in range(ATTEMPTS):
        part = Report(not is_writing)
        try:
            # SQLite has one writer, so nobody comes between; for the others a chunk is tried once more.
            with nullcontext() if is_sqlite(session) or not is_writing else session.begin_nested():
                if is_writing:
                    erasures.hold(session)
                plan = merger.plan(rest, part)
                if is_writing:
                    merger.write(plan)
                    merger.reach(plan, rest)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in CLASHES:
                raise
        else:
            return Step(rest.through, part)
    raise Refused("Somebody in the file was added meanwhile. Try again; who is here stays as they are.")


def _record(
    session: Session, actor: str, action: str, path: Path, counts: dict[str, int], now: datetime
) -> None:
    with path.open("rb") as file:
        details = {"file_sha256": file_digest(file, "sha256").hexdigest(), **counts}
    audit.record(session, actor=actor, action=action, now=now, details=details)
