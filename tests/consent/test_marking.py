"""Marks find what was cut off the ledger together with its heads before any seal; nobody waits for them."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from clevenio import marks
from clevenio.consent import marking, sealing, verification
from clevenio.consent.ledger import State
from clevenio.consent.models import Decision
from tests.consent.acts import act
from tests.consent.test_sealing import folder, people
from tests.support.factories import NOW

__all__ = ["folder", "people"]
KEYS = ["a-key"]
GRANTED = State.GRANTED
SOON = NOW + timedelta(minutes=1)


def decide(database):
    subject = uuid4()
    with database.session() as session:
        act(session, subject, newsletter=GRANTED)
        session.commit()
    return subject


def mark(database, folder, now=NOW):
    return sealing.mark(database, folder, KEYS, now)


def findings(database, folder):
    with database.session(write=False) as session:
        return [finding.text for finding in verification.verify(session, folder, KEYS)]


def reach(database, folder):
    with database.session(write=False) as session:
        found = marking.reach(session, folder, KEYS)
        return found.sealed, found.marked, found.newest


def test_rows_are_marked_once(database, folder):
    assert [mark(database, folder), mark(database, folder)] == [True, False]
    decide(database)
    assert mark(database, folder, SOON) is True
    (first, second) = marks.sound(folder / marking.FILE, KEYS, marking.PURPOSE)
    assert (first["rows"], second["rows"], second["since"]) == (3, 1, first["position"])
    assert findings(database, folder) == []


def test_the_reach_says_what_is_sealed_and_what_is_marked(database, folder):
    newest = reach(database, folder)[2]
    assert reach(database, folder) == (0, 0, newest)
    mark(database, folder)
    assert reach(database, folder) == (0, newest, newest)
    sealing.seal(database, folder, KEYS, NOW)
    decide(database)
    assert reach(database, folder) == (newest, newest, newest + 1)


def test_a_subject_cut_off_with_head_and_standing_before_any_seal_is_found(database, folder, tamper):
    gone = decide(database)
    mark(database, folder)
    for table in ("consent_standing", "consent_heads", "consent_decisions"):
        tamper(f"DELETE FROM {table} WHERE subject = :subject", gone)
    (found,) = findings(database, folder)
    assert found.startswith(f"1 decisions under the mark of {NOW.isoformat()} are missing")
    assert gone.hex[:2] in found


def test_a_seal_takes_the_place_of_the_marks_it_agrees_with_and_hides_nothing(
    database, folder, tamper, people
):
    mark(database, folder)
    gone = decide(database)
    mark(database, folder, SOON)
    for table in ("consent_standing", "consent_heads", "consent_decisions"):
        tamper(f"DELETE FROM {table} WHERE subject = :subject", gone)
    sealing.seal(database, folder, KEYS, SOON)
    (left,) = marks.sound(folder / marking.FILE, KEYS, marking.PURPOSE)
    assert left["at"] == SOON.isoformat()
    assert len(findings(database, folder)) == 1


def test_a_row_made_while_the_ledger_is_read_is_no_fault(database, folder):
    with database.session(write=False) as session:
        session.scalar(select(func.count()).select_from(Decision))
        decide(database)
        mark(database, folder)
        assert list(marking.faults(session, folder, KEYS)) == []


@pytest.mark.parametrize("backend", ["postgresql"])
def test_a_row_in_flight_puts_the_mark_off_instead_of_slipping_under_it(database, folder):
    with database.session() as session:
        act(session, uuid4(), newsletter=GRANTED)
        decide(database)
        assert mark(database, folder) is False
        session.commit()
    assert mark(database, folder, SOON) is True
    assert findings(database, folder) == []


def test_deciding_makes_no_mark_by_itself(database, folder):
    decide(database)
    assert not folder.exists()


def test_a_mark_by_another_key_counts_for_nothing(database, folder):
    sealing.mark(database, folder, ["other"], NOW)
    assert reach(database, folder)[1] == 0
    assert findings(database, folder) == ["line 1 of consent-marks.jsonl was changed"]
