"""`clevenio retention run`, by hand."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from clevenio.limits import Attempts
from clevenio.rights.retention import lock
from tests.support.accounts import make_account

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


@pytest.fixture
def run(app):
    return lambda *words: app.test_cli_runner().invoke(args=["retention", "run", *words])


def left(app):
    with app.extensions["clevenio"].database.session(write=False) as session:
        return session.scalar(select(func.count()).select_from(Attempts))


def test_a_dry_run_counts_and_removes_nothing(app, old, run):
    result = run("--dry-run")
    assert result.exit_code == 0
    assert "would go" in result.output
    assert left(app) == 3


def test_a_run_removes_and_says_so(app, old, run):
    result = run()
    assert "3 gone" in result.output
    assert left(app) == 0
    assert run().output == "Nothing went, and nothing is held.\n"


def test_a_machine_reads_the_same(app, old, run):
    told = json.loads(run("--json", "--dry-run").output)
    assert told == {
        "is_dry_run": True,
        "lines": [{"rule": "technical", "sweep": "attempts", "gone": 3, "held": 0}],
    }
    assert json.loads(run("--json").output)["lines"][0]["gone"] == 3


@pytest.mark.parametrize(("words", "said"), [(("--dry-run",), "1 would be warned"), ((), "1 warned")])
def test_who_is_warned_does_not_go(app, run, database, words, said):
    with database.session() as session:
        account = make_account(session, "aino@example.com")
        account.verified_at = app.extensions["clevenio"].clock() - timedelta(days=720)
        session.commit()
    lines = [line for line in run(*words).output.splitlines() if "warnings" in line]
    assert len(lines) == 1
    assert said in lines[0]
    assert "gone" not in lines[0]


def test_a_second_one_at_once_is_refused_in_a_sentence(app, old, run):
    kit = app.extensions["clevenio"]
    with lock.held(kit.database, kit.settings.data):
        result = run()
    assert result.exit_code == 1
    assert left(app) == 3


@pytest.mark.parametrize("extra_settings", [{"PERIODS": "inquiry=5"}])
def test_a_period_of_an_installations_own_holds_on_every_page(app):
    client = app.test_client()
    assert "5 months" in client.get("/en/contact").text
    assert "5 kuukautta" in client.get("/fi/tietosuoja").text
