"""Erasures and suppressions as they stand outside the database, so that an older database can be told of them.

Two files beside the seals, which only grow: a signed line for each row, without a name in it. What is
acknowledged is here before the person sees so; what a full disk kept out comes within the hour.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from clevenio import marks, seals
from clevenio.database import Database
from clevenio.people.erasures import Erasure
from clevenio.people.models import Suppression

log = logging.getLogger(__name__)
PURPOSE = "refusal"
BATCH = 500
# Bytes of a file's end that are compared at each commit: some sixty rows.
LATELY = 16_384


@dataclass(frozen=True)
class _Kept:
    """One of the two tables: its file, and what a line says besides the identifier, the row and its time."""

    model: type[Erasure] | type[Suppression]
    facts: tuple[str, ...]

    @property
    def file(self) -> str:
        return f"{self.model.__tablename__}.jsonl"

    def content(self, row: Any) -> dict[str, Any]:
        """What is signed of a row. The identifier is `of`, because a signature names its own `key`."""
        facts = {name: getattr(row, name) for name in self.facts}
        return {"row": row.id, "of": row.key, "at": row.at.isoformat(), **facts}

    def row(self, content: Mapping[str, Any]) -> Any:
        """A new row that says the same."""
        facts = {name: content[name] for name in self.facts}
        return self.model(key=content["of"], at=datetime.fromisoformat(content["at"]), **facts)


ERASURES = _Kept(Erasure, ("kind", "ground", "lifted"))
SUPPRESSIONS = _Kept(Suppression, ("kind", "scope", "reason", "lifted"))
BOTH = (ERASURES, SUPPRESSIONS)


def keep(database: Database, folder: Path, keys: Sequence[str]) -> None:
    """Write down the rows that came since the last line, right after their commit.

    The rows are on the disk already, so what fails here is logged and made up for by `catch_up`.
    """
    try:
        with database.session(write=False) as session:
            for kept in BOTH:
                path = folder / kept.file
                known = {each.content["row"] for each in marks.newest(path, keys, PURPOSE, LATELY)}
                # Numbers are given out before their rows are committed, so the last few are looked at again.
                is_all = not path.exists() or path.stat().st_size <= LATELY
                _add(session, folder, keys, kept, 0 if is_all else min(known, default=0), known)
    except (OSError, SQLAlchemyError):
        log.exception("erasures and suppressions could not be kept outside the database")


def catch_up(database: Database, folder: Path, keys: Sequence[str]) -> None:
    """Write down every row that the files lack, by comparing all of them where their numbers differ."""
    with database.session(write=False) as session:
        for kept in BOTH:
            rows = session.scalar(select(func.count()).select_from(kept.model)) or 0
            if rows == sum(1 for _ in seals.in_file(folder / kept.file)):
                continue
            known = {each.content["row"] for each in seals.sound_in(folder / kept.file, keys, PURPOSE)}
            _add(session, folder, keys, kept, 0, known)


def write_anew(database: Database, folder: Path, keys: Sequence[str]) -> None:
    """Have the files say what the database says, and nothing else: rows of a restored one have new numbers."""
    for kept in BOTH:
        (folder / kept.file).unlink(missing_ok=True)
    catch_up(database, folder, keys)


def _add(
    session: Session, folder: Path, keys: Sequence[str], kept: _Kept, since: int, known: set[int]
) -> None:
    model: Any = kept.model
    query = select(model).where(model.id > since).order_by(model.id)
    rows = session.scalars(query.execution_options(yield_per=BATCH))
    lacking = (kept.content(row) for row in rows if row.id not in known)
    first = next(lacking, None)
    # Most commits that are told of have been written down by another process, or brought nothing new.
    if first is not None:
        marks.add_all(folder / kept.file, chain([first], lacking), keys[0], PURPOSE)


def faults(folder: Path, keys: Sequence[str]) -> Iterator[str]:
    """Lines of the two files that cannot be read, or were changed, in words."""
    for kept in BOTH:
        yield from marks.unsound(folder / kept.file, keys, PURPOSE)


def missing(session: Session, folder: Path) -> dict[str, int]:
    """How many lines a file has too few, by its name; empty where none lacks any.

    Raises `OSError` where one is there and cannot be read.
    """
    # The database first: what is committed meanwhile reaches the files afterwards.
    rows = {kept: session.scalar(select(func.count()).select_from(kept.model)) or 0 for kept in BOTH}
    found = {kept.file: number - _lines(folder / kept.file) for kept, number in rows.items()}
    return {name: number for name, number in found.items() if number > 0}


def _lines(path: Path) -> int:
    if not path.exists():
        return 0
    with path.open("rb") as file:
        return sum(1 for line in file if line.endswith(b"\n"))


@dataclass(frozen=True)
class Merged:
    """What a database learnt from the files: whose mailboxes were erased or suppressed since, and how many rows it lacked."""

    erased: frozenset[str]
    suppressed: frozenset[str]
    erasures: int
    suppressions: int


def merge(session: Session, folders: Iterable[Path], keys: Sequence[str]) -> Merged:
    """Add every row that a file knows and the database does not, in the order of their times.

    A line that does not carry its signature is not believed.
    """
    found = {kept.file: _lacking(session, folders, keys, kept) for kept in BOTH}
    for kept in BOTH:
        for content in sorted(found[kept.file], key=lambda each: str(each["at"])):
            session.add(kept.row(content))
            # One by one: the last row of an identifier decides, and numbers tell which that is.
            session.flush()
    erasures, suppressions = found[ERASURES.file], found[SUPPRESSIONS.file]
    return Merged(_mailboxes(erasures), _mailboxes(suppressions), len(erasures), len(suppressions))


def _mailboxes(contents: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Whose they are. A number is shared by people: it is the mailbox that says who."""
    return frozenset(each["of"] for each in contents if not each["lifted"] and each["kind"] == "email")


def _lacking(
    session: Session, folders: Iterable[Path], keys: Sequence[str], kept: _Kept
) -> list[Mapping[str, Any]]:
    lacking: dict[tuple[Any, ...], Mapping[str, Any]] = {}
    for folder in folders:
        lines = seals.sound_in(folder / kept.file, keys, PURPOSE)
        while some := [each.content for each in islice(lines, BATCH)]:
            wanted = {each["of"] for each in some}
            there = session.scalars(select(kept.model).where(kept.model.key.in_(wanted))).all()
            known = {_identity(kept.content(row)) for row in there}
            lacking.update({_identity(each): each for each in some if _identity(each) not in known})
    return list(lacking.values())


def _identity(content: Mapping[str, Any]) -> tuple[Any, ...]:
    """What makes two lines the same one, whatever number its row has."""
    return tuple(content[name] for name in sorted(content.keys() - {"row", "key"}))
