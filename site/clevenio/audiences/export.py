"""Exports: ordered once their size has been checked, opened once, on record before a byte leaves.

One snapshot of the database is read from the first count to the last row, so the size that was
checked is the size of the file. It is taken once everybody can see that the export has started: whoever
erases somebody looks for that first, so nobody leaves in a file whose erasure the file cannot know of.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from clevenio import audit
from clevenio.audiences.exceptions import few_refuse
from clevenio.audiences.handouts import Handout, counted
from clevenio.audiences.layouts import Platform
from clevenio.audiences.models import Export, Kind, State
from clevenio.audiences.passing import in_passing
from clevenio.audiences.preview import Preview, preview, require_size
from clevenio.audiences.removals import removal
from clevenio.audiences.segments import Choice
from clevenio.audiences.selection import Selection, upload
from clevenio.consent import archive, ledger
from clevenio.database import Database, is_sqlite
from clevenio.errors import Refused
from clevenio.i18n import format_date, local_day
from clevenio.registry import load
from clevenio.settings import Settings


def order(
    session: Session,
    settings: Settings,
    platform: Platform,
    choice: Choice,
    *,
    actor: str,
    now: datetime,
    is_added_only: bool = False,
) -> Export:
    """Put an export on record once its size has been checked; nothing has left yet.

    Raises `Refused` where the audience is too small or the platform is no declared recipient.
    """
    counts = _checked(session, settings, platform, choice, now, is_added_only=is_added_only)
    export = _recorded(session, platform, choice, actor, now)
    export.is_added_only = is_added_only
    export.rows, export.rejects, export.ledger_position = (
        counts.rows,
        dict(counts.rejects),
        ledger.position(session),
    )
    return export


def hold(session: Session) -> None:
    """Let no export start until the transaction ends; SQLite's writers wait for each other anyway."""
    if not is_sqlite(session):
        session.execute(text("LOCK TABLE audience_exports IN SHARE MODE"))


def refusal(platform: Platform, now: datetime) -> Refused | None:
    """Why no audience may go to the platform today; None where one may.

    By the registry (GDPR Art. 30(1)(d), 44), or because its data file was changed and does not hold.
    """
    if platform.problem is not None:
        return Refused(platform.problem.message, **platform.problem.values)
    day = local_day(now)
    vendor, words = load().vendor_on(platform.layout.vendor, day), {"day": format_date(day)}
    if vendor is None or not vendor.audience:
        return Refused(
            "%(platform)s is not among the declared recipients on %(day)s, so no audience goes there.",
            platform=platform.facts.name,
            **words,
        )
    if not vendor.is_safeguarded(day):
        return Refused(
            "The transfer to %(platform)s has no safeguard in force on %(day)s, so no audience goes there.",
            platform=platform.facts.name,
            **words,
        )
    return None


def _checked(
    session: Session,
    settings: Settings,
    platform: Platform,
    choice: Choice,
    now: datetime,
    *,
    is_added_only: bool = False,
) -> Preview:
    """The counts of an audience that may leave. Raises `Refused`."""
    if (refused := refusal(platform, now)) is not None:
        raise refused
    counts = preview(session, platform, choice, is_added_only=is_added_only, by_identifier=False)
    require_size(settings, platform.facts, counts.rows)
    return counts


def _recorded(session: Session, platform: Platform, choice: Choice, actor: str, now: datetime) -> Export:
    export = Export(
        kind=Kind.UPLOAD.value,
        state=State.PREPARED.value,
        platform=platform.id,
        vendor=platform.layout.vendor,
        segment=choice.name,
        criteria={name: list(values) for name, values in choice.criteria.items()},
        actor=actor,
        created_at=now,
        ledger_position=0,
        notices=[],
        rows=0,
        rejects={},
        files=[],
    )
    session.add(export)
    session.flush()
    return export


@contextmanager
def handout(
    database: Database,
    settings: Settings,
    platform: Platform,
    export_id: int,
    *,
    now: datetime,
    is_one_file: bool = False,
) -> Iterator[Handout]:
    """Open a prepared export: count again in the snapshot that will be read, check, put it on record.

    Raises `Refused` where it was fetched before, where people have left since and too few remain, or, with `is_one_file`,
    where the platform takes no file so large.
    """
    with database.session() as writing:
        _start(writing, export_id, now)
        writing.commit()
    with _snapshot(database) as session:
        export = session.get_one(Export, export_id)
        try:
            opened = _opened(database, session, settings, platform, export, now)
            if is_one_file:
                opened.ready.require_one_file()
        except Refused:
            with database.session() as writing:
                writing.get_one(Export, export_id).state = State.PREPARED.value
                writing.commit()
            raise
        _put_on_record(database, export_id, opened.ready.rows, opened.rejects, ledger.position(session), now)
        yield opened.ready


