"""`clevenio audit verify` as the privacy officer types it."""

import json

import pytest
from click.testing import CliRunner
from flask.cli import ScriptInfo
from sqlalchemy import text

from clevenio import audit
from clevenio.app import cli
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


def test_a_whole_trail_says_so(run):
    assert run() == (0, "The audit trail is whole.\n", "")
    code, out, _ = run("--json")
    assert (code, json.loads(out)) == (0, {"is_whole": True, "findings": []})


def test_findings_are_listed_and_the_exit_code_is_1(run, spoil):
    spoil()
    assert run() == (
        1,
        "2: entry 2 was changed\n",
        "clevenio: the audit trail is not whole: 1 findings\n",
    )
    code, out, _ = run("--json")
    assert code == 1
    assert json.loads(out)["findings"] == [{"sequence": 2, "text": "entry 2 was changed"}]
