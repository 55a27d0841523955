"""Rows of cells, checked and normalised once, before anything is locked.

Column by column, because very many rows are read: what the cells of a column have in common is read once for all.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache, partial
from itertools import repeat
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from clevenio.errors import BadInput
from clevenio.i18n import LANGUAGES
from clevenio.people import identifiers, suppression
from clevenio.people.imports import proofs
from clevenio.people.imports.leaving import Left, Way, left
from clevenio.people.imports.proofs import Proof
from clevenio.people.imports.report import Note
from clevenio.people.imports.standins import filled_in, role, roles_of
from clevenio.people.phones import HOME

LONGEST_NAME = 200
# Finland's service and company-wide numbers are nobody's own: Sweden's mobiles begin with 070, too.
SERVICES = ("+358600", "+35870")
Facts = dict[str, str]
Problems = list[Note]
Lines = Sequence[tuple[int, Sequence[str]]]


class Row(NamedTuple):
    """A row that can be stored. `facts` are normalised values under the names of `Person`.

    `left` says that the person left in the program that wrote the file: then there is no more than the address.
    """

    line: int
    facts: Facts
    proof: Proof | None = None
    left: Left | None = None

    @property
    def mailbox(self) -> str:
        """The mailbox key: one row for each."""
        return self.facts["mailbox_key"]


@dataclass(frozen=True, slots=True)
class Rows:
    """Many of them, of whom nobody left, as columns: `facts` has a value of each row under each name."""

    lines: list[int] = field(default_factory=list)
    facts: Mapping[str, Sequence[str | None]] = field(default_factory=dict)
    # What comes from another process is plain tuples until somebody asks for the row.
    proofs: list[Proof | None] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.lines)

    def required(self, name: str) -> Sequence[str]:
        """The values of a column that every row has: of those that follow from the address."""
        return self.facts.get(name, [])  # type: ignore[return-value]

    def row(self, place: int) -> Row:
        """One of them."""
        facts = {name: value for name, values in self.facts.items() if (value := values[place]) is not None}
        given = self.proofs[place]
        return Row(self.lines[place], facts, Proof(*given) if given else None)

    def among(self, places: Sequence[int]) -> "Rows":
        """Those that stand at these places."""
        return self if len(places) == len(self) else self.in_order(places)

    def in_order(self, places: Sequence[int]) -> "Rows":
        """The same, in this order."""
        return Rows(
            [self.lines[place] for place in places],
            {name: [values[place] for place in places] for name, values in self.facts.items()},
            [self.proofs[place] for place in places],
        )


@dataclass(frozen=True, slots=True)
class Rules:
    """What rows are read by: the suppression key, the clock, the zone of a time without one, who has no language's."""

    suppression_key: str
    now: datetime
    zone: ZoneInfo
    language: str = LANGUAGES[0]


@dataclass(slots=True)
class Read:
    """What some lines come to: rows to be stored, those who left, and why others cannot be taken.

    `warnings` say what was left out of a row, by its line.
    """

    rows: Rows = field(default_factory=Rows)
    left: list[Row] = field(default_factory=list)
    warnings: dict[int, Problems] = field(default_factory=dict)
    rejects: list[Problems] = field(default_factory=list)


