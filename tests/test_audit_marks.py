"""Each commit with entries leaves a mark outside the database, which finds what chain and head cannot."""

import shutil
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from clevenio import audit, audit_marks, audit_sealing, marks, seals
from clevenio.audit import AuditEntry
from tests.support.factories import NOW
from tests.test_audit_sealing import mend_head, tamper, write_anew

__all__ = ["tamper"]
KEYS = ["a-key"]
TOMORROW = NOW + timedelta(days=1)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "seals"


@pytest.fixture(autouse=True)
def trail(database, folder):
    """Five entries, each committed by itself, with whoever marks them listening."""
    database.follow(audit.FOLLOWED_AS, lambda: audit_marks.mark(database, folder, KEYS, NOW))
    write(database, 5)


def write(database, count=1):
    for number in range(count):
        with database.session() as session:
            audit.record(session, actor="staff:1", action="made.up", now=NOW, details={"number": number})
            session.commit()


def findings(database, folder):
    with database.session(write=False) as session:
        return [finding.text for finding in audit_sealing.verify(session, folder, KEYS)]


def marked(folder):
    return [each["sequence"] for each in marks.sound(folder / audit_marks.FILE, KEYS, audit_marks.PURPOSE)]


def reach(database, folder, now=NOW):
    with database.session(write=False) as session:
        return audit_sealing.reach(session, folder, KEYS, now)


def cut(sequence):
    return f"DELETE FROM audit_entries WHERE sequence > {sequence}"


def test_every_commit_with_entries_is_marked(database, folder):
    assert marked(folder) == [1, 2, 3, 4, 5]
    assert findings(database, folder) == []


def test_a_tail_cut_off_before_any_seal_is_found(database, folder, tamper):
    tamper(cut(3))
    assert "entries are missing: the marks know entry 4 and all up to 5" in findings(database, folder)


def test_a_tail_cut_off_together_with_its_head_is_found(database, folder, tamper):
    tamper(cut(3), mend_head)
    with database.session(write=False) as session:
        assert list(audit.verify(session)) == []
    assert findings(database, folder) == ["entries are missing: the marks know entry 4 and all up to 5"]


def test_a_trail_that_grew_again_after_a_cut_is_found(database, folder, tamper):
    tamper(cut(3), mend_head)
    write(database, 4)
    with database.session(write=False) as session:
        assert list(audit.verify(session)) == []
    assert findings(database, folder) == [
        f"entry 4 is not the one with which the trail ended at {NOW.isoformat()}"
    ]


def test_entries_that_changed_places_in_a_chain_that_fits_are_found(database, folder, tamper):
    tamper(
        "UPDATE audit_entries SET sequence = 99 WHERE sequence = 2",
        "UPDATE audit_entries SET sequence = 2 WHERE sequence = 3",
        "UPDATE audit_entries SET sequence = 3 WHERE sequence = 99",
        lambda session: session.expire_all(),
        write_anew,
    )
    with database.session(write=False) as session:
        assert list(audit.verify(session)) == []
    assert findings(database, folder) == [
        f"entry 1 is not the one with which the trail ended at {NOW.isoformat()}"
    ]


def test_a_seal_after_a_cut_hides_nothing(database, folder, tamper):
    tamper(cut(3), mend_head)
    audit_sealing.seal(database, folder, KEYS, TOMORROW)
    assert findings(database, folder) == ["entries are missing: the marks know entry 4 and all up to 5"]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_older_copy_of_the_database_is_found(database, folder, tmp_path):
    database.settle()
    shutil.copy(database.url.database, tmp_path / "backup.db")
    write(database, 2)
    database.settle()
    database.close()
    shutil.copy(tmp_path / "backup.db", database.url.database)
    assert findings(database, folder) == ["entries are missing: the marks know entry 6 and all up to 7"]


def test_whoever_puts_back_the_marks_too_is_found_by_an_entry_seen_elsewhere(database, folder, tamper):
    with database.session(write=False) as session:
        seen = dict(session.execute(select(AuditEntry.sequence, AuditEntry.hash)).all())
    tamper(cut(3), mend_head)
    (folder / audit_marks.FILE).unlink()
    write(database)
    assert findings(database, folder) == []
    with database.session(write=False) as session:
        found = [each.text for each in audit_sealing.not_as_seen(session, seen)]
    assert found == [
        "entry 4 is not the one that was seen elsewhere",
        "entry 5 is missing, which was seen elsewhere",
    ]


