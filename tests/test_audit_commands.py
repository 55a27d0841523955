"""`clevenio audit verify` as the privacy officer types it."""

import json
from datetime import UTC, timedelta

import pytest
from click.testing import CliRunner
from flask.cli import ScriptInfo
from sqlalchemy import select, text

from clevenio import audit
from clevenio.app import cli
from clevenio.audit import AuditEntry
from tests.support.factories import NOW

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


@pytest.fixture
def run(app, database):
    """`run("--json")` -> exit code, standard output, standard error; the trail has three entries."""
    with database.session() as session:
        for number in range(3):
            audit.record(session, actor="system", action="test", now=NOW, details={"number": number})
        session.commit()

    def run(*options):
        info = ScriptInfo(create_app=lambda: app)
        result = CliRunner().invoke(cli, ["audit", "verify", *options], obj=info)
        return result.exit_code, result.stdout, result.stderr

    return run


@pytest.fixture
def spoil(database):
    def spoil():
        with database.engine.begin() as connection:
            connection.execute(text("DROP TRIGGER audit_entries_no_update"))
            connection.execute(text("UPDATE audit_entries SET actor = 'nobody' WHERE sequence = 2"))

    return spoil


def test_a_whole_trail_says_so_and_from_where_on_nothing_holds_it(run):
    assert run() == (
        0,
        (
            "The audit trail is whole.\n"
            "From entry 1 on nothing is sealed yet, up to 3. A cut from 1 on would not be noticed. "
            "The seal is due: the worker makes it within the hour.\n"
        ),
        "",
    )
    code, out, _ = run("--json")
    found = json.loads(out)
    assert (code, found["is_whole"], found["findings"]) == (0, True, [])
    assert (found["entries"], found["sealed_to"], found["marked_to"]) == (3, 0, 0)


def test_a_new_entry_is_marked_at_once_and_the_command_says_when_it_is_sealed(app, run):
    made = app.extensions["clevenio"]
    made.jobs.run("trail")
    with made.database.session() as session:
        audit.record(session, actor="system", action="test", now=NOW)
        session.commit()
    _, out, _ = run()
    assert (
        "From entry 4 on nothing is sealed yet, up to 4. Marks outside the database hold those up to 4."
        in out
    )
    midnight = made.clock().astimezone(UTC).date() + timedelta(days=1)
    assert f"The worker seals next at {midnight} 00:00 UTC." in out


def test_an_entry_seen_elsewhere_is_compared(run, other_session):
    with other_session() as session:
        known = session.scalars(select(AuditEntry.hash).order_by(AuditEntry.sequence)).all()
    assert run("--entry", f"3:{known[2]}")[0] == 0
    code, out, _ = run("--entry", f"3:{known[1]}", "--entry", f"9:{known[0]}")
    assert (code, out) == (
        1,
        "3: entry 3 is not the one that was seen elsewhere\n9: entry 9 is missing, which was seen elsewhere\n",
    )


@pytest.mark.parametrize("given", ["3", "3:abc", "0:" + "0" * 64, "x:" + "0" * 64, "3:" + "0" * 65])
def test_what_is_no_entry_is_wrong_usage(run, given):
    assert run("--entry", given)[0] == 2


def test_findings_are_listed_and_the_exit_code_is_1(run, spoil):
    spoil()
    assert run() == (
        1,
        "2: entry 2 was changed\n",
        "clevenio: the audit trail is not whole (findings: 1)\n",
    )
    code, out, _ = run("--json")
    assert code == 1
    assert json.loads(out)["findings"] == [{"sequence": 2, "text": "entry 2 was changed"}]
