"""Whoever waits for SQLite's writer comes in between two of its transactions, and waits no longer than they may."""

import sqlite3
from contextlib import closing
from threading import Event, Thread
from time import monotonic, sleep

import pytest

from clevenio import turns


@pytest.fixture
def opened(tmp_path):
    """`opened(seconds)`: a connection that waits for so long."""

    def connect(seconds):
        return closing(sqlite3.connect(tmp_path / "made.db", timeout=seconds, isolation_level=None))

    with connect(1) as first:
        first.execute("PRAGMA journal_mode=WAL")
    return connect


def patience(connection):
    return connection.execute("PRAGMA busy_timeout").fetchone()[0]


def test_a_short_moment_between_long_transactions_is_enough(opened):
    is_busy, is_in, held = Event(), Event(), []

    def write_on():
        with opened(5) as busy:
            while not is_in.is_set() and len(held) < 900:
                turns.begin(busy)
                is_busy.set()
                held.append(busy)
                sleep(0.065)
                busy.execute("COMMIT")
                sleep(0.004)

    writer = Thread(target=write_on)
    writer.start()
    try:
        for _ in range(5):
            is_busy.wait(5)
            is_busy.clear()
            with opened(5) as visitor:
                before = len(held)
                turns.begin(visitor)
                assert len(held) - before < 5
                visitor.execute("COMMIT")
    finally:
        is_in.set()
        writer.join()


def test_nobody_waits_longer_than_their_connection_does(opened):
    with opened(5) as busy, opened(0.06) as visitor:
        turns.begin(busy)
        start = monotonic()
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            turns.begin(visitor)
        assert 0.06 <= monotonic() - start < 3
        assert not visitor.in_transaction
        busy.execute("COMMIT")
        turns.begin(visitor)
        assert visitor.in_transaction
        assert patience(visitor) == 60


def test_what_is_not_for_waiting_is_raised_at_once(opened):
    with opened(5) as connection:
        turns.begin(connection)
        with pytest.raises(sqlite3.OperationalError, match="within a transaction"):
            turns.begin(connection)
        assert patience(connection) == 5000
