"""What a measurement is, and the stopwatch."""

import os
import statistics
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bench.site import children

ROUNDS = 5


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    `target` is a text such as `>=0.5` about the ratio, or about the value where there is no control.
    """

    name: str
    n: int
    database: str | None
    value: float
    unit: str
    control: str | None
    control_value: float | None
    target: str

    @property
    def ratio(self) -> float | None:
        """The value against the control; None where the target is absolute."""
        return None if self.control_value is None else self.value / self.control_value

    @property
    def holds(self) -> bool:
        """Whether the target is met."""
        measured = self.value if self.ratio is None else self.ratio
        limit = float(self.target[2:])
        return measured >= limit if self.target.startswith(">=") else measured <= limit

    def row(self) -> dict[str, object]:
        """The line as JSON carries it."""
        names = (
            "name",
            "n",
            "database",
            "value",
            "unit",
            "control",
            "control_value",
            "ratio",
            "target",
            "holds",
        )
        return {name: getattr(self, name) for name in names}


def median(run: Callable[[], float], rounds: int = ROUNDS) -> float:
    """The median of several runs."""
    return statistics.median(run() for _ in range(rounds))


def in_turns(
    ours: Callable[[], float], control: Callable[[], float], rounds: int = ROUNDS
) -> tuple[float, float]:
    """The medians of both, run in turns, so that a noisy minute of the machine hits both."""
    pairs = [(ours(), control()) for _ in range(rounds)]
    return statistics.median(p[0] for p in pairs), statistics.median(p[1] for p in pairs)


def seconds(work: Callable[[], object]) -> float:
    """Wall-clock seconds of some work."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def cpu_seconds(work: Callable[[], object]) -> float:
    """Seconds of processor time, user and system, that some work took in this process."""
    start = time.process_time()
    work()
    return time.process_time() - start


def peak_megabytes(work: Callable[[], object]) -> float:
    """The most memory that this process and those it starts hold while it does some work (Linux, proc(5)).

    A database server among them is left out: it fills its cache by what it was set to.
    """
    done = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        peak = pool.submit(_watch, done)
        try:
            work()
        finally:
            done.set()
        return peak.result()


def _watch(done: threading.Event) -> float:
    peak, own = 0.0, os.getpid()
    while not done.wait(0.02):
        # Whoever ends just now is looked at again a moment later.
        with suppress(FileNotFoundError, ProcessLookupError):
            peak = max(peak, sum(map(_megabytes, [own, *children(own)])))
    return peak


def _megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    if status.startswith("Name:\tpostgres\n"):
        return 0.0
    held = status.partition("VmRSS:")[2].split()
    # A process that has ended and was not waited for yet holds nothing.
    return int(held[0]) / 1024 if held else 0.0
