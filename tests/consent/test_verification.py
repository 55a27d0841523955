"""`verify` finds whatever somebody with full access to the database did to the ledger."""

import json
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from clevenio.consent import verification
from clevenio.consent.ledger import State
from tests.consent.acts import act, subjects
from tests.support.factories import NOW

KEYS = ["newest-key", "older-key"]
GRANTED = State.GRANTED


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "seals"


@pytest.fixture
def people(database):
    """Five subjects with three decisions each."""
    with database.session() as session:
        made = subjects(session, 5, newsletter=GRANTED, surveys=GRANTED)
        for subject in made:
            act(session, subject, newsletter=State.WITHDRAWN)
        session.commit()
    return made


@pytest.fixture
def tamper(database):
    """Runs a statement as somebody who can switch the triggers off. `:subject` is one of the people."""

    def run(statement, subject=None):
        with database.session() as session:
            for table in ("consent_decisions", "consent_notices"):
                if database.is_sqlite:
                    for verb in ("update", "delete"):
                        session.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{verb}"))
                else:
                    session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
            if database.is_sqlite:
                session.execute(text("PRAGMA defer_foreign_keys = ON"))
            key = None if subject is None else subject.hex if database.is_sqlite else subject
            values = {"subject": key} if ":subject" in statement else {}
            assert session.execute(text(statement), values).rowcount > 0
            session.commit()

    return run


def verify(database, folder, keys=KEYS):
    with database.session(write=False) as session:
        return [(f.kind, f.subject, f.text) for f in verification.verify(session, folder, keys)]


def seal(database, folder, now=NOW, keys=KEYS):
    with database.session() as session:
        made = verification.seal(session, folder, keys, now)
        session.commit()
    return made


def test_an_empty_ledger_is_whole(database, folder):
    assert verify(database, folder) == []
    seal(database, folder)
    assert verify(database, folder) == []


def test_what_was_recorded_is_whole_before_and_after_a_seal(database, folder, people):
    assert verify(database, folder) == []
    made = seal(database, folder)
    assert (made.subjects, made.rows) == (5, 15)
    assert verify(database, folder) == []


def test_decisions_after_a_seal_do_not_break_it(database, folder, people):
    seal(database, folder)
    with database.session() as session:
        act(session, people[0], newsletter=GRANTED)
        subjects(session, 2, newsletter=GRANTED)
        session.commit()
    assert verify(database, folder) == []


@pytest.mark.parametrize(
    "change",
    [
        "state = 'granted'",
        "purpose = 'trials'",
        "basis = 'customer'",
        "channel = 'staff'",
        "language = 'fi'",
        "sequence = 3, at = '2020-01-01T00:00:00.000000+00:00'",
        'evidence = \'{"confirmed_by": "nobody"}\'',
    ],
)
def test_a_changed_row_is_found(database, folder, people, tamper, change):
    victim = people[2]
    tamper(f"UPDATE consent_decisions SET {change} WHERE subject = :subject AND sequence = 3", victim)
    assert ("changed", victim, "decision 3 was changed") in verify(database, folder)


def test_a_missing_middle_row_is_found(database, folder, people, tamper):
    tamper("DELETE FROM consent_decisions WHERE subject = :subject AND sequence = 2", people[1])
    assert ("missing", people[1], "decision 2 is missing") in verify(database, folder)


def test_a_missing_first_row_is_found(database, folder, people, tamper):
    tamper("DELETE FROM consent_decisions WHERE subject = :subject AND sequence = 1", people[1])
    assert ("missing", people[1], "decision 1 is missing") in verify(database, folder)


def test_a_missing_last_row_is_found(database, folder, people, tamper):
    tamper("DELETE FROM consent_decisions WHERE subject = :subject AND sequence = 3", people[1])
    assert ("missing", people[1], "decisions 3 to 3 are missing") in verify(database, folder)


def test_a_missing_last_row_whose_head_was_mended_is_found_by_the_seal(database, folder, people, tamper):
    victim = people[1]
    seal(database, folder)
    tamper("DELETE FROM consent_decisions WHERE subject = :subject AND sequence = 3", victim)
    tamper(
        "UPDATE consent_heads SET sequence = 2, hash = (SELECT hash FROM consent_decisions d "
        "WHERE d.subject = consent_heads.subject AND d.sequence = 2) WHERE subject = :subject",
        victim,
    )
    tamper(
        "UPDATE consent_standing SET state = 'granted', sequence = 1 "
        "WHERE subject = :subject AND purpose = 'newsletter'",
        victim,
    )
    (finding,) = verify(database, folder)
    assert finding[0] == "seal"
    assert finding[2].endswith(f"their identifiers begin with {victim.hex[:2]}")


