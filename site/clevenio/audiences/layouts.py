"""What a platform's file is made of: columns in code, headers and limits in a data file."""

from base64 import b64encode
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from typing import cast

from clevenio.audiences.matchkeys import Form
from clevenio.errors import BadInput
from clevenio.registry import Text


class Unit(StrEnum):
    """What one row of a file stands for."""

    PERSON = "person"
    COMPANY = "company"


class Forgets(StrEnum):
    """How a platform lets go of somebody: a file of those to remove, a new whole file, a new list."""

    REMOVE_FILE = "remove_file"
    REPLACE_FILE = "replace_file"
    RECREATE = "recreate"


# What must be listed in the wording that a person agreed to before it may go, by the name it has
# there. Digests of e-mail and phone go whenever the platform itself was agreed to.
LISTED_AS = {
    "advertising_id": "advertising_id",
    "first_name": "names",
    "last_name": "names",
    "title": "title",
    "company": "company",
    "country": "country",
    "postal_code": "postal_code",
}


@dataclass(frozen=True)
class Digest:
    """How the SHA-256 of forms is written: `cells` makes a list of them, `width` characters each, empty for no form."""

    width: int
    cells: Callable[[Sequence[str]], list[str]]


_encode, _hexdigest = str.encode, type(sha256()).hexdigest


# A loop of their own each, because a call for every form would cost half as much as the digest; where every form is
# there, one without a word of Python in it.
def _hexadecimal(forms: Sequence[str]) -> list[str]:
    if all(forms):
        return list(map(_hexdigest, map(sha256, map(_encode, forms))))
    return [sha256(form.encode()).hexdigest() if form else "" for form in forms]


def _base64(forms: Sequence[str]) -> list[str]:
    return [b64encode(sha256(form.encode()).digest()).decode() if form else "" for form in forms]


HEXADECIMAL = Digest(64, _hexadecimal)
BASE64 = Digest(44, _base64)


@dataclass(frozen=True)
class Column:
    """One column: `field` names what of a person (or company) it carries, `form` how it is written.

    `is_hashed`: the cell is the form's digest, written as `digest` says; otherwise the form itself, in clear.
    """

    field: str
    form: Form
    is_hashed: bool = True
    digest: Digest = HEXADECIMAL

    @property
    def listed_as(self) -> str | None:
        """What the wording must have listed for a person's cell to be filled; None for nothing."""
        return LISTED_AS.get(self.field)

    def forms(self, values: Sequence[str | None]) -> list[str]:
        """The form of each stored value; empty where there is none."""
        return _each(self._forms, values, {})

    def cells(self, values: Sequence[str | None], known: dict[str | None, str] | None = None) -> list[str]:
        """The cell for each stored value; empty where it has no form.

        What was made of values that repeat is looked up in `known`, and added to it.
        """
        if not any(values):
            return [""] * len(values)
        return _each(self._digests if self.is_hashed else self._forms, values, {} if known is None else known)

    def _forms(self, values: Sequence[str | None]) -> list[str]:
        form = self.form
        if all(values):
            return list(map(form, cast(Sequence[str], values)))
        return [form(value) if value else "" for value in values]

    def _digests(self, values: Sequence[str | None]) -> list[str]:
        return self.digest.cells(self._forms(values))


@dataclass(frozen=True)
class Layout:
    """A platform's file as code knows it. `vendor` is who receives it, as consent names it.

    `is_pulled`: the platform can fetch the file by itself. `mailbox` names the column of people that is equal for
    all addresses of which its file could have one and the same cell.
    """

    id: str
    vendor: str
    columns: tuple[Column, ...]
    unit: Unit = Unit.PERSON
    is_pulled: bool = False
    mailbox: str = "mailbox_key"

    @property
    def purpose(self) -> str:
        """The purpose of the ledger that lets a person into this file."""
        return f"ad_audiences:{self.vendor}"

    @cached_property
    def first(self) -> dict[str, int]:
        """Where the first column of each field stands: the one that is filled whenever any of that field is."""
        found: dict[str, int] = {}
        for place, column in enumerate(self.columns):
            found.setdefault(column.field, place)
        return found

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """What of a person (or company) the file carries, each named once; several columns may be of one."""
        return tuple(self.first)


@dataclass(frozen=True)
class Facts:
    """What a platform's own pages say of its uploads; None where they say nothing.

    Rows and bytes are per file, bytes with the header. `minimum_upload` refuses an export,
    `minimum_serving` warns. `source` and `checked` say where and when this was read.
    """

    name: Text
    headers: tuple[str, ...]
    forgets: Forgets
    source: str
    checked: date
    minimum_upload: int | None = None
    minimum_serving: int | None = None
    maximum_rows: int | None = None
    maximum_bytes: int | None = None
    membership_days: int | None = None


# Where so many in a row are all different, as addresses are, nothing is gained by looking for those that repeat.
SAMPLE = 100
# So many of those that repeat are remembered at most: two megabytes a column.
REMEMBERED = 10_000


def _each(
    make: Callable[[Sequence[str | None]], list[str]],
    values: Sequence[str | None],
    known: dict[str | None, str],
) -> list[str]:
    """What is made of each value, where values repeat (names, countries, nothing at all) once of each."""
    if len(set(values[:SAMPLE])) == SAMPLE:
        return make(values)
    # Once the most frequent ones are known, few rows have any other.
    with suppress(KeyError):
        return list(map(known.__getitem__, values))
    distinct = set(values)
    new = [value for value in distinct if value not in known]
    if len(known) > REMEMBERED:
        known.clear()
        new = list(distinct)
    known.update(zip(new, make(new), strict=True))
    return list(map(known.__getitem__, values))


@dataclass(frozen=True)
class Platform:
    """A layout together with the facts that hold for it here and now.

    `problem` is why somebody's corrections of its data file cannot be read: the shipped facts are told meanwhile,
    and no audience leaves by them.
    """

    layout: Layout
    facts: Facts
    problem: BadInput | None = None

    @property
    def id(self) -> str:
        """Its name in commands and addresses."""
        return self.layout.id
