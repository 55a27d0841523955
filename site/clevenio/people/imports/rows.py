"""A row of cells, checked and normalised once, before anything is locked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from typing import NamedTuple
from zoneinfo import ZoneInfo

from clevenio.errors import BadInput
from clevenio.people import identifiers, suppression
from clevenio.people.imports import proofs
from clevenio.people.imports.leaving import Left, left
from clevenio.people.imports.proofs import Proof
from clevenio.people.imports.report import Note
from clevenio.people.phones import HOME
from clevenio.people.roles import by_name

LONGEST_NAME = 200
# Finland's service and company-wide numbers are nobody's own: Sweden's mobiles begin with 070, too.
SERVICES = ("+358600", "+35870")
Facts = dict[str, str]
Problems = list[Note]


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
class Rules:
    """What rows are read by: the suppression key, the clock, and the zone of a time without one."""

    suppression_key: str
    now: datetime
    zone: ZoneInfo


def read_row(
    line: int, cells: Sequence[str], columns: Sequence[str | None], rules: Rules
) -> tuple[Row | None, Problems]:
    """The row as it can be stored and what was left out of it; or None and why not.

    Of somebody who left no more than the address is read. All problems of a row are told at once. The values
    themselves are never repeated.
    """
    if len(cells) != len(columns):
        counts = {"cells": len(cells), "columns": len(columns)}
        return None, [
            Note(line, "", "cells", "The row has %(cells)s cells and the header %(columns)s.", counts)
        ]
    filled = {
        name: cell for name, cell in zip(columns, cells, strict=True) if name and cell and not cell.isspace()
    }
    if (gone := left(filled, rules.now, rules.zone)) is not None:
        return _who_left(line, filled, gone, rules)
    facts, problems = _facts(line, filled, rules)
    proof: Proof | None = None
    notes: Problems = []
    if "consent" in filled:
        proof, notes = _proof(line, filled, rules, problems)
    if problems:
        return None, problems
    return Row(line, facts, proof), notes


def _who_left(line: int, filled: Mapping[str, str], gone: Left, rules: Rules) -> tuple[Row | None, Problems]:
    try:
        return Row(line, _address(filled.get("email", ""), rules), left=gone), []
    except BadInput:
        return None, [
            Note(
                line,
                gone.way,
                "no_address",
                "Somebody left, and the address cannot be read: nothing was recorded.",
            )
        ]


def _facts(line: int, filled: Mapping[str, str], rules: Rules) -> tuple[Facts, Problems]:
    problems: Problems = []
    try:
        facts = _address(filled.get("email", ""), rules)
    except BadInput as problem:
        facts = {}
        problems.append(_note(line, "email", problem))
    for name, cell in filled.items():
        if (read := READERS.get(name)) is not None:
            _take(facts, problems, line, name, partial(read, cell))
    if "phone" in filled:
        country = facts.get("country", HOME)
        _take(facts, problems, line, "phone", lambda: _phone(filled["phone"], country, rules))
    if "first_name" in facts or "last_name" in facts:
        facts.pop("name", None)
    return facts, problems


def _take(facts: Facts, problems: Problems, line: int, column: str, read: Callable[[], Facts]) -> None:
    try:
        facts.update(read())
    except BadInput as problem:
        # Nothing but characters that cannot be seen is nothing.
        if problem.values["reason"] != "empty":
            problems.append(_note(line, column, problem))


def _address(cell: str, rules: Rules) -> Facts:
    address = identifiers.address(cell)
    return {
        "email": address.email,
        "address_key": address.key,
        "email_ascii": address.ascii,
        "mailbox_key": address.mailbox_key,
        "match_key": address.match_key,
        "email_suppression": suppression.email_key(rules.suppression_key, address.mailbox_key),
    }


def _phone(cell: str, country: str, rules: Rules) -> Facts:
    number = phone(cell, country)
    return {"phone": number, "phone_suppression": suppression.phone_key(rules.suppression_key, number)}


def _proof(
    line: int, filled: Mapping[str, str], rules: Rules, problems: Problems
) -> tuple[Proof | None, Problems]:
    if missing := proofs.missing_cells(filled):
        empty = {"columns": ", ".join(missing)}
        return None, [
            Note(line, "consent", "unproved", "No consent was stored: %(columns)s is empty.", empty)
        ]
    try:
        proof = proofs.proof(filled, rules.now, rules.zone)
    except BadInput as problem:
        problems.append(_note(line, str(problem.values["column"]), problem))
        return None, []
    return (proof if proof.purposes else None), []


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


@lru_cache(maxsize=4096)
def role(value: str) -> str:
    """A role by its code, or by its name in either language. Raises `BadInput`."""
    try:
        return identifiers.role(value).value
    except BadInput:
        named = by_name().get(" ".join(value.split()).casefold())
        if named is None:
            raise
        return named.value


@lru_cache(maxsize=16_384)
def _website(value: str) -> Facts:
    website = identifiers.website(value)
    return {"website": website.address, "website_domain": website.domain}


def _into(name: str, read: Callable[[str], str]) -> Callable[[str], Facts]:
    return lambda cell: {name: read(cell)}


# Few countries, languages and first names stand in many rows.
READERS: Mapping[str, Callable[[str], Facts]] = {
    "first_name": _into("first_name", lru_cache(maxsize=4096)(identifiers.name)),
    "last_name": _into("last_name", lru_cache(maxsize=4096)(identifiers.name)),
    "name": _into("name", partial(identifiers.name, longest=LONGEST_NAME)),
    "company": _into("company", identifiers.company),
    "website": _website,
    "role": _into("role", role),
    "country": _into("country", lru_cache(maxsize=4096)(identifiers.country)),
    "postal_code": _into("postal_code", identifiers.postal_code),
    "language": _into("language", lru_cache(maxsize=4096)(identifiers.language)),
    "advertising_id": _into("advertising_id", identifiers.advertising_id),
}