class _Opened(NamedTuple):
    """What may leave, and how many stay out for which reason."""

    ready: Handout
    rejects: Mapping[str, int]


def _opened(
    database: Database,
    session: Session,
    settings: Settings,
    platform: Platform,
    export: Export,
    now: datetime,
) -> _Opened:
    """What an export holds in a snapshot. Raises `Refused` where an audience may not leave."""
    if export.kind == Kind.UPLOAD.value:
        choice, added = Choice(export.segment, export.criteria), export.is_added_only
        counts = _checked(session, settings, platform, choice, now, is_added_only=added)
        selection = _selection(session, platform, choice, counts, is_added_only=added)
        rows, read, rejects = counts.rows, None, counts.rejects
    else:
        selection, rejects = removal(session, platform.layout, settings.suppression_key), {}
        rows, read = counted(session, selection)
    return _Opened(Handout(database, session, platform, export.id, selection, rows, now, read), rejects)


@contextmanager
def handout_now(
    database: Database,
    settings: Settings,
    platform: Platform,
    choice: Choice,
    *,
    actor: str,
    now: datetime,
    is_added_only: bool = False,
    is_one_file: bool = False,
) -> Iterator[Handout]:
    """Order an export and open it at once, counted once. Raises `Refused` like `order` and `handout`, and leaves no record then."""
    with database.session() as writing:
        export = _recorded(writing, platform, choice, actor, now)
        export.is_added_only = is_added_only
        export_id = export.id
        _start(writing, export_id, now)
        writing.commit()
    with _snapshot(database) as session:
        try:
            opened = _opened(database, session, settings, platform, session.get_one(Export, export_id), now)
            if is_one_file:
                opened.ready.require_one_file()
        except Refused:
            with database.session() as writing:
                writing.delete(writing.get_one(Export, export_id))
                writing.commit()
            raise
        _put_on_record(database, export_id, opened.ready.rows, opened.rejects, ledger.position(session), now)
        yield opened.ready


def _selection(
    session: Session, platform: Platform, choice: Choice, counts: Preview, *, is_added_only: bool = False
) -> Selection:
    """The rows of an audience that was counted in this snapshot."""
    return upload(
        platform.layout,
        choice.criteria,
        choice.name if is_added_only else None,
        no_exceptions=not counts.exceptions,
        few_refuse=few_refuse(session, platform.layout),
        listed=archive.listed(session),
    )


@contextmanager
def _snapshot(database: Database) -> Iterator[Session]:
    """A reading session in which nothing changes any more."""
    with database.session(write=False) as session:
        if not is_sqlite(session):
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            # Every row of a cursor is read: a plan for its first tenth is the wrong one.
            session.execute(text("SET LOCAL cursor_tuple_fraction = 1"))
        with in_passing(session.connection()):
            yield session


def _start(session: Session, export_id: int, now: datetime) -> None:
    export = session.get_one(Export, export_id, with_for_update=True)
    if export.kind == Kind.DISCARDED.value:
        raise Refused("This file was thrown away. Order a new one.")
    if export.state != State.PREPARED.value:
        raise Refused("This file was fetched before. Order a new one.")
    export.state = State.STARTED.value
    # It holds what people have now, not what they had when it was ordered.
    export.created_at = now


def _put_on_record(
    database: Database, export_id: int, rows: int, rejects: Mapping[str, int], position: int, now: datetime
) -> None:
    """What the snapshot that is read has, committed before a byte leaves."""
    with database.session() as session:
        export = session.get_one(Export, export_id)
        # The trail's lock comes first, as it does for whoever holds exports back (`hold`).
        audit.record(
            session,
            actor=export.actor,
            action="audience.export" if export.kind == Kind.UPLOAD.value else "audience.removal",
            now=now,
            details={
                "export": export.id,
                "platform": export.platform,
                "segment": export.segment,
                "rows": rows,
                "ledger_position": position,
            },
        )
        export.rows, export.rejects, export.ledger_position = rows, dict(rejects), position
        session.commit()
