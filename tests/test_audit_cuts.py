"""The trail gives its oldest entries up when their time is over, and is as provable as before."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.exc import DBAPIError

from clevenio import audit, audit_cuts, audit_sealing
from clevenio.audit import AuditCut, AuditEntry, AuditRemovalPermit
from clevenio.people import holds
from clevenio.people.holds import Ground
from clevenio.rights.breaches import operations as breaches
from clevenio.rights.breaches import queries as registers
from clevenio.rights.breaches.models import Addition, Aspect
from clevenio.rights.breaches.models import Role as BreachRole
from clevenio.rights.breaches.operations import Entry, Opening
from clevenio.rights.retention import rules
from clevenio.rights.retention.trail import Trail
from tests.support.factories import NOW, make_person

YEAR = timedelta(days=366)
LATER = NOW + 7 * YEAR


@pytest.fixture
def folder(settings):
    return settings.data / "seals"


@pytest.fixture
def keys(settings):
    return [settings.suppression_key]


@pytest.fixture(autouse=True)
def trail(database, folder, keys):
    """Five entries under a seal of their day, two under one a year later, and one under none."""
    write(database, 5, NOW)
    audit_sealing.seal(database, folder, keys, NOW)
    write(database, 2, NOW + YEAR)
    audit_sealing.seal(database, folder, keys, NOW + YEAR)
    write(database, 1, NOW + YEAR)


def write(database, count, now, subject=None):
    with database.session() as session:
        for number in range(count):
            audit.record(
                session,
                actor="staff:1",
                action="made.up",
                now=now,
                subject=subject,
                details={"number": number},
            )
        session.commit()


@pytest.fixture
def cut(database, keys):
    def act(before=NOW, now=LATER, held=(), limit=1000):
        with database.session() as session:
            sealed = audit_sealing.sealed_by(session, before)
            gone = audit_cuts.take(session, keys, sealed, before, now, held=held, limit=limit)
            session.commit()
        return gone

    return act


@pytest.fixture
def findings(database, folder, keys):
    def read():
        with database.session(write=False) as session:
            return [each.text for each in audit_sealing.verify(session, folder, keys)]

    return read


@pytest.fixture
def left(database):
    def read():
        with database.session(write=False) as session:
            return list(session.scalars(select(AuditEntry.sequence).order_by(AuditEntry.sequence)))

    return read


@pytest.fixture
def tamper(database):
    """Runs statements as somebody who can switch the triggers off."""

    def run(*statements):
        with database.session() as session:
            for table in ("audit_entries", "audit_cuts"):
                if database.is_sqlite:
                    for verb in ("update", "delete", "replace"):
                        session.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{verb}"))
                else:
                    session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
            for statement in statements:
                session.execute(statement)
            session.commit()

    return run


def test_what_is_over_goes_and_the_rest_is_whole_and_goes_on(database, folder, keys, cut, findings, left):
    assert cut() == 5
    assert (left(), findings()) == ([6, 7, 8], [])
    write(database, 1, LATER)
    audit_sealing.seal(database, folder, keys, LATER)
    assert (left(), findings()) == ([6, 7, 8, 9], [])
    assert cut(NOW + YEAR) == 2
    assert (left(), findings()) == ([8, 9], [])
    assert cut(NOW + YEAR) == 0


def test_a_cut_is_made_in_pieces_each_of_which_holds(cut, findings, left):
    assert [cut(limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert (left(), findings()) == ([6, 7, 8], [])


def test_nothing_goes_that_no_seal_of_then_covered(cut, left):
    assert cut(NOW - timedelta(seconds=1)) == 0
    assert len(left()) == 8


def test_a_changed_entry_after_the_cut_is_found_as_before(cut, findings, tamper):
    cut()
    tamper(text("UPDATE audit_entries SET actor = 'staff:2' WHERE sequence = 7"))
    assert "entry 7 was changed" in findings()


def test_entries_that_were_cut_off_without_a_cut_are_found(findings, tamper):
    tamper(delete(AuditEntry).where(AuditEntry.sequence <= 5))
    assert "entries 1 to 5 are missing" in findings()


def test_a_cut_that_is_gone_again_is_found(cut, findings, tamper):
    cut()
    tamper(delete(AuditCut))
    assert "entries 1 to 5 are missing" in findings()


def put_up(database, key, sequence, before):
    """A cut by somebody who has switched the triggers off, signed with a key."""
    with database.session(write=False) as session:
        link = session.scalar(select(AuditEntry.hash).where(AuditEntry.sequence == sequence))
    signature = audit_cuts._signature(key, LATER, before, sequence, link)
    made = {"at": LATER, "before": before, "sequence": sequence, "hash": link, "signature": signature}
    return insert(AuditCut).values(**made), delete(AuditEntry).where(AuditEntry.sequence <= sequence)


def test_a_cut_without_the_key_is_nobodys(database, findings, tamper):
    tamper(*put_up(database, "another-key-of-somebody-else-000", 5, NOW))
    assert findings() == ["the cut up to entry 5 was changed, or is nobody's"]


def test_a_cut_of_what_is_younger_than_its_time_is_found(database, keys, findings, tamper):
    tamper(*put_up(database, keys[0], 7, NOW))
    assert findings() == ["the cut up to entry 7 reaches further than its time"]


def test_a_permit_that_was_left_and_entries_that_are_there_again_are_found(cut, findings, tamper):
    cut()
    entry = {"sequence": 3, "at": NOW, "actor": "x", "action": "x", "details": {}, "hash": "0" * 64}
    tamper(insert(AuditEntry).values(**entry), insert(AuditRemovalPermit).values(sequence=6))
    assert set(findings()) == {
        "entries are there although a cut says that all up to 5 are gone",
        "a permit to remove entries was left standing",
    }


def test_without_a_permit_no_entry_goes_and_no_cut_is_changed(database, cut):
    cut()
    for statement in (
        "DELETE FROM audit_entries",
        "DELETE FROM audit_cuts",
        "UPDATE audit_cuts SET sequence = 7",
    ):
        with database.session() as session, pytest.raises(DBAPIError, match="append-only"):
            session.execute(text(statement))


def test_an_entry_that_was_seen_elsewhere_is_none_to_complain_of_once_its_time_was_over(database, cut):
    cut()
    with database.session(write=False) as session:
        seen = {2: "0" * 64, 6: "0" * 64, 9: "0" * 64}
        assert [each.sequence for each in audit_sealing.not_as_seen(session, seen)] == [6, 9]


def test_how_far_the_trail_can_be_proved_says_what_has_gone(database, folder, keys, cut):
    cut()
    with database.session(write=False) as session:
        reach = audit_sealing.reach(session, folder, keys, LATER)
    assert (reach.gone, reach.entries, reach.sealed) == (5, 8, 7)


def test_an_addition_to_the_register_of_breaches_outlives_its_entry(database, folder, keys, cut):
    opening = Opening(BreachRole.CONTROLLER, "A wrong mail", "One file.", NOW, "A call.")
    with database.session() as session:
        breach = breaches.open_entry(session, opening, "staff:1", NOW + YEAR).id
        session.commit()
    audit_sealing.seal(database, folder, keys, NOW + 2 * YEAR)
    assert cut(NOW + 2 * YEAR) == 11
    later = NOW + 3 * YEAR
    with database.session() as session:
        breaches.add(session, breach, Entry(Aspect.MEASURES, "A second look."), "staff:1", later)
        session.commit()
        assert not registers.edited(session, registers.locked(session, breach))
        session.execute(
            insert(Addition).values(breach=breach, aspect="measures", at=later, actor="x", text="No.")
        )
        assert registers.edited(session, registers.locked(session, breach))


def test_the_daily_run_lets_the_trail_go_after_six_years(database, settings, findings, left):
    run = rules.retention(settings, database)
    run.run("system", NOW + 5 * YEAR)
    assert 1 in left()
    lines = run.run("system", NOW + 6 * YEAR)
    assert [(line.sweep, line.gone) for line in lines if line.rule == "audit_trail"] == [("audit_entries", 5)]
    assert (left()[:3], findings()) == ([6, 7, 8], [])


def test_what_is_about_somebody_held_stays_with_all_that_came_after(database, settings, left, findings):
    with database.session() as session:
        person = make_person(session)
        subject = audit.subject_hash(settings.suppression_key, person.id)
        holds.put(session, person.id, Ground.LEGAL_CLAIM, "A claim", "staff:1", NOW)
        session.commit()
    write(database, 1, NOW + YEAR, subject)
    audit_sealing.seal(database, settings.data / "seals", [settings.suppression_key], NOW + YEAR)
    sweep = Trail(settings)
    start = NOW + 2 * YEAR
    with database.session() as session:
        assert (sweep.waiting(session, start, LATER), sweep.kept(session, start, LATER)) == (8, 1)
        assert sweep.step(session, start, LATER, None).gone == 8
        session.commit()
    assert (left(), findings()) == ([9], [])
    with database.session(write=False) as session:
        assert session.scalar(select(func.count()).select_from(AuditCut)) == 1
