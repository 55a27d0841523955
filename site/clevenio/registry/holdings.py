"""What personal data there is: kinds of it, and every table and column that holds some."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from clevenio.registry.words import Text


class Whose(StrEnum):
    """About whom data is."""

    VISITOR = "visitor"
    PERSON = "person"
    CUSTOMER = "customer"
    STAFF = "staff"
    NOBODY = "nobody"


class Treatment(StrEnum):
    """What becomes of rows: they go, they stay and name nobody, or they stay on a named ground."""

    DELETED = "deleted"
    ANONYMISED = "anonymised"
    KEPT = "kept"


class Source(StrEnum):
    """Where a kind of data comes from: from the person, from their use, or written by us."""

    PERSON = "person"
    USE = "use"
    US = "us"


class Origin(StrEnum):
    """What a column is: given by the person, observed, written by us, a key, or handed out to nobody."""

    GIVEN = "given"
    OBSERVED = "observed"
    OURS = "ours"
    INTERNAL = "internal"
    WITHHELD = "withheld"


# Of the company itself, of its own people, or of nobody: no customer is erased from there.
IMPERSONAL = frozenset({Whose.STAFF, Whose.NOBODY})


@dataclass(frozen=True)
class Holding:
    """A kind of data. `purposes` begin with the main one; `erased` is what an erasure does to its rows.

    What is kept says `why`; `until` tells its end in words where a date would not. `sooner` says what
    of it goes before its period is over. `remains` says what an erasure leaves of it, where `what` would be untrue.
    """

    id: str
    what: Text
    whose: tuple[Whose, ...]
    purposes: tuple[str, ...]
    period: str
    source: Source
    erased: Treatment
    why: Text | None = None
    until: Text | None = None
    sooner: Text | None = None
    remains: Text | None = None

    @property
    def after_erasure(self) -> Text:
        """What it is told as by an erasure, and afterwards."""
        return self.remains or self.what

    @property
    def is_personal(self) -> bool:
        """Whether somebody outside the company is in it."""
        return not IMPERSONAL.issuperset(self.whose)


@dataclass(frozen=True)
class StoredColumn:
    """A column's name in words; `table` None is any table that has a column so called."""

    id: str
    what: Text
    table: str | None = None

    @property
    def key(self) -> str:
        """What it is found by."""
        return f"{self.table}.{self.id}" if self.table else self.id


@dataclass(frozen=True)
class StoredTable:
    """A table: the kinds of data it belongs to, and its columns by what they are."""

    id: str
    what: Text
    holdings: tuple[str, ...]
    given: tuple[str, ...] = ()
    observed: tuple[str, ...] = ()
    ours: tuple[str, ...] = ()
    internal: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()

    def of(self, *origins: Origin) -> Iterator[str]:
        """The columns of these origins."""
        for origin in origins:
            yield from getattr(self, origin.value)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Every column that is classified, in no order of the schema's."""
        return tuple(self.of(*Origin))
