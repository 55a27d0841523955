"""`clevenio evidence`: the same answers in a shell, and the check of a file."""

import json
import stat

import pytest
from click.testing import CliRunner
from flask.cli import ScriptInfo

from clevenio import audit_cuts, audit_sealing
from clevenio.app import cli, create_app
from clevenio.settings import Settings
from tests.rights.evidence.conftest import EMAIL

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


@pytest.fixture
def run(app):
    def invoke(*args, on=app):
        return CliRunner().invoke(cli, ["evidence", *map(str, args)], obj=ScriptInfo(create_app=lambda: on))

    return invoke


def test_the_answer_is_printed_or_written_with_its_proof(run, aino, tmp_path, clock):
    printed = run("ask", "mail", EMAIL)
    assert (printed.exit_code, "Newsletter: Hello" in printed.output) == (0, True)
    document = json.loads(run("ask", "file", EMAIL, "--json").output)
    assert document["answer"]["files"][0]["platform"] == "google"
    file = tmp_path / "answer.zip"
    assert run("ask", "holdings", EMAIL, "--output", file).exit_code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    checked = run("check", file)
    assert (checked.exit_code, "The file is whole" in checked.output) == (0, True)
    # By itself it cannot know what the trail has.
    assert "It says that it is entry" in checked.output
    assert run("compare", file).exit_code == 0


def test_a_file_older_than_the_trail_says_that_its_entry_cannot_be_compared(
    run, aino, tmp_path, clock, database, settings
):
    file = tmp_path / "answer.zip"
    run("ask", "mail", EMAIL, "--output", file)
    assert "had served its time" not in run("compare", file).output
    keys = [settings.suppression_key]
    audit_sealing.seal(database, settings.data / "seals", keys, clock.now)
    with database.session() as session:
        sealed = audit_sealing.sealed_by(session, clock.now)
        audit_cuts.take(session, keys, sealed, clock.now, clock.now)
        session.commit()
    compared = run("compare", file)
    assert (compared.exit_code, "had served its time" in compared.output) == (0, True)


def test_a_changed_file_is_refused_with_where(run, aino, tmp_path, clock):
    file = tmp_path / "answer.zip"
    run("ask", "mail", EMAIL, "--output", file)
    file.write_bytes(file.read_bytes().replace(b"Hello", b"Adieu"))
    for verb in ("check", "compare"):
        answer = run(verb, file)
        assert answer.exit_code == 1


def test_the_check_needs_no_database_and_makes_none(run, aino, tmp_path, clock):
    file = tmp_path / "answer.zip"
    run("ask", "mail", EMAIL, "--output", file)
    elsewhere = create_app(Settings.from_env({"CLEVENIO_DATA": str(tmp_path / "elsewhere")}))
    checked = run("check", file, on=elsewhere)
    made = elsewhere.extensions["clevenio"]
    made.database.close()
    made.jobs.close()
    assert (checked.exit_code, (tmp_path / "elsewhere" / "clevenio.db").exists()) == (0, False)


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("ask", "mail", "not an address"), 2),
        (("ask", "receipt", "4b1c"), 1),
        (("ask", "file", EMAIL, "--file", "77"), 1),
        (("ask", "file", EMAIL, "--file", "x"), 2),
        (("ask", "everything", EMAIL), 2),
        (("check", "no-such-file.zip"), 2),
    ],
)
def test_wrong_usage_has_its_exit_code(run, clock, args, code):
    answer = run(*args)
    assert answer.exit_code != 0 if code == 1 else answer.exit_code == code
