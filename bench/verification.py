"""What it takes to check the whole ledger: decisions a second, against plain hashing, in flat memory."""

import hashlib
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from bench import site
from bench.databases import each_database
from bench.measure import Figure, in_turns, peak_megabytes, seconds
from clevenio.consent import ledger, sealing, verification
from clevenio.consent.links import along_chains
from clevenio.consent.notices import choices_notice
from clevenio.database import Database
from clevenio.settings import Settings

ROUNDS = 3
NOW = datetime(2026, 6, 1, 7, 30, tzinfo=UTC)
BATCH = 1_000
CHOSEN = {
    "preferences": ledger.State.GRANTED,
    "analytics": ledger.State.GRANTED,
    "marketing": ledger.State.REFUSED,
}
WITHDRAWN = dict.fromkeys(CHOSEN, ledger.State.WITHDRAWN)


def run(size: int) -> Iterator[Figure]:
    """Sealed decisions of browsers, one in eleven withdrawn: chains, heads, standing, wordings and seals."""
    for name, url in each_database():
        with site.settings(url) as settings:
            database = Database(settings.database_url)
            yield from _figures(name, database, settings, size)
            database.close()


def _figures(name: str, database: Database, settings: Settings, size: int) -> Iterator[Figure]:
    def work() -> None:
        _verify(database, settings)

    few = _fill(database, settings, 0, size // 10)
    small = peak_megabytes(work)
    rows = _fill(database, settings, few, size)
    peak = peak_megabytes(work)
    rate, hashing = in_turns(lambda: rows / seconds(work), lambda: rows / _hashing(database), ROUNDS)
    yield Figure("verify", rows, name, rate, "decisions/s", None, None, ">=100000")
    yield Figure("verify.hashing", rows, name, rate, "decisions/s", "hashlib alone", hashing, ">=0.05")
    yield Figure("verify.memory", rows, name, peak, "MB", f"MB at {few:,}", small, "<=1.2")


def _fill(database: Database, settings: Settings, rows: int, count: int) -> int:
    """Bring the ledger to at least so many decisions, and seal it; returns how many there are."""
    notice = choices_notice("en")
    while rows < count:
        browsers = [uuid.uuid4() for _ in range(BATCH)]
        acts = [ledger.Act(subject, CHOSEN, notice, "en", is_new=True) for subject in browsers]
        later = [ledger.Act(subject, WITHDRAWN, notice, "en") for subject in browsers[:: BATCH // 100]]
        with database.session() as session:
            now = NOW + timedelta(seconds=rows)
            for some in (acts, later):
                rows += len(ledger.record_all(session, some, channel=ledger.Channel.BANNER, now=now))
            session.commit()
    sealing.seal(database, settings.data / "seals", [settings.suppression_key], NOW)
    return rows


def _verify(database: Database, settings: Settings) -> None:
    with database.session(write=False) as session:
        found = list(verification.verify(session, settings.data / "seals", [settings.suppression_key]))
    if found:
        raise RuntimeError(f"the ledger is not whole: {found[0].text}")


def _hashing(database: Database) -> float:
    """Seconds of SHA-256 alone over the bytes that the links cover."""
    with database.session(write=False) as session:
        covered = [f"{link[3]}\n{link[2]}".encode() for link in along_chains(session)]
    return seconds(lambda: [hashlib.sha256(text).hexdigest() for text in covered])