def test_a_subject_without_any_row_left_is_found(database, folder, people, tamper):
    tamper("DELETE FROM consent_decisions WHERE subject = :subject", people[0])
    assert ("missing", people[0], "decisions 1 to 3 are missing") in verify(database, folder)


def test_a_subject_removed_everywhere_is_found_by_the_seal(database, folder, people, tamper):
    seal(database, folder)
    for table in ("consent_decisions", "consent_heads", "consent_standing"):
        tamper(f"DELETE FROM {table} WHERE subject = :subject", people[4])
    (finding,) = verify(database, folder)
    assert finding[:2] == ("seal", None)
    assert finding[2].startswith("1 subjects are missing since the seal of 2026-06-01")
    assert finding[2].endswith(people[4].hex[:2])


def test_a_subject_slipped_in_below_the_seal_is_found(database, folder, people, tamper):
    seal(database, folder)
    stranger = UUID(int=7).hex if database.is_sqlite else str(UUID(int=7))
    tamper(
        "INSERT INTO consent_decisions (id, subject, sequence, at, purpose, state, basis, channel, notice, "
        f"language, evidence, hash) SELECT -1, '{stranger}', 1, at, purpose, state, basis, channel, notice, "
        "language, evidence, hash FROM consent_decisions WHERE subject = :subject AND sequence = 1",
        people[0],
    )
    kinds = {finding[0] for finding in verify(database, folder)}
    assert {"changed", "head", "seal"} <= kinds


def test_a_chain_without_its_head_is_found(database, folder, people, tamper):
    tamper("DELETE FROM consent_heads WHERE subject = :subject", people[3])
    assert ("head", people[3], "the chain does not end where its head says") in verify(database, folder)


def test_a_changed_notice_is_found(database, folder, people, tamper):
    tamper("UPDATE consent_notices SET language = 'fi'")
    assert [f[0] for f in verify(database, folder)] == ["notice"]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE consent_standing SET state = 'granted' WHERE subject = :subject AND purpose = 'newsletter'",
        "UPDATE consent_standing SET basis = 'role' WHERE subject = :subject AND purpose = 'newsletter'",
        "DELETE FROM consent_standing WHERE subject = :subject AND purpose = 'newsletter'",
        "UPDATE consent_standing SET purpose = 'trials' WHERE subject = :subject AND purpose = 'newsletter'",
    ],
)
def test_a_changed_standing_is_found(database, folder, people, tamper, change):
    tamper(change, people[0])
    expected = "the standing for newsletter does not follow from the decisions"
    assert ("standing", people[0], expected) in verify(database, folder)


def test_a_changed_seal_is_found(database, folder, people):
    seal(database, folder)
    path = folder / "consent.jsonl"
    line = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**line, "rows": 14}) + "\n", "utf-8")
    assert verify(database, folder) == [("seal", None, f"the seal of {NOW.isoformat()} was changed")]


def test_a_seal_missing_from_the_file_is_found(database, folder, people):
    seal(database, folder)
    (folder / "consent.jsonl").unlink()
    assert verify(database, folder) == [("seal", None, "1 seals are missing from consent.jsonl")]


def test_a_seal_missing_from_the_database_is_found(database, folder, people, tamper):
    seal(database, folder)
    tamper("DELETE FROM consent_seals")
    assert verify(database, folder) == [("seal", None, "1 seals are missing from the database")]


def test_a_seal_made_with_an_older_key_still_counts(database, folder, people):
    seal(database, folder, keys=KEYS[1:])
    assert verify(database, folder) == []
    assert verify(database, folder, keys=["another-key"]) != []


def test_a_day_is_sealed_once(database, folder, people):
    def look(now):
        return verification.seal_daily(database, folder, KEYS, now)

    assert [look(NOW), look(NOW + timedelta(hours=3))] == [True, False]
    assert look(NOW + timedelta(days=1)) is True
    assert len((folder / "consent.jsonl").read_text("utf-8").splitlines()) == 2
    assert verify(database, folder) == []
