"""`verify` finds whatever somebody with full access to the database did to the ledger."""

import json
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text

from clevenio import bulk
from clevenio.consent import sealing, verification
from clevenio.consent.ledger import Recorded, State
from clevenio.consent.models import Decision, Head, Standing
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


def verify(database, folder, keys=KEYS):
    with database.session(write=False) as session:
        return [(f.kind, f.subject, f.text) for f in verification.verify(session, folder, keys)]


def seal(database, folder, now=NOW, keys=KEYS):
    return sealing.seal(database, folder, keys, now)


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
    assert finding[2].startswith("3 decisions under the seal of 2026-06-01")
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
    assert {"changed", "seal"} <= kinds


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


def test_head_and_standing_follow_every_row_whoever_inserts_it_and_never_go_back(database, folder, people):
    later = (
        "INSERT INTO consent_decisions (subject, sequence, at, purpose, state, basis, channel, notice, "
        "language, evidence, hash) SELECT subject, :sequence, at, purpose, :state, basis, channel, notice, "
        "language, evidence, :state FROM consent_decisions WHERE subject = :subject AND sequence = 3"
    )
    subject = people[0].hex if database.is_sqlite else people[0]
    with database.session() as session:
        for sequence, state in ((9, "granted"), (8, "refused")):
            session.execute(text(later), {"sequence": sequence, "state": state, "subject": subject})
        head = session.get_one(Head, people[0])
        stands = session.get_one(Standing, (people[0], "newsletter"))
    assert (head.sequence, head.hash) == (9, "granted")
    assert (stands.sequence, stands.state) == (9, "granted")


def test_of_many_decisions_that_come_by_one_statement_the_last_about_each_stands(database, people):
    with database.session() as session:
        known = session.scalars(select(Decision).where(Decision.purpose == "newsletter")).first()
        alike = Recorded(*(getattr(known, name) for name in Recorded._fields))
        later = [
            alike._replace(subject=subject, sequence=sequence, state=state, hash=str(sequence))
            for sequence, state in [(20, "refused"), *((number, "granted") for number in range(10, 20))]
            for subject in people
        ]
        assert len(later) >= bulk.FEW, "or PostgreSQL takes them one by one"
        bulk.add(session, Decision, Recorded._fields, later)
        heads = session.execute(select(Head.sequence, Head.hash)).all()
        stands = session.execute(
            select(Standing.sequence, Standing.state).where(Standing.purpose == "newsletter")
        ).all()
    assert (set(heads), set(stands)) == ({(20, "20")}, {(20, "refused")})


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


def test_a_key_that_left_the_ring_is_said_and_is_no_change(database, folder, people):
    seal(database, folder)
    said = f"the seal of {NOW.isoformat()} is signed with a key that is no longer in the ring"
    assert set(verify(database, folder, keys=["another-key"])) == {("seal", None, said)}


REMOVED = ("consent_decisions", "consent_heads", "consent_standing")


def test_the_next_seals_do_not_hide_what_happened_before_them(database, folder, people, tamper):
    seal(database, folder)
    for table in REMOVED:
        tamper(f"DELETE FROM {table} WHERE subject = :subject", people[4])
    found = verify(database, folder)
    assert len(found) == 1
    for days in (1, 2):
        with database.session() as session:
            subjects(session, 2, newsletter=GRANTED)
            session.commit()
        seal(database, folder, NOW + timedelta(days=days))
    assert verify(database, folder) == found


def test_each_seal_covers_what_came_since_the_one_before(database, folder, people, tamper):
    first = seal(database, folder)
    with database.session() as session:
        (late,) = subjects(session, 1, newsletter=GRANTED)
        session.commit()
    second = seal(database, folder, NOW + timedelta(days=1))
    assert (second.since, second.subjects, second.rows) == (first.position, 1, 1)
    assert verify(database, folder) == []
    for table in REMOVED:
        tamper(f"DELETE FROM {table} WHERE subject = :subject", late)
    ((_, _, text_),) = verify(database, folder)
    assert text_.startswith("1 decisions under the seal of 2026-06-02")
    assert text_.endswith(late.hex[:2])


def test_a_seal_removed_in_both_places_is_missed_by_the_next(database, folder, people, tamper):
    for days in range(3):
        seal(database, folder, NOW + timedelta(days=days))
    path = folder / "consent.jsonl"
    first, _, third = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(first + third)
    tamper("DELETE FROM consent_seals WHERE id = 2")
    at = (NOW + timedelta(days=2)).isoformat()
    assert verify(database, folder) == [
        ("seal", None, f"the seal before that of {at} is missing"),
        ("fingerprint", None, f"the fingerprint of the seal of {at} does not follow from it"),
    ]


@pytest.mark.parametrize("line", [b"{\n", b"[]\n", b"{}\n", b"\xff\n", b"7\n", b"\n"])
def test_a_line_that_is_no_seal_is_a_finding(database, folder, people, line):
    seal(database, folder)
    path = folder / "consent.jsonl"
    path.write_bytes(path.read_bytes() + line)
    assert verify(database, folder) == [("seal", None, "line 2 of consent.jsonl cannot be read")]


