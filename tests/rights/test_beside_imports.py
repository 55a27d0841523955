"""An erasure and an import at the same moment: whoever was erased is not brought in by a file that had looked before."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from clevenio.errors import Unavailable
from clevenio.people import erasures
from clevenio.people.imports.operations import import_people
from clevenio.rights import erasure
from tests.rights.conftest import EMAIL, STAFF
from tests.support.factories import NOW

WAITING = text(
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


@pytest.fixture
def bring(database, settings, tmp_path):
    """Brings the person in by a file; `meanwhile` is called when the rows are stored and not committed."""

    def bring(meanwhile=lambda: None):
        path = tmp_path / "people.csv"
        path.write_text(f"email\n{EMAIL}\n", encoding="utf-8")
        with database.session() as session:
            report = import_people(
                session, settings, path, actor=STAFF, now=NOW, settle=lambda _step: meanwhile()
            )
            session.commit()
        return {name: count for name, count in report.counts.items() if count}

    return bring


def test_a_file_waits_for_an_erasure_and_brings_nobody_back(acts, database, settings, bring):
    request = acts.ask(acts.customer())
    with ThreadPoolExecutor(1) as pool, database.session() as session:
        erasure.begin(session, settings, request, STAFF, NOW)
        brought = pool.submit(bring)
        if not database.is_sqlite:
            _until(lambda: session.scalar(WAITING))
        session.commit()
        assert brought.result(30) == {"rows": 1, "left_out": 1}
    assert acts.person() is None


@pytest.mark.parametrize("backend", ["postgresql"])
def test_nobody_is_erased_beside_a_file_that_is_being_stored(acts, bring, monkeypatch):
    request = acts.ask(acts.customer())
    monkeypatch.setattr(erasures, "PATIENCE", "50ms")

    def meanwhile():
        with pytest.raises(Unavailable, match="brought in from a file"):
            acts.begin(request)

    bring(meanwhile)
    assert acts.person() is not None
    acts.begin(request)
    assert acts.person() is None


@pytest.mark.parametrize("backend", ["postgresql"])
def test_the_wait_is_for_this_lock_alone(acts, database):
    with database.session() as session:
        before = session.scalar(text("SHOW lock_timeout"))
        erasures.hold_imports(session)
        assert session.scalar(text("SHOW lock_timeout")) == before


def _until(holds):
    until = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)
