"""Workers killed in the middle of a file: every good row is here once, and every bad one is told of once."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from clevenio.consent.models import Decision
from clevenio.people.imports import receiving, working
from clevenio.people.imports.models import PeopleImport, State, StoredStep
from clevenio.people.models import Person
from tests.support.factories import NOW

STORE = Path(__file__).with_name("store_until_killed.py")
PROOF = "newsletter,2026-05-31T14:30,trade fair form,Send me the newsletter."
SECONDS = 120
ROWS = 6_000
# One row of so many is no address, and one of so many comes a second time.
BROKEN, TWICE = 7, 11


def written(path, rows):
    """A file, and the addresses that come in by it."""
    lines, good = ["email,phone,consent,consent_at,consent_source,consent_wording"], []
    for number in range(rows):
        email = f"kukka{number}@example.com"
        if number % BROKEN == 0:
            lines.append(f"kukka{number} at example.com,,{PROOF}")
            continue
        lines.append(f"{email},045 {number:07},{PROOF}")
        good.append(email)
        if number % TWICE == 0:
            lines.append(f"{email},045 {number:07},{PROOF}")
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return len(lines) - 1, good


@pytest.fixture
def to_be_stored(database, settings, tmp_path):
    """A file that was checked and said to come in: its rows, and the addresses in it."""
    rows, good = written(tmp_path / "people.csv", ROWS)
    with database.session() as session:
        path = tmp_path / "people.csv"
        columns = receiving.receive(session, settings.secret_keys, path, "staff", NOW).columns
        receiving.map_columns(session.scalars(select(PeopleImport)).one(), columns)
        session.commit()
    working.go_on(database, settings, lambda: NOW)
    with database.session() as session:
        receiving.store(session.scalars(select(PeopleImport)).one())
        session.commit()
    return rows, good


def steps(database):
    with database.session(write=False) as session:
        return session.scalar(select(func.count()).select_from(StoredStep))


def state(database):
    with database.session(write=False) as session:
        return session.scalar(select(PeopleImport.state))


def let_go(database):
    """What two silent minutes do: the next worker may have the file."""
    with database.session() as session:
        session.execute(update(PeopleImport).values(claimed_at=None))
        session.commit()


def start(settings):
    names = ("data", "database_url", "base_url", "suppression_key")
    given = {f"CLEVENIO_{name.upper()}": str(getattr(settings, name)) for name in names}
    secrets = {"CLEVENIO_SECRET_KEYS": ",".join(settings.secret_keys)}
    return subprocess.Popen([sys.executable, STORE], env={"PATH": os.environ["PATH"], **given, **secrets})


def kill_after(database, process, further, delay):
    """Kill a worker once it has come so many steps further and a moment more; False where it had ended by itself."""
    goal, until = steps(database) + further, time.monotonic() + SECONDS
    while steps(database) < goal and process.poll() is None:
        assert time.monotonic() < until, "the worker came no further"
        time.sleep(0.002)
    moment = time.monotonic() + delay
    while time.monotonic() < moment and process.poll() is None:
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=pytest.mark.slow)])
def test_workers_that_are_killed_bring_every_row_in_once(database, settings, to_be_stored, kills):
    rows, good = to_be_stored
    chance, killed = random.Random(kills), 0
    while killed < kills and state(database) == State.STORING:
        killed += kill_after(database, start(settings), 1, chance.random() * 0.2)
        let_go(database)
    assert killed >= 3
    if state(database) == State.STORING:
        assert start(settings).wait(SECONDS) == 0
    with database.session(write=False) as session:
        brought = session.scalars(select(PeopleImport)).one()
        emails = session.scalars(select(Person.email)).all()
        subjects = session.scalars(select(Decision.subject)).all()
        people = session.scalars(select(Person.id)).all()
    assert (brought.state, steps(database)) == (State.STORED, 0)
    assert sorted(emails) == sorted(good)
    assert sorted(subjects) == sorted(people), "one proof of each"
    told = {name: brought.report[name] for name in ("rows", "accepted", "consents")}
    assert told == {"rows": rows, "accepted": len(good), "consents": len(good)}
    assert brought.report["rejected"] + brought.report["unchanged"] == rows - len(good)
    assert brought.report["rejected"] >= len(range(0, ROWS, BROKEN))
