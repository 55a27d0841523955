"""Work behind the site: ticks that run by the clock, and sooner when somebody nudges.

Rows in the database say what is to be done; the queue only carries ticks, which may be lost, doubled
or late without harm. Huey keeps the queue in SQLite, PostgreSQL or Redis.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from huey import Huey, PostgresHuey, RedisHuey, SqliteHuey, crontab

from clevenio.errors import BadInput

log = logging.getLogger(__name__)
Tick = Callable[[], object]


class Jobs:
    """The ticks of one application."""

    def __init__(self, queue_url: str | None, data: Path) -> None:
        self._ticks: dict[str, Tick] = {}
        # Whether ticks may run at all; while they may not, they wait for the clock to come by again.
        self.may_run: Callable[[], bool] = lambda: True
        self.huey = _huey(queue_url, data)
        self._task = self.huey.task(name="tick")(self.run)

    def tick(self, name: str, minutes: int, function: Tick) -> None:
        """Run `function` every so many minutes (60 or more: each hour, on the hour), and on a nudge."""
        self._ticks[name] = function
        when = crontab(minute=f"*/{minutes}") if minutes < 60 else crontab(minute="0")
        self.huey.periodic_task(when, name=f"tick-{name}")(lambda: self.run(name))

    def nudge(self, name: str) -> None:
        """Ask the worker to run a tick soon. Nothing is lost where this fails: the clock comes by."""
        try:
            self._task(name)
        except Exception:
            log.warning("the queue took no nudge for %s", name, exc_info=True)

    def run(self, name: str) -> None:
        """Run one tick here and now, unless none may run."""
        if self.may_run():
            self._ticks[name]()
        else:
            log.warning("%s waits: the schema is being changed, or is another program's", name)

    def consume(self) -> None:
        """Be the worker: every tick once at the start, then by clock and nudge until told to stop."""
        for name in self._ticks:
            self.nudge(name)
        self.huey.create_consumer(workers=1, periodic=True, initial_delay=0.05, max_delay=1.0).run()


def _huey(queue_url: str | None, data: Path) -> Huey:
    if queue_url is None:
        data.mkdir(parents=True, exist_ok=True)
        return SqliteHuey("clevenio", filename=str(data / "queue.db"), results=False)
    scheme = urlsplit(queue_url).scheme
    if scheme == "sqlite":
        return SqliteHuey("clevenio", filename=queue_url.removeprefix("sqlite:///"), results=False)
    if scheme in ("postgresql", "postgres"):
        return PostgresHuey("clevenio", dsn=queue_url, results=False)
    if scheme in ("redis", "rediss"):
        return RedisHuey("clevenio", url=queue_url, results=False)
    raise BadInput("CLEVENIO_QUEUE_URL starts with sqlite:///, postgresql:// or redis://.")
