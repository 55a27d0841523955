"""Work behind the site: ticks that run by the clock, and sooner when somebody nudges.

Rows in the database say what is to be done; the queue only carries ticks, which may be lost, doubled
or late without harm. Huey keeps the queue in SQLite, PostgreSQL or Redis.
"""

import logging
from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from clevenio.errors import BadInput

if TYPE_CHECKING:
    from huey import Huey
    from huey.consumer import Consumer

log = logging.getLogger(__name__)
Tick = Callable[[], object]
# Seconds that a tick may go on once its worker was told to stop.
PATIENCE = 10
SCHEMES = ("sqlite", "postgresql", "postgres", "redis", "rediss")


class Jobs:
    """The ticks of one application. Raises `BadInput` for a queue's address that is none."""

    def __init__(self, queue_url: str | None, data: Path) -> None:
        if queue_url is not None and urlsplit(queue_url).scheme not in SCHEMES:
            raise BadInput("CLEVENIO_QUEUE_URL starts with sqlite:///, postgresql:// or redis://.")
        self._where = queue_url, data
        self._ticks: dict[str, Tick] = {}
        self._minutes: dict[str, int] = {}
        self._consumer: Consumer | None = None
        # Whether ticks may run at all; while they may not, they wait for the clock to come by again.
        self.may_run: Callable[[], bool] = lambda: True

    @property
    def huey(self) -> "Huey":
        """The queue, with every tick that was named before it was first used."""
        return self._queue[0]

    @cached_property
    def _queue(self) -> tuple["Huey", Callable[[str], object]]:
        from huey import crontab  # noqa: PLC0415 - reads every driver there is: a start does not wait for that

        made = _huey(*self._where)
        for name, minutes in self._minutes.items():
            when = crontab(minute=f"*/{minutes}") if minutes < 60 else crontab(minute="0")
            made.periodic_task(when, name=f"tick-{name}")(partial(self.run, name))
        return made, made.task(name="tick")(self.run)

    def tick(self, name: str, minutes: int, function: Tick) -> None:
        """Run `function` every so many minutes (60 or more: each hour, on the hour), and on a nudge."""
        self._ticks[name], self._minutes[name] = function, minutes

    def nudge(self, name: str) -> None:
        """Ask the worker to run a tick soon. Nothing is lost where this fails: the clock comes by."""
        try:
            _, ask = self._queue
            ask(name)
        except Exception:
            log.warning("the queue took no nudge for %s", name, exc_info=True)

    def run(self, name: str) -> None:
        """Run one tick here and now, unless none may run."""
        if self.may_run():
            self._ticks[name]()
        else:
            log.warning("%s waits: the schema is being changed, or is another program's", name)

    def close(self) -> None:
        """Let go of the queue, where it was used."""
        if "_queue" in vars(self):
            self.huey.storage.close()

    def consume(self) -> None:
        """Be the worker: every tick once at the start, then by clock and nudge until told to stop (SIGTERM).

        The tick that runs then ends by itself, or after `PATIENCE` as if it were killed.
        """
        for name in self._ticks:
            self.nudge(name)
        self._consumer = self.huey.create_consumer(
            workers=1,
            periodic=True,
            initial_delay=0.05,
            max_delay=1.0,
            graceful_signal="TERM",
            shutdown_timeout=PATIENCE,
        )
        self._consumer.run()

    @property
    def is_ending(self) -> bool:
        """Whether this worker was told to stop: a long tick begins nothing more."""
        return self._consumer is not None and self._consumer.stop_flag.is_set()


def _huey(queue_url: str | None, data: Path) -> "Huey":
    from huey import PostgresHuey, RedisHuey, SqliteHuey  # noqa: PLC0415 - as above

    if queue_url is None:
        data.mkdir(parents=True, exist_ok=True)
        return SqliteHuey("clevenio", filename=str(data / "queue.db"), results=False)
    scheme = urlsplit(queue_url).scheme
    if scheme == "sqlite":
        return SqliteHuey("clevenio", filename=queue_url.removeprefix("sqlite:///"), results=False)
    if scheme in ("postgresql", "postgres"):
        return PostgresHuey("clevenio", dsn=queue_url, results=False)
    return RedisHuey("clevenio", url=queue_url, results=False)
