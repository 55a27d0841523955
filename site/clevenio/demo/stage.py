"""Where the demonstration plays: its database, its settings, its days, and the work of the worker."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from clevenio.database import Database
from clevenio.settings import Settings

ACTOR = "command"


@dataclass(frozen=True)
class Stage:
    """What each act works with. `run` does what the worker does, by a tick's name, as if it were that moment."""

    database: Database
    settings: Settings
    now: datetime
    run: Callable[[str, datetime], None]

    def ago(self, days: int, hours: int = 0) -> datetime:
        """A moment before now: acts happen on days of their own, so that lists have something to sort."""
        return self.now - timedelta(days=days, hours=hours)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction, committed at its end."""
        with self.database.session() as session:
            yield session
            session.commit()
