"""Rules and reports as the page of retention shows them."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from clevenio.registry import Period, Registry
from clevenio.rights.retention.engine import Line, last_runs, lines
from clevenio.rights.retention.models import Run


@dataclass(frozen=True)
class Rule:
    """One rule, with what its sweeps would let go of now and what is held."""

    period: Period
    gone: int
    held: int


@dataclass(frozen=True)
class Report:
    """One run and what it did."""

    run: Run
    lines: list[Line]

    @property
    def gone(self) -> int:
        """How many rows went in all."""
        return sum(line.gone for line in self.lines)

    @property
    def held(self) -> int:
        """How many rows were held in all."""
        return sum(line.held for line in self.lines)

    @property
    def by_rule(self) -> dict[str, int]:
        """How many rows went by each rule, of those by which some did; a rule has a sweep for each table."""
        gone: dict[str, int] = {}
        for line in self.lines:
            if line.gone:
                gone[line.rule] = gone.get(line.rule, 0) + line.gone
        return gone


def by_rule(registry: Registry, forecast: Iterable[Line]) -> list[Rule]:
    """Every rule, in the registry's order."""
    found = list(forecast)
    return [
        Rule(
            period,
            sum(line.gone for line in found if line.rule == period.id),
            sum(line.held for line in found if line.rule == period.id),
        )
        for period in registry.periods.values()
    ]


def report_of(session: Session, run: Run | None) -> Report | None:
    """What a run has done so far."""
    return Report(run, lines(session, run.id)) if run else None


def reports(session: Session) -> list[Report]:
    """The last runs, the newest first."""
    return [Report(run, lines(session, run.id)) for run in last_runs(session)]
