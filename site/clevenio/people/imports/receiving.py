"""Taking a file in from the browser: looked at, kept, and said what each of its columns holds."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from hashlib import file_digest
from itertools import islice
from pathlib import Path

from sqlalchemy.orm import Session

from clevenio import audit
from clevenio.errors import BadInput, Refused
from clevenio.people.imports import keeping
from clevenio.people.imports.columns import fitting, require_header
from clevenio.people.imports.formats import suggested
from clevenio.people.imports.models import PeopleImport, State
from clevenio.people.imports.reading import opened

# As many rows are looked through for an example of what a column holds.
LOOKED_THROUGH = 50
_BLOCK = 1 << 20


def receive(session: Session, keys: Sequence[str], path: Path, actor: str, now: datetime) -> PeopleImport:
    """Keep a file that can be read as a table. Raises `BadInput` for one that cannot."""
    with opened(path) as table:
        header = [name.strip() for name in table.header]
    require_header(header)
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
        file.seek(0)
        lines = sum(block.count(b"\n") for block in iter(lambda: file.read(_BLOCK), b""))
        brought = PeopleImport(
            state=State.RECEIVED.value,
            created_at=now,
            created_by=actor,
            size=file.tell(),
            sha256=digest,
            lines=lines,
            header=header,
            columns=suggested(header),
        )
        session.add(brought)
        session.flush()
        file.seek(0)
        details = {"file_sha256": digest, "bytes": brought.size}
        audit.record(session, actor=actor, action="people.upload", now=now, details=details)
        keeping.keep(session, keys, brought.id, file)
    return brought


def examples(path: Path) -> list[str]:
    """For each column the first cell of a file's beginning that is not empty; empty where none is.

    What is wrong with a row further on is for the check to say.
    """
    found: list[str] = []
    with suppress(BadInput), opened(path) as table:
        found = [""] * len(table.header)
        for _line, cells in islice(table.rows(), LOOKED_THROUGH):
            for place, cell in enumerate(cells[: len(found)]):
                found[place] = found[place] or cell.strip()
    return found


def map_columns(brought: PeopleImport, columns: Sequence[str | None]) -> None:
    """Say what the columns hold and have the worker check the file; once, where the same is said again meanwhile.

    Raises `BadInput` and `Refused`.
    """
    if brought.state == State.CHECKING and list(columns) == brought.columns:
        return
    if brought.is_waiting or brought.is_over:
        raise Refused("This file is being worked on, or its people are here already.")
    brought.columns = fitting(columns)
    _hand_over(brought, State.CHECKING)


def store(brought: PeopleImport) -> None:
    """Have the worker bring the people in, once. Raises `Refused` where the file was not checked as it is now."""
    if brought.state in (State.STORING, State.STORED):
        return
    if brought.state != State.CHECKED:
        raise Refused("Check the file first: it was not, or what its columns hold has changed.")
    _hand_over(brought, State.STORING)


def discard(session: Session, brought: PeopleImport) -> None:
    """Let go of a file whose people are not to come in. Raises `Refused` while they are being stored."""
    if brought.state in (State.STORING, State.STORED):
        raise Refused("The people of this file are being stored, or are here already.")
    keeping.forget(session, brought.id)
    session.delete(brought)


def _hand_over(brought: PeopleImport, state: State) -> None:
    brought.state = state.value
    brought.progress = brought.attempts = 0
    brought.claimed_at = brought.started_at = brought.problem = None
