"""Whose turn it is to write into SQLite, which has one writer.

Its own way of waiting looks each 25 ms, after an eighth of a second each 50 and then each 100, and so misses the few
milliseconds between two transactions of somebody who writes one after the other.
"""

from sqlite3 import SQLITE_BUSY, Connection, OperationalError
from time import monotonic, sleep

# How often somebody looks whether the writer is done: for so long the one, then the other.
OFTEN_SECONDS, EAGER_SECONDS, SELDOM_SECONDS = 0.002, 0.25, 0.01


def begin(driver: Connection) -> None:
    """Begin a transaction that writes, as soon as nobody else has one. Waits no longer than the connection does otherwise.

    Raises `OperationalError` as the driver does.
    """
    [patience] = driver.execute("PRAGMA busy_timeout").fetchone()
    start = monotonic()
    driver.execute("PRAGMA busy_timeout=0")
    try:
        while not _begins(driver, is_last=(waited := monotonic() - start) * 1000 >= patience):
            sleep(OFTEN_SECONDS if waited < EAGER_SECONDS else SELDOM_SECONDS)
    finally:
        # nosemgrep: sql-is-not-built-from-text -- a number that the driver gave, and a PRAGMA takes no parameter
        driver.execute(f"PRAGMA busy_timeout={int(patience)}")


def _begins(driver: Connection, *, is_last: bool) -> bool:
    try:
        driver.execute("BEGIN IMMEDIATE")
    except OperationalError as error:
        if is_last or error.sqlite_errorcode & 0xFF != SQLITE_BUSY:
            raise
        return False
    return True
