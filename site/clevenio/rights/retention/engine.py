"""Carries the registry's rules out: batch by batch, each with its count in one transaction.

A run that was cut anywhere left whole batches and their counts behind; the next one goes on with it.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Protocol

from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from clevenio.database import Database, insert_ignoring
from clevenio.errors import Refused
from clevenio.registry import load
from clevenio.registry.entries import Unit
from clevenio.rights import clocks
from clevenio.rights.retention import lock
from clevenio.rights.retention.models import Count, Run
from clevenio.sweeps import Key, Swept

log = logging.getLogger(__name__)
# By the clock in Finland: an hour that daylight saving neither skips nor doubles.
HOUR = time(2)
WORKER = "system"


class Sweeping(Protocol):
    """What the engine asks of a sweep: see `clevenio.sweeps.Sweep`."""

    @property
    def rule(self) -> str: ...

    @property
    def name(self) -> str: ...

    def waiting(self, session: Session, start: datetime, now: datetime) -> int: ...

    def kept(self, session: Session, start: datetime, now: datetime) -> int: ...

    def step(self, session: Session, start: datetime, now: datetime, after: Key | None) -> Swept: ...


@dataclass(frozen=True)
class Line:
    """One sweep in a report or a forecast: rows that went or would go, rows that are held."""

    rule: str
    sweep: str
    gone: int
    held: int


@dataclass(frozen=True)
class Retention:
    """The engine over one database; `folder` is where the lock of an embedded one is.

    `first` is done before each batch, outside its transaction: what must not wait for a whole run.
    """

    database: Database
    folder: Path
    sweeps: Sequence[Sweeping]
    first: Callable[[], object] = lambda: None

    def forecast(self, now: datetime, sweeps: Sequence[Sweeping] | None = None) -> list[Line]:
        """What would go, and what is held. Changes nothing."""
        with self.database.session(write=False) as session:
            return [
                Line(
                    each.rule,
                    each.name,
                    each.waiting(session, start_of(each, now), now),
                    each.kept(session, start_of(each, now), now),
                )
                for each in (self.sweeps if sweeps is None else sweeps)
            ]

    def run(
        self, actor: str, now: datetime, tell: Callable[[str, int], None] = lambda _name, _gone: None
    ) -> list[Line]:
        """Go through every rule. `tell` hears after each batch which sweep let how many rows go.

        Raises `Refused` where another run is under way.
        """
        return self._run(self.sweeps, actor, now, tell, is_whole=True)

    def tick(self, now: datetime) -> None:
        """What the worker does each hour, and when nudged: the day's run where it is due or asked for, else what is counted in hours."""
        with self.database.session(write=False) as session:
            following = next_run(session)
            is_asked = under_way(session) is not None
        is_due = following is None or following <= now or is_asked
        try:
            if is_due:
                self.run(WORKER, now)
                return
            hourly = [each for each in self.sweeps if load().periods[each.rule].unit is Unit.HOUR]
            if any(line.gone for line in self.forecast(now, hourly)):
                self._run(hourly, WORKER, now, lambda _name, _gone: None, is_whole=False)
        except Refused:
            return  # somebody runs it by hand

    def _run(
        self,
        sweeps: Sequence[Sweeping],
        actor: str,
        now: datetime,
        tell: Callable[[str, int], None],
        *,
        is_whole: bool,
    ) -> list[Line]:
        with lock.held(self.database, self.folder) as mine:
            if not mine:
                raise Refused("Retention is running already; look at its report in a while.")
            run = self._begin(actor, now, is_whole=is_whole)
            failed: list[DBAPIError] = []
            for sweep in sweeps:
                try:
                    for gone in self._sweep(run, sweep, now):
                        tell(sweep.name, gone)
                except DBAPIError as error:
                    # What is wrong with one table keeps nothing in the others. The run stays open for the next.
                    log.exception("retention: a sweep failed", extra={"facts": {"sweep": sweep.name}})
                    failed.append(error)
            if failed:
                raise failed[0]
            return self._end(run, now)

    def _begin(self, actor: str, now: datetime, *, is_whole: bool) -> int:
        with self.database.session() as session:
            run = _open(session, actor, now, is_whole=is_whole)
            session.commit()
            return run.id

    def _sweep(self, run: int, sweep: Sweeping, now: datetime) -> Iterator[int]:
        """The rows that each batch let go of; the last thing counted is what is held."""
        start, after = start_of(sweep, now), None
        while True:
            self.first()
            with self.database.session() as session:
                swept = sweep.step(session, start, now, after)
                if swept.gone:
                    _add(session, run, sweep, swept.gone)
                session.commit()
            yield swept.gone
            if swept.last is None:
                break
            after = swept.last
        # Counted outside the transaction that notes it: nobody waits for SQLite's writer meanwhile.
        with self.database.session(write=False) as session:
            held = sweep.kept(session, start, now)
        if held:
            with self.database.session() as session:
                _add(session, run, sweep, 0, held)
                session.commit()

    def _end(self, run: int, now: datetime) -> list[Line]:
        with self.database.session() as session:
            session.execute(update(Run).where(Run.id == run).values(ended_at=now))
            session.commit()
            return lines(session, run)


