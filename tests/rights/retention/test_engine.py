"""One engine carries every rule out: batch by batch, once at a time, and what it did stays written down."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from clevenio import limits
from clevenio.accounts import mail_requests
from clevenio.errors import Refused
from clevenio.limits import Attempts
from clevenio.registry import load
from clevenio.rights.retention import engine, lock, rules
from clevenio.rights.retention.engine import Retention, next_run, start_of
from clevenio.rights.retention.models import Run
from clevenio.sweeps import Sweep
from tests.support.factories import NOW


def attempts(database, number, until=NOW):
    with database.session() as session:
        session.add_all([Attempts(key=f"{each:064}", number=1, until=until) for each in range(number)])
        session.commit()


def left(database):
    with database.session(write=False) as session:
        return session.scalar(select(func.count()).select_from(Attempts))


def runs(database):
    with database.session(write=False) as session:
        return [(run.id, run.ended_at is not None) for run in session.scalars(select(Run).order_by(Run.id))]


@pytest.fixture
def retention(database, settings):
    return Retention(database, settings.data, limits.SWEEPS)


def test_every_rule_that_ends_is_carried_out_by_something(settings):
    ending = {name for name, period in load().periods.items() if period.number}
    # Roles in companies are not kept yet: their room brings its own.
    assert ending - {sweep.rule for sweep in rules.sweeps(settings)} == {"public_role"}


def test_every_sweep_has_a_rule_and_a_name_of_its_own(settings):
    names = [sweep.name for sweep in rules.sweeps(settings)]
    assert len(names) == len(set(names))
    assert {sweep.rule for sweep in rules.sweeps(settings)} <= set(load().periods)
    assert all(len(name) <= 32 for name in names)


def test_all_of_it_runs_on_an_empty_database_and_leaves_a_report(database, settings):
    assert rules.retention(settings, database).run("system", NOW) == []
    assert runs(database) == [(1, True)]


def test_what_would_go_is_what_goes_and_a_forecast_changes_nothing(database, retention):
    attempts(database, 5)
    [line] = retention.forecast(NOW)
    assert (line.gone, left(database), runs(database)) == (5, 5, [])
    [line] = retention.run("system", NOW)
    assert (line.rule, line.sweep, line.gone, left(database)) == ("technical", "attempts", 5, 0)


def test_what_must_not_wait_is_done_before_each_batch(database, settings):
    attempts(database, 2500)
    seen = []
    Retention(database, settings.data, limits.SWEEPS, lambda: seen.append(left(database))).run("system", NOW)
    assert seen == [2500, 1500, 500]


def test_a_second_run_finds_nothing(database, retention):
    attempts(database, 5)
    retention.run("system", NOW)
    assert retention.run("system", NOW) == []
    assert runs(database) == [(1, True), (2, True)]


def test_many_rows_go_in_batches_each_of_which_is_told(database, retention):
    attempts(database, 2500)
    told = []
    retention.run("system", NOW, lambda name, gone: told.append((name, gone)))
    assert told == [("attempts", 1000), ("attempts", 1000), ("attempts", 500)]


def test_a_sweep_that_fails_keeps_nothing_in_the_tables_after_it(database, settings, retention):
    def fail(session, _keys, _now):
        session.execute(text("SELECT * FROM a_table_that_is_none"))

    [sweep] = limits.SWEEPS
    attempts(database, 5)
    with pytest.raises(DBAPIError):
        replace(retention, sweeps=(replace(sweep, name="broken", act=fail), sweep)).run("system", NOW)
    # The report stays open, and the next run goes on with it.
    assert (left(database), runs(database)) == (0, [(1, False)])
    [line] = retention.run("system", NOW)
    assert (line.gone, runs(database)) == (5, [(1, True)])


def test_rows_that_are_not_over_stay_wherever_they_stand_among_the_others(database, retention):
    attempts(database, 3000)
    with database.session() as session:
        for row in session.scalars(select(Attempts).where(Attempts.key.like("%7"))):
            row.until = NOW + timedelta(days=1)
        session.commit()
    retention.run("system", NOW)
    assert left(database) == 300


class Cut(Exception):
    """The process dies here."""


def test_a_run_that_was_cut_is_gone_on_with_and_its_count_is_right(database, settings, retention):
    attempts(database, 2500)

    def die(_name, _gone):
        if left(database) <= 500:
            raise Cut

    with pytest.raises(Cut):
        retention.run("system", NOW, die)
    assert (left(database), runs(database)) == (500, [(1, False)])
    [line] = retention.run("system", NOW + timedelta(hours=1))
    assert (line.gone, left(database), runs(database)) == (2500, 0, [(1, True)])


def test_a_batch_that_fails_is_neither_done_nor_counted(database, settings):
    attempts(database, 3)

    def fail(session, keys, now):
        session.delete(session.get_one(Attempts, keys[0][0]))
        session.flush()
        raise Cut

    sweep = Sweep("technical", "attempts", Attempts, lambda _start, now: Attempts.until <= now, act=fail)
    with pytest.raises(Cut):
        Retention(database, settings.data, (sweep,)).run("system", NOW)
    assert left(database) == 3
    with database.session(write=False) as session:
        assert engine.lines(session, 1) == []


def test_two_at_once_are_one(database, settings, retention):
    attempts(database, 1)
    with lock.held(database, settings.data) as mine:
        assert mine
        with pytest.raises(Refused):
            retention.run("command", NOW)
        retention.tick(NOW)  # the worker waits for its next turn
    assert left(database) == 1
    retention.run("command", NOW)
    assert left(database) == 0


def test_the_lock_is_free_again_after_a_run_that_failed(database, settings, retention):
    attempts(database, 1)

    def die(_name, _gone):
        raise Cut

    with pytest.raises(Cut):
        retention.run("system", NOW, die)
    with lock.held(database, settings.data) as mine:
        assert mine


def test_the_worker_runs_once_a_day_and_what_is_counted_in_hours_each_hour(database, retention):
    retention.tick(NOW)
    retention.tick(NOW + timedelta(hours=1))
    assert runs(database) == [(1, True)]
    attempts(database, 2, NOW + timedelta(hours=1))
    retention.tick(NOW + timedelta(hours=2))
    with database.session(write=False) as session:
        assert [run.is_whole for run in engine.last_runs(session)] == [False, True]
    retention.tick(NOW + timedelta(days=1))
    assert len(runs(database)) == 3


# When the worker ran last, and when it does next: two o'clock in Finland on the day after.
NEXT = [
    ("2026-06-01T07:30", "2026-06-01T23:00"),
    ("2026-06-01T22:30", "2026-06-02T23:00"),
    ("2026-12-31T01:00", "2027-01-01T00:00"),
    ("2027-03-27T01:00", "2027-03-28T00:00"),  # the clock goes forward at three
    ("2027-10-30T01:00", "2027-10-30T23:00"),  # and back at four
    ("2028-02-28T01:00", "2028-02-29T00:00"),
]


@pytest.mark.parametrize(("last", "following"), NEXT)
@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_next_run_is_the_next_night(database, last, following):
    began = datetime.fromisoformat(last).replace(tzinfo=UTC)
    with database.session() as session:
        assert next_run(session) is None
        session.add(Run(actor="system", is_whole=True, began_at=began, ended_at=began))
        session.flush()
        assert next_run(session) == datetime.fromisoformat(following).replace(tzinfo=UTC)


# A rule's period, now in Finland, and up to when it is over there.
CALENDAR = [
    ("inquiry", "2028-02-29T12:00+02:00", "2026-02-28T12:00+02:00"),
    ("consent_evidence", "2027-02-28T00:00+02:00", "2024-02-28T00:00+02:00"),
    ("public_role", "2027-05-31T09:00+03:00", "2027-02-28T09:00+02:00"),
    ("usage_log", "2027-01-01T00:30+02:00", "2026-01-01T00:30+02:00"),
    ("login", "2027-04-10T08:00+03:00", "2027-03-11T08:00+02:00"),
    ("unverified_signup", "2027-11-01T08:00+02:00", "2027-10-25T08:00+03:00"),
]


@pytest.mark.parametrize(("rule", "now", "start"), CALENDAR)
def test_periods_go_by_the_calendar_in_finland(rule, now, start):
    sweep = Sweep(rule, rule, Attempts, lambda start, _now: Attempts.until <= start)
    assert start_of(sweep, datetime.fromisoformat(now).astimezone(UTC)) == datetime.fromisoformat(start)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_mail_that_cannot_leave_in_between_ends_no_run(app, monkeypatch, caplog, other_session):
    def full(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr(mail_requests, "answer_due", full)
    app.extensions["clevenio"].jobs.run("retention")
    assert "account mail could not leave in between" in caplog.text
    with other_session() as session:
        assert session.scalars(select(Run.ended_at)).one() is not None


@pytest.mark.parametrize("backend", ["sqlite"])
def test_others_write_while_what_is_held_is_counted(database, retention):
    [sweep] = limits.SWEEPS

    class Counting(Sweep):
        def kept(self, session, start, now):
            held = super().kept(session, start, now)
            attempts(database, 1, NOW + timedelta(days=1))
            return held + 3

    counting = Counting(sweep.rule, sweep.name, sweep.model, sweep.over)
    [line] = replace(retention, sweeps=(counting,)).run("system", NOW)
    assert (line.held, left(database)) == (3, 1)
