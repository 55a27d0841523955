"""What lets rows go in time: each room says which of its rows a rule's period has passed, and one engine does it.

A sweep goes through a table by its key, a batch at a time, so it can be cut anywhere and memory stays flat.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    Table,
    and_,
    delete,
    false,
    func,
    not_,
    select,
    tuple_,
)
from sqlalchemy.orm import Session

from clevenio.database import Base

BATCH = 1000
Key = tuple[Any, ...]
# From the moment up to which the period is over (now itself where it has none) and now, which rows go.
Over = Callable[[datetime, datetime], ColumnElement[bool]]
Act = Callable[[Session, Sequence[Key], datetime], None]


@dataclass(frozen=True)
class Swept:
    """One batch: how many rows went, and the last key that was looked at, None at the end of the table."""

    gone: int
    last: Key | None


@dataclass(frozen=True)
class Sweep:
    """Rows of one table that a rule of the registry lets go of.

    `model` may be a table's name, for one of a room above. `held` are those that stay all the same, because their person is restricted (GDPR Art. 18(2)).
    `act` does what is done instead of deleting the rows with these keys.
    """

    rule: str
    name: str
    model: type[Base] | str
    over: Over
    held: Callable[[], ColumnElement[bool]] = false
    act: Act | None = None

    @property
    def table(self) -> Table:
        """The table that is swept."""
        if isinstance(self.model, str):
            return Base.metadata.tables[self.model]
        return cast(Table, self.model.__table__)

    def waiting(self, session: Session, start: datetime, now: datetime) -> int:
        """How many rows would go now."""
        return self._number(session, and_(self.over(start, now), not_(self.held())))

    def kept(self, session: Session, start: datetime, now: datetime) -> int:
        """How many would go, were they not held."""
        return self._number(session, and_(self.over(start, now), self.held()))

    def step(
        self, session: Session, start: datetime, now: datetime, after: Key | None, limit: int = BATCH
    ) -> Swept:
        """Let go of the first rows behind a key, in this transaction. The caller commits, and comes back."""
        key = list(self.table.primary_key)
        is_over = and_(self.over(start, now), not_(self.held()))
        query = select(*key).where(is_over).order_by(*key).limit(limit)
        if after is not None:
            query = query.where(_position(key) > _place(key, after))
        if self.act is not None:
            query = query.with_for_update(of=self.table)
        keys = [tuple(row) for row in session.execute(query)]
        if not keys:
            return Swept(0, None)
        if self.act is not None:
            self.act(session, keys, now)
            session.flush()
            gone = len(keys)
        else:
            # Asked again row by row: what was used meanwhile on another connection stays.
            within = and_(_position(key) >= _place(key, keys[0]), _position(key) <= _place(key, keys[-1]))
            gone = cast(Any, session.execute(delete(self.table).where(within, is_over))).rowcount
        return Swept(gone, keys[-1] if len(keys) == limit else None)

    def _number(self, session: Session, which: ColumnElement[bool]) -> int:
        return session.scalar(select(func.count()).select_from(self.table).where(which)) or 0


def is_among(value: Any, query: Select[Any] | CompoundSelect[Any]) -> ColumnElement[bool]:
    """Whether a value is one that a query of one column selects, asked row by row.

    For `~is_among(…)` where the list may be long: PostgreSQL holds each row of a `NOT IN` against the whole
    list, once that no longer fits into its memory.
    """
    listed = query.subquery().c[0]
    return select(listed).where(listed == value).exists()


def _position(key: Sequence[Any]) -> ColumnElement[Any]:
    return key[0] if len(key) == 1 else tuple_(*key)


def _place(key: Sequence[Any], values: Key) -> Any:
    return values[0] if len(key) == 1 else tuple_(*values, types=[column.type for column in key])
