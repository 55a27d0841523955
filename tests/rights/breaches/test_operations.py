"""The register of breaches: additions alone, a clock of 72 hours, and what the law has us tell to whom."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DatabaseError

from clevenio.audit import AuditEntry
from clevenio.errors import BadInput, Missing, Refused
from clevenio.outbox import Mail
from clevenio.rights import reminders
from clevenio.rights.breaches import operations, queries
from clevenio.rights.breaches.models import Addition, Aspect, Breach, Decision, Role
from clevenio.rights.breaches.operations import Entry, Opening
from clevenio.rights.clocks import from_clock
from tests.support.factories import NOW
from tests.support.staff import make_member

STAFF = "staff:4b1c1f9e-2f3c-4a53-8f3f-0f6bb0a6d0aa"
KNOWN = NOW - timedelta(hours=10)


@pytest.fixture
def opened(database):
    """A function that opens an entry as a role and gives its id."""

    def open_entry(role=Role.CONTROLLER, known_at=KNOWN):
        with database.session() as session:
            opening = Opening(
                role, "A list went astray", "A list was sent out.", known_at, "Somebody called."
            )
            breach = operations.open_entry(session, opening, STAFF, NOW)
            session.commit()
            return breach.id

    return open_entry


@pytest.fixture
def add(database):
    """A function that adds to an entry, each time in a transaction of its own."""

    def add_to(breach, aspect, words="Known so far.", now=NOW, **more):
        with database.session() as session:
            operations.add(session, breach, Entry(aspect, words, **more), STAFF, now)
            session.commit()

    return add_to


def standing(database, breach):
    with database.session() as session:
        return queries.locked(session, breach)


def acts(database, breach):
    return [step.aspect for step in standing(database, breach).steps]


def test_an_entry_goes_from_awareness_to_its_end_in_the_order_of_the_law(database, opened, add):
    breach = opened(Role.BOTH)
    assert acts(database, breach)[:3] == ["controllers", "authority", "people"]
    add(breach, Aspect.CONTROLLERS, decision=Decision.MORE_TO_TELL, moment=NOW)
    assert acts(database, breach)[0] == "controllers"
    add(breach, Aspect.CONTROLLERS, decision=Decision.ALL_TOLD, moment=NOW)
    add(breach, Aspect.AUTHORITY, decision=Decision.IN_PHASES, moment=NOW)
    assert acts(database, breach)[0] == "authority"
    assert not standing(database, breach).is_clock_running
    add(breach, Aspect.AUTHORITY, decision=Decision.NOTIFIED, moment=NOW)
    add(breach, Aspect.PEOPLE, decision=Decision.NO_HIGH_RISK)
    for aspect in (Aspect.CATEGORIES, Aspect.EFFECTS, Aspect.MEASURES):
        with pytest.raises(Refused):
            add(breach, Aspect.CLOSED)
        add(breach, aspect)
    add(breach, Aspect.CLOSED)
    assert standing(database, breach).is_closed
    assert acts(database, breach) == []


def test_a_controller_tells_no_controllers_and_a_processor_nobody_else(database, opened, add):
    assert {"controllers"}.isdisjoint(acts(database, opened()))
    processor = opened(Role.PROCESSOR)
    assert {"authority", "people"}.isdisjoint(acts(database, processor))
    assert not standing(database, processor).is_over(NOW + timedelta(days=9))
    for aspect, decision in ((Aspect.AUTHORITY, Decision.NOT_NEEDED), (Aspect.PEOPLE, Decision.TOLD)):
        with pytest.raises(Refused):
            add(processor, aspect, decision=decision)


def test_what_is_said_anew_holds_and_what_was_said_before_stays(database, opened, add):
    breach = opened()
    add(breach, Aspect.FACTS, "Two lists were sent out.")
    found = standing(database, breach)
    assert found.current(Aspect.FACTS).text == "Two lists were sent out."
    assert [each.text for each in found.of(Aspect.FACTS)] == [
        "A list was sent out.",
        "Two lists were sent out.",
    ]
    assert {each.actor for each in found.additions} == {STAFF}


@pytest.mark.parametrize(
    ("known", "deadline"),
    [
        # Clocks go back on 25 October 2026 and forward on 28 March 2027; 72 hours stay 72 hours.
        ("2026-10-24 12:00", "2026-10-27 11:00"),
        ("2027-03-27 12:00", "2027-03-30 13:00"),
        ("2026-12-30 08:15", "2027-01-02 08:15"),
        ("2028-02-27 23:59", "2028-03-01 23:59"),
    ],
)
def test_the_clock_runs_for_72_hours_whatever_clocks_on_walls_do(database, opened, known, deadline):
    known_at, end = (from_clock(datetime.fromisoformat(each)) for each in (known, deadline))
    with database.session() as session:
        opening = Opening(Role.CONTROLLER, "A list", "Facts", known_at, "How")
        found = queries.locked(session, operations.open_entry(session, opening, STAFF, known_at).id)
    assert found.deadline == end
    assert not found.is_over(end)
    assert found.is_over(end + timedelta(seconds=1))


def test_an_hour_that_an_autumn_night_has_twice_is_the_first_one_and_one_a_spring_night_lacks_is_refused():
    assert from_clock(datetime.fromisoformat("2026-10-25 03:30")) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    with pytest.raises(BadInput):
        from_clock(datetime.fromisoformat("2027-03-28 03:30"))


def test_a_late_notification_needs_its_reason_and_a_supplement_to_one_in_time_does_not(database, opened, add):
    late = NOW + timedelta(days=5)
    breach, in_time = opened(), opened()
    with pytest.raises(BadInput) as refused:
        add(breach, Aspect.AUTHORITY, decision=Decision.NOTIFIED, moment=late, now=late)
    assert refused.value.values["field"] == "delay"
    add(
        breach, Aspect.AUTHORITY, decision=Decision.NOTIFIED, moment=late, now=late, delay="It was a holiday."
    )
    assert standing(database, breach).is_late
    add(in_time, Aspect.AUTHORITY, decision=Decision.IN_PHASES, moment=NOW)
    add(in_time, Aspect.AUTHORITY, decision=Decision.NOTIFIED, moment=late, now=late)
    assert not standing(database, in_time).is_late


def test_nobody_was_told_before_it_was_known_or_in_the_future(opened, add):
    breach = opened()
    for moment in (KNOWN - timedelta(minutes=1), NOW + timedelta(minutes=1)):
        with pytest.raises(BadInput) as refused:
            add(breach, Aspect.PEOPLE, decision=Decision.TOLD, moment=moment)
        assert refused.value.values["field"] == "moment"


def test_nothing_is_added_to_an_entry_that_is_not_there(add):
    with pytest.raises(Missing):
        add(uuid4(), Aspect.FACTS)


@pytest.mark.parametrize("model", [Breach, Addition])
def test_the_database_refuses_to_change_or_remove_a_row(database, opened, model):
    opened()
    column = {"role": "x"} if model is Breach else {"text": "Nothing happened."}
    for statement in (update(model).values(**column), delete(model)):
        with database.session() as session, pytest.raises(DatabaseError):
            session.execute(statement)


def test_each_addition_leaves_its_hash_in_the_audit_trail_and_a_forged_one_is_seen(database, opened):
    breach = opened()
    with database.session() as session:
        found = queries.locked(session, breach)
        assert not queries.edited(session, found)
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "breach.add")).all()
        assert [entry.details["aspect"] for entry in entries] == ["incident", "known", "facts"]
        assert {entry.actor for entry in entries} == {STAFF}
        if database.is_sqlite:
            session.execute(text("DROP TRIGGER breach_additions_no_update"))
        else:
            session.execute(text("DROP TRIGGER breach_additions_append_only ON breach_additions"))
        session.execute(update(Addition).where(Addition.aspect == "facts").values(text="Nothing happened."))
        session.expire_all()
        assert queries.edited(session, queries.locked(session, breach))


def test_the_next_thing_of_each_entry_is_due_and_a_limit_of_the_law_comes_first(database, opened, add):
    done = opened()
    add(done, Aspect.AUTHORITY, decision=Decision.NOT_NEEDED)
    add(done, Aspect.PEOPLE, decision=Decision.NO_HIGH_RISK)
    waits = opened()
    with database.session(write=False) as session:
        found = list(queries.due(session, NOW))
    assert [due.values["breach_id"] for due in found] == [str(waits), str(done)]
    assert [due.is_urgent for due in found] == [True, False]
    assert found[0].at == KNOWN + timedelta(hours=72)


def test_officers_get_one_mail_a_day_while_the_law_asks_for_something(database, settings, opened, add):
    breach = opened()
    with database.session() as session:
        make_member(session, "officer@example.com", "privacy_officer")
        session.commit()

    def remind(now):
        with database.session() as session:
            number = reminders.remind(session, settings, now)
            session.commit()
            return number

    assert [remind(NOW), remind(NOW + timedelta(hours=1)), remind(NOW + timedelta(days=1))] == [1, 0, 1]
    with database.session(write=False) as session:
        mail = session.scalars(select(Mail)).first()
    assert mail.subject == "1 data breach waits for what the law asks."
    assert b"A list" not in mail.message
    add(breach, Aspect.AUTHORITY, decision=Decision.NOT_NEEDED)
    add(breach, Aspect.PEOPLE, decision=Decision.NO_HIGH_RISK)
    assert remind(NOW + timedelta(days=2)) == 0