class Reader:
    """Reads rows of cells that stand under these columns, by these rules."""

    def __init__(self, columns: Sequence[str | None], rules: Rules) -> None:
        self._columns = columns
        self._rules = rules
        self._ways = [(way.value, columns.index(way)) for way in Way if way in columns]
        self._email_key = suppression.keys_of(rules.suppression_key, "email")
        self._phone_key = suppression.keys_of(rules.suppression_key, "phone")

    @property
    def tells_who_left(self) -> bool:
        """Whether a column says so."""
        return bool(self._ways)

    def read(self, lines: Lines) -> Read:
        """What these lines come to.

        Of somebody who left no more than the address is read. All problems of a row are told at once. The values
        themselves are never repeated.
        """
        found, whole, width = Read(), [], len(self._columns)
        for line, cells in lines:
            if len(cells) != width:
                counts = {"cells": len(cells), "columns": width}
                found.rejects.append(
                    [
                        Note(
                            line,
                            "",
                            "cells",
                            "The row has %(cells)s cells and the header %(columns)s.",
                            counts,
                        )
                    ]
                )
            elif self._ways and (gone := self._left(cells)) is not None:
                self._read_left(found, line, cells, gone)
            else:
                whole.append((line, cells))
        if whole:
            self._read_whole(found, whole)
        found.rejects.sort(key=lambda notes: notes[0].line)
        return found

    def who_left(self, lines: Iterable[tuple[int, Sequence[str]]]) -> Iterator[Row]:
        """Of these lines those that say that somebody left, and nothing of the others."""
        found, width = Read(), len(self._columns)
        for line, cells in lines:
            if self._ways and len(cells) == width and (gone := self._left(cells)) is not None:
                self._read_left(found, line, cells, gone)
                yield from found.left
                found.left.clear()
                found.rejects.clear()

    def _left(self, cells: Sequence[str]) -> Left | None:
        said = {way: cells[place] for way, place in self._ways if cells[place].strip()}
        return left(said, self._rules.now, self._rules.zone) if said else None

    def _read_left(self, found: Read, line: int, cells: Sequence[str], gone: Left) -> None:
        cell = cells[self._columns.index("email")] if "email" in self._columns else ""
        try:
            address = identifiers.address(cell)
        except BadInput:
            found.rejects.append(
                [
                    Note(
                        line,
                        gone.way,
                        "no_address",
                        "Somebody left, and the address cannot be read: nothing was recorded.",
                    )
                ]
            )
        else:
            facts = {name: values[0] for name, values in self._of_addresses([address]).items()}
            found.left.append(Row(line, facts, left=gone))  # type: ignore[arg-type]

    def _read_whole(self, found: Read, whole: Lines) -> None:
        numbers, table = zip(*whole, strict=True)
        cells = {
            name: _filled(column)
            for name, column in zip(self._columns, zip(*table, strict=True), strict=True)
            if name
        }
        told = Told(numbers)
        if "mobile" in cells:
            cells["phone"] = filled_in(cells.get("phone"), cells["mobile"])
        if "title" in cells:
            roles, strange = roles_of(cells["title"], cells.get("role"))
            cells["role"] = filled_in(cells.get("role"), roles)
            for place in strange:
                told.leave_out(
                    place, "title", "no_role", "No role was stored: the job title is none of the roles here."
                )
        facts = self._facts(cells, len(numbers), told)
        given = self._proofs(cells, len(numbers), told)
        rows, problems = Rows(list(numbers), facts, given), told.problems
        if problems:
            found.rejects += [problems[place] for place in sorted(problems)]
            rows = rows.among([place for place in range(len(rows)) if place not in problems])
        found.rows = rows
        found.warnings = {
            numbers[place]: notes for place, notes in told.notes.items() if place not in problems
        }

    def _facts(
        self, cells: Mapping[str, Sequence[str]], count: int, told: "Told"
    ) -> dict[str, Sequence[str | None]]:
        # All problems of a row are told, the address's first and the phone's last.
        addresses = told.taken("email", _each(identifiers.address, cells.get("email", [""] * count)))
        facts = self._of_addresses(addresses)
        for name, column in cells.items():
            if (read := READERS.get(name)) is not None:
                values = told.taken(name, _alike(read, column))
                if name == "website":
                    facts["website"] = [site and site.address for site in values]
                    facts["website_domain"] = [site and site.domain for site in values]
                else:
                    facts[name] = values
        if (column := cells.get("phone", ())) and any(column):
            countries: Iterable[str | None] = facts.get("country") or repeat(None)
            written = [
                (cell, country or HOME) if cell else None
                for cell, country in zip(column, countries, strict=False)
            ]
            numbers = told.taken("phone", _each(lambda pair: phone(*pair), written))
            facts["phone"] = numbers
            facts["phone_suppression"] = [number and self._phone_key(number) for number in numbers]
        for name in ("first_name", "last_name"):
            if "name" in facts and name in facts:
                whole = zip(facts["name"], facts[name], strict=True)
                facts["name"] = [None if part else name for name, part in whole]
        return facts

    def _of_addresses(
        self, addresses: Sequence[identifiers.Address | None]
    ) -> dict[str, Sequence[str | None]]:
        """What follows from each address; one that cannot be taken has nothing."""
        parts: Iterable[Sequence[Any]] = (found or _NO_ADDRESS for found in addresses)
        made = dict(zip(_OF_AN_ADDRESS, map(list, zip(*parts, strict=True)), strict=True))
        hashed = self._email_key
        keys = [key and hashed(key) for key in made["mailbox_key"]]
        return {**made, "email_suppression": keys}

    def _proofs(self, cells: Mapping[str, Sequence[str]], count: int, told: "Told") -> list[Proof | None]:
        given: list[Proof | None] = [None] * count
        columns = [cells.get(name, ("",) * count) for name in proofs.CELLS]
        for place, four in enumerate(zip(*columns, strict=True)):
            if not four[0]:
                continue
            if not all(four):
                missing = proofs.missing_cells(dict(zip(proofs.CELLS, four, strict=True)))
                empty = {"columns": ", ".join(missing)}
                told.leave_out(
                    place,
                    missing[0] if len(missing) == 1 else proofs.CELLS[0],
                    "unproved",
                    "No consent was stored: %(columns)s is empty.",
                    empty,
                )
                continue
            try:
                proof = proofs.proof(four, self._rules.now, self._rules.zone)
            except BadInput as problem:
                told.problem(place, str(problem.values["column"]), problem)
            else:
                given[place] = proof if proof.purposes else None
        return given