def test_a_seal_made_while_somebody_verifies_is_no_finding(database, folder, people):
    seal(database, folder)
    with database.session(write=False) as session:
        findings = verification.verify(session, folder, KEYS)
        session.execute(text("SELECT count(*) FROM consent_seals"))
        seal(database, folder, NOW + timedelta(days=1))
        assert list(findings) == []


def test_one_subject_is_checked_without_the_others(database, folder, people, tamper):
    def check(subject):
        with database.session(write=False) as session:
            return [(f.kind, f.text) for f in verification.verify_subject(session, subject)]

    tamper(
        "UPDATE consent_decisions SET state = 'refused' WHERE subject = :subject AND sequence = 2", people[0]
    )
    tamper("UPDATE consent_standing SET state = 'refused' WHERE subject = :subject AND purpose = 'surveys'",
           people[1])  # fmt: skip
    tamper("DELETE FROM consent_decisions WHERE subject = :subject AND sequence = 3", people[2])
    standing = ("standing", "the standing for surveys does not follow from the decisions")
    assert check(people[0]) == [("changed", "decision 2 was changed"), standing]
    assert check(people[1]) == [standing]
    assert ("missing", "decisions 3 to 3 are missing") in check(people[2])
    assert check(people[3]) == []


def test_a_changed_wording_is_found_for_who_was_shown_it(database, folder, people, tamper):
    tamper("UPDATE consent_notices SET content = '{}'")
    with database.session(write=False) as session:
        (found,) = verification.verify_subject(session, people[0])
    assert (found.kind, found.text.endswith("was changed")) == ("notice", True)


@pytest.mark.parametrize(
    "change",
    [
        "subject = '00000000000040008000000000000001' WHERE subject = :subject AND purpose = 'surveys'",
        "sequence = 1 WHERE subject = :subject AND purpose = 'surveys'",
        "purpose = 'trials' WHERE subject = :subject AND purpose = 'surveys'",
    ],
)
def test_an_invented_standing_is_found(database, folder, people, tamper, change):
    tamper(f"UPDATE consent_standing SET {change}", people[0])
    assert {kind for kind, _, _ in verify(database, folder)} == {"standing"}


def test_a_standing_more_than_decided_is_found(database, folder, people, tamper):
    tamper(
        "INSERT INTO consent_standing (subject, purpose, state, basis, since, sequence, notice) "
        "SELECT subject, 'trials', state, basis, since, sequence, notice FROM consent_standing "
        "WHERE subject = :subject AND purpose = 'surveys'",
        people[0],
    )
    ((kind, subject, said),) = verify(database, folder)
    assert (kind, subject) == ("standing", people[0])
    assert "trials" in said


def test_a_large_ledger_is_checked_in_spans_and_nothing_escapes_between_them(
    database, folder, people, tamper, monkeypatch
):
    monkeypatch.setattr(verification, "MANY", 1)
    seal(database, folder)
    assert verify(database, folder) == []
    for victim in people:
        tamper(
            "UPDATE consent_decisions SET language = 'fi' WHERE subject = :subject AND sequence = 3", victim
        )
    assert verify(database, folder) == [("changed", victim, "decision 3 was changed") for victim in people]


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize("many", [1, 1_000_000])
@pytest.mark.parametrize("subject", ["0abc", "9abc", "aabc", "fabc"])
def test_a_subject_spelt_otherwise_lies_in_a_span_as_well(
    database, folder, tamper, monkeypatch, many, subject
):
    victim = UUID(subject * 8)
    with database.session() as session:
        act(session, victim, newsletter=GRANTED)
        session.commit()
    monkeypatch.setattr(verification, "MANY", many)
    tamper("UPDATE consent_decisions SET subject = upper(subject) WHERE subject = :subject", victim)
    assert ("changed", victim, "decision 1 was changed") in verify(database, folder)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize("many", [1, 1_000_000])
def test_a_subject_that_is_no_identifier_is_said_in_words(
    database, folder, people, tamper, monkeypatch, many
):
    monkeypatch.setattr(verification, "MANY", many)
    seal(database, folder)
    tamper("UPDATE consent_decisions SET subject = 'nobody at all' WHERE subject = :subject", people[0])
    tamper("UPDATE consent_heads SET subject = 'nobody here' WHERE subject = :subject", people[0])
    tamper("UPDATE consent_standing SET subject = 'nor here' WHERE subject = :subject", people[0])
    named = "of a subject that is none: "
    found = verify(database, folder)
    for expected in (
        ("changed", None, f"decision 1 was changed, {named}'nobody at all'"),
        ("head", None, f"the chain does not end where its head says, {named}'nobody at all'"),
        ("missing", None, f"decisions 1 to 3 are missing, {named}'nobody here'"),
        ("standing", None, f"the standing for surveys does not follow from the decisions, {named}'nor here'"),
    ):
        assert expected in found
    assert "seal" in {kind for kind, _, _ in found}
