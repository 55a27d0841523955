"""How often the bar was shown, counted in memory and added to the database now and then.

A page with the bar is answered without a database, so a write for each would cost more than the page.
What is counted is pages, by day and version; nothing is kept of who saw them, and nothing is logged.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, datetime
from multiprocessing.util import Finalize
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from clevenio.consent import ledger
from clevenio.consent.models import Shown
from clevenio.consent.notices import Wording
from clevenio.database import Database, add_up
from clevenio.i18n import local_day

log = logging.getLogger(__name__)
SECONDS = 15.0
Counts = Mapping[tuple[date, str], int]


def is_for_a_screen(environ: Mapping[str, Any]) -> bool:
    """Whether an answer will be looked at, by what the request says of itself (W3C Fetch Metadata).

    Not what a script, a preloader or a shared cache fetches; what says nothing may be an old browser and
    counts. Nobody is told apart by the name of their program.
    """
    return (
        environ["REQUEST_METHOD"] == "GET"
        and environ.get("HTTP_SEC_FETCH_DEST", "document") == "document"
        and "prefetch" not in environ.get("HTTP_SEC_PURPOSE", "")
    )


class ShownCounter:
    """The counts of one process. Others add theirs to the same rows.

    They are written `SECONDS` after the first that waits, and when the process ends. One that is killed takes
    what it counted since the last time with it.
    """

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: Counter[tuple[date, str]] = Counter()
        self._wordings: dict[str, Wording] = {}
        self._timer: threading.Timer | None = None
        self._at_exit: Finalize | None = None
        self._is_closed = False

    def add(self, shown: Wording) -> None:
        """Count a page that showed this version."""
        key = local_day(self._clock()), shown.id
        with self._lock:
            self._wordings[shown.id] = shown
            self._waiting[key] += 1
            self._wait()

    def _wait(self) -> None:
        if self._timer or self._is_closed:
            return
        self._timer = threading.Timer(SECONDS, self.write)
        self._timer.daemon = True
        self._timer.start()
        # Unlike `atexit` this runs also where the process was made by a server that is a Python program itself.
        self._at_exit = self._at_exit or Finalize(None, self.close, exitpriority=0)

    def write(self) -> None:
        """Add what waits to the database; what it does not take waits on."""
        with self._lock:
            counts, self._waiting, self._timer = self._waiting, Counter(), None
            wordings = dict(self._wordings)
        if not counts:
            return
        try:
            with self._database.session() as session:
                add(session, counts, wordings, self._clock())
                session.commit()
        # Also where all connections are taken, which is no error of the database's.
        except SQLAlchemyError:
            log.warning("%d pages with the bar wait to be counted", counts.total(), exc_info=True)
            with self._lock:
                self._waiting.update(counts)
                self._wait()

    def close(self) -> None:
        """Write what waits, and nothing after that."""
        with self._lock:
            timer, at_exit, self._is_closed = self._timer, self._at_exit, True
        if timer:
            timer.cancel()
        if at_exit:
            at_exit.cancel()
        self.write()


def add(session: Session, counts: Counts, wordings: Mapping[str, Wording], now: datetime) -> None:
    """Add pages by day and version. What was shown is archived, whether or not anybody answers it."""
    ledger.archive(session, {notice: wordings[notice] for _day, notice in counts}, now)
    # In one order everywhere, so that two processes wait for each other and never in a circle.
    rows = [{"day": day, "notice": notice, "pages": pages} for (day, notice), pages in sorted(counts.items())]
    add_up(session, Shown, rows)