def test_a_mark_cannot_be_made_without_the_key_and_its_line_is_named(database, folder, tamper):
    marks.add(
        folder / audit_marks.FILE, {"at": "now", "sequence": 3, "hash": "x"}, "other", audit_marks.PURPOSE
    )
    assert findings(database, folder) == ["line 6 of audit-marks.jsonl was changed"]


def test_a_seal_takes_the_place_of_the_marks_before_it(database, folder):
    audit_sealing.seal(database, folder, KEYS, NOW)
    assert marked(folder) == []
    write(database)
    assert marked(folder) == [6]
    assert findings(database, folder) == []


def test_what_was_taken_back_leaves_no_mark(database, folder):
    with database.session() as session:
        audit.record(session, actor="staff:1", action="made.up", now=NOW)
        session.rollback()
        session.execute(text("UPDATE audit_heads SET sequence = sequence"))
        session.commit()
    assert set(marked(folder)) == {1, 2, 3, 4, 5}
    assert findings(database, folder) == []


def test_entries_of_a_savepoint_are_marked_when_all_of_it_is_there(database, folder):
    with database.session() as session:
        with session.begin_nested():
            audit.record(session, actor="staff:1", action="made.up", now=NOW)
        assert marked(folder) == [1, 2, 3, 4, 5]
        session.commit()
    assert marked(folder) == [1, 2, 3, 4, 5, 6]


def test_where_no_mark_can_be_made_the_entry_stands_and_the_reach_says_so(database, folder, other_session):
    (folder / audit_marks.FILE).rename(folder / "away")
    (folder / audit_marks.FILE).mkdir()
    write(database)
    (folder / audit_marks.FILE).rmdir()
    (folder / "away").rename(folder / audit_marks.FILE)
    with other_session() as session:
        assert session.get(audit.AuditHead, audit.TRAIL).sequence == 6
    assert (reach(database, folder).marked, reach(database, folder).unmarked_from) == (5, 6)


def test_an_entry_stands_although_no_connection_is_left_to_mark_it(database, folder, monkeypatch):
    pool = database.engine.pool
    monkeypatch.setattr(pool, "_timeout", 0.05)
    # All but the one that the entry itself is written over.
    held = [database.engine.raw_connection() for _ in range(pool.size() + pool._max_overflow - 1)]
    write(database)
    for connection in held:
        connection.close()
    with database.session(write=False) as session:
        assert session.get(audit.AuditHead, audit.TRAIL).sequence == 6
    assert reach(database, folder).unmarked_from == 6


def test_the_reach_reads_the_end_of_the_marks_alone(database, folder, monkeypatch):
    line = (folder / audit_marks.FILE).read_bytes().splitlines(keepends=True)[0]
    (folder / audit_marks.FILE).write_bytes(line * 3000 + (folder / audit_marks.FILE).read_bytes())
    looked, fault = [], seals.fault
    monkeypatch.setattr(seals, "fault", lambda *given: looked.append(1) or fault(*given))
    assert reach(database, folder).marked == 5
    assert 0 < len(looked) < 50


def test_the_reach_says_what_is_sealed_what_is_marked_and_when_the_next_seal_comes(database, folder):
    found = reach(database, folder)
    assert (found.entries, found.sealed, found.marked) == (5, 0, 5)
    assert (found.unsealed_from, found.unmarked_from, found.is_due) == (1, None, True)
    audit_sealing.seal(database, folder, KEYS, NOW)
    write(database)
    found = reach(database, folder, NOW + timedelta(minutes=1))
    assert (found.entries, found.sealed, found.unsealed_from, found.is_due) == (6, 5, 6, False)
    assert found.next_seal == TOMORROW.replace(hour=0, minute=0)
    assert reach(database, folder, TOMORROW).is_due
    assert reach(database, folder, TOMORROW).next_seal == TOMORROW


def test_a_mark_made_while_the_trail_is_read_is_no_fault(database, folder):
    with database.session(write=False) as session:
        session.scalar(select(AuditEntry.hash).limit(1))
        write(database)
        assert list(audit_marks.faults(session, folder, KEYS)) == []
