"""Sealing keeps nobody waiting, and the file outside follows the database whatever breaks."""

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from clevenio.consent import sealing, seals, verification
from clevenio.consent.ledger import State
from clevenio.errors import Unavailable
from tests.consent.acts import act, subjects
from tests.support.factories import NOW

KEYS = ["newest-key"]
GRANTED = State.GRANTED
TOMORROW = NOW + timedelta(days=1)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "seals"


@pytest.fixture(autouse=True)
def people(database):
    with database.session() as session:
        made = subjects(session, 3, newsletter=GRANTED)
        session.commit()
    return made


def decide(database):
    with database.session() as session:
        act(session, uuid4(), newsletter=GRANTED)
        session.commit()


def findings(database, folder):
    with database.session(write=False) as session:
        return [finding.text for finding in verification.verify(session, folder, KEYS)]


def lines(folder):
    return (folder / seals.FILE).read_bytes().splitlines(keepends=True)


def test_a_day_is_sealed_once(database, folder):
    def look(now):
        return sealing.seal_daily(database, folder, KEYS, now)

    assert [look(NOW), look(NOW + timedelta(hours=3)), look(TOMORROW)] == [True, False, True]
    assert len(lines(folder)) == 2
    assert findings(database, folder) == []


def test_people_decide_while_the_rows_are_read(database, folder, monkeypatch):
    reading = seals.links

    def slowly(*arguments):
        for link in reading(*arguments):
            decide(database)
            yield link

    monkeypatch.setattr(seals, "links", slowly)
    assert sealing.seal(database, folder, KEYS, NOW).rows == 3
    monkeypatch.undo()
    assert sealing.seal(database, folder, KEYS, TOMORROW).rows == 3
    assert findings(database, folder) == []


@pytest.mark.parametrize("backend", ["postgresql"])
def test_a_row_in_flight_is_waited_for_and_nobody_waits_behind(database, folder):
    with database.session() as session, ThreadPoolExecutor(1) as pool:
        act(session, uuid4(), newsletter=GRANTED)
        decide(database)
        sealed = pool.submit(sealing.seal, database, folder, KEYS, NOW)
        with pytest.raises(TimeoutError):
            sealed.result(timeout=0.5)
        with database.session() as other:
            other.execute(text("SET LOCAL lock_timeout = '1s'"))
            act(other, uuid4(), newsletter=GRANTED)
            other.commit()
        session.commit()
        assert sealed.result(timeout=10).rows == 5
    assert sealing.seal(database, folder, KEYS, TOMORROW).rows == 1
    assert findings(database, folder) == []


@pytest.mark.parametrize("backend", ["postgresql"])
def test_a_transaction_that_does_not_end_puts_the_seal_off(database, folder, monkeypatch):
    monkeypatch.setattr(sealing, "PATIENCE", 0.1)
    with database.session() as session:
        act(session, uuid4(), newsletter=GRANTED)
        with pytest.raises(Unavailable, match="one long transaction"):
            sealing.seal(database, folder, KEYS, NOW)
        assert sealing.seal_daily(database, folder, KEYS, NOW) is False
    assert sealing.seal_daily(database, folder, KEYS, NOW) is True


def test_of_two_that_seal_at_once_one_gives_way(database, folder, monkeypatch):
    reading = seals.links

    def overtaken(*arguments):
        monkeypatch.undo()
        sealing.seal(database, folder, KEYS, NOW)
        yield from reading(*arguments)

    monkeypatch.setattr(seals, "links", overtaken)
    with pytest.raises(Unavailable, match="Another process"):
        sealing.seal(database, folder, KEYS, NOW)
    assert len(lines(folder)) == 1
    assert findings(database, folder) == []


def test_a_seal_that_the_database_did_not_take_is_not_in_the_file(database, folder):
    if database.is_sqlite:
        trigger = "CREATE TRIGGER refuse BEFORE INSERT ON consent_seals BEGIN SELECT RAISE(ABORT, 'no'); END"
    else:
        trigger = "ALTER TABLE consent_seals ADD CONSTRAINT refuse CHECK (id < 0)"
    with database.engine.begin() as connection:
        connection.execute(text(trigger))
    with pytest.raises(DBAPIError):
        sealing.seal(database, folder, KEYS, NOW)
    assert not folder.exists()
    assert findings(database, folder) == []


@pytest.mark.parametrize("left", [0, 1, 40, -1], ids=["nothing", "a byte", "a part", "all but the end"])
def test_what_a_crash_tore_is_written_whole_an_hour_later(database, folder, left):
    sealing.seal(database, folder, KEYS, NOW)
    sealing.seal(database, folder, KEYS, TOMORROW)
    first, second = lines(folder)
    (folder / seals.FILE).write_bytes(first + second[:left])
    assert sealing.seal_daily(database, folder, KEYS, TOMORROW) is False
    assert lines(folder) == [first, second]
    assert findings(database, folder) == []


def test_nothing_of_others_is_overwritten_in_the_file(database, folder):
    sealing.seal(database, folder, KEYS, NOW)
    (first,) = lines(folder)
    (folder / seals.FILE).write_bytes(first + b"a stranger's line")
    sealing.seal(database, folder, KEYS, TOMORROW)
    assert lines(folder)[:2] == [first, b"a stranger's line\n"]
    assert findings(database, folder) == ["line 2 of consent.jsonl cannot be read"]


def test_the_file_is_on_the_disk_before_the_seal_counts_as_kept(database, folder, monkeypatch):
    synced = []
    syncing = os.fsync

    def sync(handle):
        synced.append(os.fstat(handle).st_ino)
        syncing(handle)

    monkeypatch.setattr(os, "fsync", sync)
    sealing.seal(database, folder, KEYS, NOW)
    assert synced == [(folder / seals.FILE).stat().st_ino, folder.stat().st_ino]