def ask(session: Session, actor: str, now: datetime) -> Run:
    """Have the worker go through every rule as soon as it looks; one that is under way, or was cut, is the same run."""
    return _open(session, actor, now, is_whole=True)


def under_way(session: Session) -> Run | None:
    """The run of every rule that was asked for or has begun, and has not ended."""
    return _not_ended(session, is_whole=True)


def _open(session: Session, actor: str, now: datetime, *, is_whole: bool) -> Run:
    run = _not_ended(session, is_whole=is_whole)
    if run is None:
        run = Run(actor=actor, is_whole=is_whole, began_at=now)
        session.add(run)
        session.flush()
    return run


def _not_ended(session: Session, *, is_whole: bool) -> Run | None:
    query = select(Run).where(Run.ended_at.is_(None), Run.is_whole.is_(is_whole))
    return session.scalars(query.order_by(Run.id.desc()).limit(1)).first()


def start_of(sweep: Sweeping, now: datetime) -> datetime:
    """The moment up to which a sweep's period is over, by the calendar in Finland; now itself where it has none."""
    period = load().periods[sweep.rule]
    local = now if period.unit is Unit.HOUR else now.astimezone(clocks.FINLAND)
    return (period.start(local) or now).astimezone(UTC)


def _add(session: Session, run: int, sweep: Sweeping, gone: int, held: int = 0) -> None:
    row = {"run": run, "sweep": sweep.name, "rule": sweep.rule, "gone": 0, "held": 0}
    insert_ignoring(session, Count, [row])
    values = {"gone": Count.gone + gone, **({"held": held} if held else {})}
    session.execute(update(Count).where(Count.run == run, Count.sweep == sweep.name).values(**values))


def lines(session: Session, run: int) -> list[Line]:
    """What a run did, sweep by sweep; those that found nothing are not in it."""
    found = session.scalars(select(Count).where(Count.run == run).order_by(Count.rule, Count.sweep))
    return [Line(each.rule, each.sweep, each.gone, each.held) for each in found]


def last_runs(session: Session, number: int = 14) -> list[Run]:
    """The newest runs, whole ones and hourly ones."""
    return list(session.scalars(select(Run).order_by(Run.id.desc()).limit(number)))


def next_run(session: Session) -> datetime | None:
    """When the worker runs next; None where it never did, which is at once."""
    query = select(Run.began_at).where(Run.is_whole, Run.ended_at.is_not(None))
    last = session.scalar(query.order_by(Run.id.desc()).limit(1))
    if last is None:
        return None
    day = clocks.day_of(last) + timedelta(days=1)
    return datetime.combine(day, HOUR, clocks.FINLAND).astimezone(UTC)
