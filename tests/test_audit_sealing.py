"""The trail's seals find what its chain cannot, and the checks say what was found."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from clevenio import audit, audit_sealing, chain, seals
from clevenio.audit import AuditEntry, AuditHead
from clevenio.audit_sealing import AuditCheck
from tests.support.factories import NOW

KEYS = ["newest-key", "older-key"]
TOMORROW = NOW + timedelta(days=1)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "seals"


@pytest.fixture(autouse=True)
def trail(database):
    """Five entries."""
    write(database, 5)


def write(database, count=1):
    with database.session() as session:
        for number in range(count):
            audit.record(session, actor="staff:1", action="made.up", now=NOW, details={"number": number})
        session.commit()


def findings(database, folder, keys=KEYS):
    with database.session(write=False) as session:
        return [finding.text for finding in audit_sealing.verify(session, folder, keys)]


def seal(database, folder, now=NOW):
    return audit_sealing.seal(database, folder, KEYS, now)


@pytest.fixture
def tamper(database):
    """Runs statements, or a function over the session, as somebody who can switch the triggers off."""

    def run(*acts):
        with database.session() as session:
            for table in ("audit_entries", "audit_seals"):
                if database.is_sqlite:
                    for verb in ("update", "delete", "replace"):
                        session.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{verb}"))
                else:
                    session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
            for act in acts:
                if callable(act):
                    act(session)
                else:
                    assert session.execute(text(act)).rowcount > 0
            session.commit()

    return run


def mend_head(session):
    """Let the head say what a shortened or rewritten trail needs."""
    last = session.scalars(select(AuditEntry).order_by(AuditEntry.sequence.desc()).limit(1)).one()
    head = session.get(AuditHead, audit.TRAIL, populate_existing=True)
    head.sequence, head.hash = last.sequence, last.hash


def write_anew(session):
    """The whole chain again, with another actor, so that every link fits."""
    previous = chain.START
    for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.sequence)):
        entry.actor = "staff:2"
        entry.hash = previous = chain.link(previous, entry.fields())
    session.flush()
    mend_head(session)


def test_a_trail_is_whole_before_and_after_a_seal_and_when_it_goes_on(database, folder):
    assert findings(database, folder) == []
    assert seal(database, folder) == 5
    assert findings(database, folder) == []
    write(database)
    assert findings(database, folder) == []
    assert seal(database, folder, TOMORROW) == 6
    assert findings(database, folder) == []


def test_entries_that_changed_places_are_found(database, folder, tamper):
    tamper(
        "UPDATE audit_entries SET sequence = 99 WHERE sequence = 2",
        "UPDATE audit_entries SET sequence = 2 WHERE sequence = 3",
        "UPDATE audit_entries SET sequence = 3 WHERE sequence = 99",
    )
    found = findings(database, folder)
    assert "entry 2 was changed" in found
    assert "entry 3 was changed" in found


def test_a_tail_cut_off_together_with_its_head_is_found_by_the_seal(database, folder, tamper):
    seal(database, folder)
    tamper("DELETE FROM audit_entries WHERE sequence > 3", mend_head)
    with database.session(write=False) as session:
        assert list(audit.verify(session)) == []
    assert findings(database, folder) == [
        f"entry 5 is missing, with which the trail ended at {NOW.isoformat()}"
    ]


def test_a_chain_written_anew_is_found_by_the_seal(database, folder, tamper):
    seal(database, folder)
    tamper(write_anew)
    with database.session(write=False) as session:
        assert list(audit.verify(session)) == []
    assert findings(database, folder) == [
        f"entry 5 is not the one with which the trail ended at {NOW.isoformat()}"
    ]


def test_removing_the_seal_as_well_is_found_by_its_copy_outside(database, folder, tamper):
    seal(database, folder)
    tamper("DELETE FROM audit_entries WHERE sequence > 3", "DELETE FROM audit_seals", mend_head)
    found = findings(database, folder)
    assert "1 seals are missing from the database" in found
    assert any(words.startswith("entry 5 is missing") for words in found)


def test_a_seal_that_is_gone_from_the_middle_is_found(database, folder, tamper):
    for days in range(3):
        write(database)
        seal(database, folder, NOW + timedelta(days=days))
    lines = (folder / audit_sealing.FILE).read_bytes().splitlines(keepends=True)
    (folder / audit_sealing.FILE).write_bytes(lines[0] + lines[2])
    tamper("DELETE FROM audit_seals WHERE id = (SELECT max(id) - 1 FROM audit_seals)")
    assert findings(database, folder) == [
        f"the seal before that of {(NOW + timedelta(days=2)).isoformat()} is missing"
    ]


def test_a_changed_seal_is_found(database, folder):
    seal(database, folder)
    path = folder / audit_sealing.FILE
    path.write_text(json.dumps({**json.loads(path.read_text()), "sequence": 3}) + "\n")
    assert f"the seal of {NOW.isoformat()} was changed" in findings(database, folder)


def test_a_seal_of_another_purpose_counts_for_nothing(database, folder):
    other = seals.sign({"at": "now", "sequence": 5, "hash": "x", "previous": ""}, KEYS[0])
    folder.mkdir()
    (folder / audit_sealing.FILE).write_bytes(other.line)
    assert "the seal of now was changed" in findings(database, folder)


def test_a_seal_stands_after_the_key_was_changed_and_falls_with_it(database, folder):
    seal(database, folder)
    assert findings(database, folder, ["even-newer", *KEYS]) == []
    assert "no longer in the ring" in findings(database, folder, ["even-newer"])[0]


@pytest.mark.parametrize("statement", ["UPDATE audit_seals SET signature = 'x'", "DELETE FROM audit_seals"])
def test_seals_can_be_neither_changed_nor_removed(database, folder, statement):
    seal(database, folder)
    with pytest.raises(DBAPIError, match="append-only"), database.engine.begin() as connection:
        connection.execute(text(statement))


def test_a_day_is_sealed_once_and_a_lost_line_comes_back(database, folder):
    def look(now):
        return audit_sealing.seal_daily(database, folder, KEYS, now)

    assert [look(NOW), look(NOW + timedelta(hours=3)), look(TOMORROW)] == [True, False, True]
    path = folder / audit_sealing.FILE
    whole = path.read_bytes()
    path.write_bytes(whole[:-30])
    assert look(TOMORROW) is False
    assert path.read_bytes() == whole


class TestChecks:
    @pytest.fixture
    def look(self, database, folder):
        return lambda now=NOW: audit_sealing.check(database, folder, KEYS, now)

    @pytest.fixture
    def last(self, database):
        def find():
            with database.session(write=False) as session:
                return audit_sealing.last_check(session)

        return find

    def test_the_trail_is_checked_once_a_day(self, look, last):
        times = [NOW, NOW + timedelta(hours=23), NOW + timedelta(days=1, minutes=1)]
        assert [look(now) for now in times] == [True, False, True]
        found = last()
        assert (found.sequence, found.findings, found.done_at, found.asked_by) == (5, [], times[-1], "system")

    def test_it_is_checked_at_once_where_somebody_asks(self, database, look, last):
        look()
        with database.session() as session:
            audit_sealing.ask(session, "staff:7", NOW)
            session.commit()
            assert audit_sealing.waiting_check(session) is not None
        later = NOW + timedelta(minutes=1)
        assert look(later) is True
        assert (last().sequence, last().asked_by, last().done_at) == (6, "staff:7", later)
        with database.session(write=False) as session:
            assert audit_sealing.waiting_check(session) is None
            assert len(session.scalars(select(AuditCheck)).all()) == 2

    def test_what_it_finds_is_kept(self, database, look, last, tamper):
        tamper("UPDATE audit_entries SET actor = 'x' WHERE sequence = 2")
        look()
        assert last().findings == ["entry 2 was changed"]
