"""Whether this installation can do its work: the checks behind `/readyz` and `clevenio doctor`."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from weakref import WeakKeyDictionary

from babel.support import LazyProxy
from sqlalchemy import func, select
from sqlalchemy import text as sql
from sqlalchemy.exc import DBAPIError

from clevenio import migrations
from clevenio.database import Database
from clevenio.i18n import format_number
from clevenio.i18n import lazy_gettext as _l
from clevenio.outbox import Mail, MailState
from clevenio.settings import Settings

LEAST_SPACE = 100_000_000
# The worker comes by every minute: a mail that nobody has tried for this long means that none is running.
LATE = timedelta(minutes=15)
# To try a write takes SQLite's one write lock, and anybody may ask `/readyz`: so one try answers for a while.
FRESH_SECONDS = 5.0


class Verdict(StrEnum):
    """How a check came out."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True)
class Finding:
    """One check: what it looked at, how it came out, what was seen and what to do about it.

    `text` is translated each time it is shown, because one look may answer readers of both languages.
    """

    name: str
    verdict: Verdict
    text: str


_tried: WeakKeyDictionary[Database, tuple[float, Finding]] = WeakKeyDictionary()


def readiness(settings: Settings, database: Database, now: datetime) -> list[Finding]:
    """Database, schema, free space and unsent mail; the rest of the database only where it answers."""
    found = [_recently_tried(database), _space(settings.data)]
    if found[0].verdict is Verdict.GOOD:
        found.append(_guarded("schema", lambda: _schema(database)))
        found.append(_guarded("mail", lambda: _mail(database, now)))
    return found


def _recently_tried(database: Database) -> Finding:
    """The newest answer of this process about the database, at most a few seconds old."""
    at, finding = _tried.get(database, (0.0, None))
    if finding is None or time.monotonic() - at > FRESH_SECONDS:
        finding = _guarded("database", lambda: _database(database))
        _tried[database] = (time.monotonic(), finding)
    return finding


def _guarded(name: str, check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except DBAPIError as error:
        reason = str(error.orig).strip().partition("\n")[0]
        return Finding(
            name,
            Verdict.BAD,
            _l("The database does not answer: %(reason)s. See that it runs.", reason=reason),
        )


def _database(database: Database) -> Finding:
    # Connecting to a missing file would make an empty database in its place.
    if database.is_sqlite and not Path(database.url.database or "").is_file():
        return Finding("database", Verdict.BAD, _l("There is no database. `clevenio db upgrade` makes one."))
    with database.session() as session:
        # Written and taken back: a read-only or locked database says so here.
        session.execute(sql("UPDATE alembic_version SET version_num = version_num"))
        session.rollback()
    return Finding("database", Verdict.GOOD, _l("It can be read and written."))


def _schema(database: Database) -> Finding:
    found, newest = migrations.current(database), migrations.newest()
    if found == newest:
        return Finding(
            "schema", Verdict.GOOD, _l("It is at %(newest)s, as this program wants it.", newest=newest)
        )
    return Finding(
        "schema",
        Verdict.BAD,
        _l(
            "It is at %(found)s, this program wants %(newest)s. Run `clevenio db upgrade`.",
            found=found,
            newest=newest,
        ),
    )


def _space(data: Path) -> Finding:
    free = shutil.disk_usage(data if data.exists() else data.parent).free
    shown = _number(free // 1_000_000)
    if free >= LEAST_SPACE:
        return Finding("space", Verdict.GOOD, _l("%(free)s MB are free.", free=shown))
    text = _l("Only %(free)s MB are free in %(data)s. Make room.", free=shown, data=data)
    return Finding("space", Verdict.BAD, text)


def _number(value: int) -> LazyProxy:
    """A number in the form of whoever reads the text that it stands in."""
    return LazyProxy(format_number, value, enable_cache=False)


def _mail(database: Database, now: datetime) -> Finding:
    with database.session(write=False) as session:
        oldest = session.scalar(
            select(func.min(Mail.created_at)).where(Mail.state == MailState.PENDING, Mail.attempts == 0)
        )
    if oldest is None or oldest > now - LATE:
        return Finding("mail", Verdict.GOOD, _l("No mail waits longer than it should."))
    minutes = _number(int((now - oldest) / timedelta(minutes=1)))
    return Finding(
        "mail",
        Verdict.BAD,
        _l(
            "A mail has waited %(minutes)s minutes untried. See that `clevenio worker` runs.", minutes=minutes
        ),
    )
