"""`clevenio rights due`: what waits, what is due first at the top, and nobody's name."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner
from flask.cli import ScriptInfo

from clevenio.app import cli
from tests.rights.conftest import EMAIL
from tests.support.factories import NOW


@pytest.fixture
def run(app, clock):
    def invoke(*arguments):
        return CliRunner().invoke(cli, ["rights", *arguments], obj=ScriptInfo(create_app=lambda: app))

    return invoke


def test_nothing_waits(run):
    result = run("due")
    assert (result.exit_code, result.output) == (0, "Nothing waits.\n")


def test_what_is_due_first_comes_first(run, acts):
    young = acts.ask(acts.customer("kaarlo@example.com"), NOW)
    late = acts.freeze(now=NOW, received_at=NOW - timedelta(days=20))
    lines = run("due").output.splitlines()
    assert [line.rsplit(" ", 1)[1] for line in lines] == [str(late), str(young)]
    assert "-6 days" in lines[0]
    assert "law 2026-06-12" in lines[0]
    assert EMAIL not in run("due").output


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_machine_reads_it_as_json(run, acts):
    request = acts.ask(acts.customer())
    assert json.loads(run("due", "--json").output) == [
        {
            "request": str(request),
            "kind": "erasure",
            "asker": "person",
            "state": "open",
            "received": "2026-06-01",
            "promised": "2026-06-15",
            "legal": "2026-07-01",
            "days_left": 14,
        }
    ]