class Told:
    """What there is to say about rows, by where they stand among those that are read together."""

    def __init__(self, lines: Sequence[int]) -> None:
        self.problems: dict[int, Problems] = {}
        self.notes: dict[int, Problems] = {}
        self.lines = lines

    def problem(self, place: int, column: str, problem: BadInput) -> None:
        """The row cannot be taken."""
        self.problems.setdefault(place, []).append(_note(self.lines[place], column, problem))

    def leave_out(
        self, place: int, column: str, code: str, message: str, values: Mapping[str, str] | None = None
    ) -> None:
        """Something was left out of the row."""
        note = Note(self.lines[place], column, code, message, values or {})
        self.notes.setdefault(place, []).append(note)

    def taken(self, column: str, made: list[Any]) -> list[Any]:
        """A column of values without the problems among them, which are told."""
        if BadInput in set(map(type, made)):
            for place, value in enumerate(made):
                if isinstance(value, BadInput):
                    made[place] = None
                    # Nothing but characters that cannot be seen is nothing, save where an address has to be.
                    if value.values["reason"] != "empty" or column == "email":
                        self.problem(place, column, value)
        return made


def read_row(
    line: int, cells: Sequence[str], columns: Sequence[str | None], rules: Rules
) -> tuple[Row | None, Problems]:
    """The row as it can be stored and what was left out of it; or None and why not."""
    found = Reader(columns, rules).read([(line, cells)])
    rows = [*found.left, *map(found.rows.row, range(len(found.rows)))]
    return (rows[0], found.warnings.get(line, [])) if rows else (None, found.rejects[0])


def _filled(column: Sequence[str]) -> Sequence[str]:
    """A column whose blank cells are empty."""
    if any(map(str.isspace, set(column))):
        return ["" if cell.isspace() else cell for cell in column]
    return column


def _each(read: Callable[[Any], Any], cells: Iterable[Any]) -> list[Any]:
    """What is read from each cell, or the `BadInput` that it raised; None where a row has none."""
    made: list[Any] = []
    for cell in cells:
        try:
            made.append(cell if cell is None else read(cell))
        except BadInput as problem:
            # Without the frames in which it arose, which hold this list.
            made.append(problem.with_traceback(None))
    return made


def _alike(read: Callable[[str], Any], cells: Sequence[str]) -> list[Any]:
    """The same, cells that are alike read once, and empty ones not at all."""
    different = list(set(cells))
    made = dict(zip(different, _each(read, (cell or None for cell in different)), strict=True))
    return list(map(made.__getitem__, cells))


def _note(line: int, column: str, problem: BadInput) -> Note:
    values = {
        name: value
        for name, value in problem.values.items()
        if isinstance(value, str | int) and f"%({name})" in problem.message
    }
    return Note(line, column, str(problem.values["reason"]), problem.message, values)


def phone(value: str, country: str) -> str:
    """The number in E.164. Raises `BadInput`.

    Without a country code a number is Finnish, or that of the row's country. Where both would
    connect somebody it is refused: one of the two is somebody else's.
    """
    try:
        home = identifiers.phone(value)
    except BadInput:
        if country == HOME:
            raise
        return identifiers.phone(value, country)
    if country == HOME:
        return home
    try:
        abroad = identifiers.phone(value, country)
    except BadInput:
        return home
    if abroad != home and not home.startswith(SERVICES):
        raise BadInput("Write the phone number with its country code.", reason="ambiguous")
    return abroad


# What a person has of an address, in the order of its parts.
_OF_AN_ADDRESS = ("email", "address_key", "email_ascii", "mailbox_key", "match_key")
_NO_ADDRESS = (None,) * len(_OF_AN_ADDRESS)
# Few countries, languages and first names stand in many rows.
READERS: Mapping[str, Callable[[str], Any]] = {
    "first_name": lru_cache(maxsize=4096)(identifiers.name),
    "last_name": lru_cache(maxsize=4096)(identifiers.name),
    "name": partial(identifiers.name, longest=LONGEST_NAME),
    "company": identifiers.company,
    "website": lru_cache(maxsize=4096)(identifiers.website),
    "role": role,
    "country": lru_cache(maxsize=4096)(identifiers.country),
    "postal_code": identifiers.postal_code,
    "language": lru_cache(maxsize=4096)(identifiers.language),
    "advertising_id": identifiers.advertising_id,
}
