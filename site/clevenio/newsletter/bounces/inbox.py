"""Reads a Maildir of reports: each is committed before it goes, so that a crash at any moment loses none.

Read twice, a report does nothing more.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.exc import DataError

from clevenio.database import Database
from clevenio.errors import BadInput
from clevenio.newsletter.bounces import operations, reports
from clevenio.newsletter.bounces.maildir import Maildir, start_of
from clevenio.newsletter.bounces.models import Source
from clevenio.newsletter.bounces.operations import Outcome
from clevenio.settings import Settings

log = logging.getLogger(__name__)
NO_MESSAGE = "It names no message that was sent from here."
NO_VALUE = "It cannot be read: the database does not take what it holds."
# Whoever looks after mail has so long to look at what was set aside: there are addresses in it.
KEPT = timedelta(days=30)
# Nobody writes one mail for so long: the Maildir's own rule.
UNFINISHED = timedelta(hours=36)


@dataclass(frozen=True)
class Read:
    """What became of one mail. `fault` says why it was set aside; empty where it was not."""

    name: str
    outcome: Outcome | None
    fault: str = ""


def spool(settings: Settings) -> Maildir:
    """Where a mail from standard input waits until it has been read."""
    return Maildir.made(settings.data / "bounces")


def read(
    settings: Settings, database: Database, maildir: Maildir, clock: Callable[[], datetime]
) -> Iterator[Read]:
    """Read every mail that waits, one transaction each.

    A mail whose content no database takes is set aside. Raises `DBAPIError` where the database does not answer: that
    mail and those after it stay where they are.
    """
    for path in maildir.waiting():
        try:
            found = _read(settings, database, path, clock())
        except FileNotFoundError:
            # Another reader was faster.
            continue
        except OSError as error:
            found = Read(_named(path), None, f"It cannot be read: {error.strerror}.")
        except DataError:
            found = Read(_named(path), None, NO_VALUE)
        if found.fault:
            maildir.set_aside(path)
        else:
            path.unlink(missing_ok=True)
        yield found


def _named(path: Path) -> str:
    """A file's name as text: others gave it, in whatever bytes."""
    return path.name.encode("utf-8", "replace").decode("utf-8")


def _read(settings: Settings, database: Database, path: Path, now: datetime) -> Read:
    try:
        report = reports.read(start_of(path, reports.LARGEST))
    except BadInput as problem:
        return Read(_named(path), None, str(problem))
    with database.session() as session:
        outcome = operations.note(session, settings, report, Source.REPORT, now)
        session.commit()
    return Read(_named(path), outcome, NO_MESSAGE if outcome is Outcome.UNKNOWN else "")


def forget(maildir: Maildir, now: datetime) -> None:
    """Let go of what was set aside long ago, and of what was never finished."""
    maildir.forget_aside((now - KEPT).timestamp())
    maildir.forget_unfinished((now - UNFINISHED).timestamp())


def go_on(settings: Settings, database: Database, clock: Callable[[], datetime]) -> None:
    """A tick: read what a crash left in the spool, and let go of what was set aside long ago."""
    with suppress(FileNotFoundError):
        waiting = spool(settings)
        for each in read(settings, database, waiting, clock):
            if each.fault:
                log.warning("a report was set aside: %s", each.fault)
        forget(waiting, clock())
