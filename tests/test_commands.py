"""What the commands have in common: which of them bring the schema up, and when."""

from dataclasses import replace

import pytest
from click.testing import CliRunner
from flask.cli import ScriptInfo

from clevenio import app as application
from clevenio import migrations
from clevenio.app import cli, create_app
from clevenio.errors import BadInput
from clevenio.settings import Settings


def invoke(app, *args):
    """The console script's own group, on this application."""
    return CliRunner().invoke(cli, args, obj=ScriptInfo(create_app=lambda: app))


@pytest.fixture
def run(tmp_path):
    """`run("people", "import")` on an installation without a database -> (exit code, is there one now?)."""
    settings = Settings.from_env({"CLEVENIO_DATA": str(tmp_path)})
    app = create_app(settings)

    def run(*args):
        result = invoke(app, *args)
        return result.exit_code, (tmp_path / "clevenio.db").exists()

    run.app = app
    yield run
    made = app.extensions["clevenio"]
    made.database.close()
    made.jobs.close()


@pytest.mark.parametrize(
    "args",
    [
        ["people", "import"],
        ["people", "import", "people.csv", "--no-such-option"],
        ["consent", "verify", "--no-such-option"],
        ["audiences", "export", "--platform", "no such platform"],
        ["people", "no-such-command"],
        ["no-such-command"],
        ["serve", "--port", "99999"],
    ],
)
def test_wrong_usage_makes_no_database(run, args):
    assert run(*args) == (2, False)


@pytest.mark.parametrize("args", [["people", "import", "--help"], ["people", "--help"], ["--help"]])
def test_looking_at_the_help_makes_no_database(run, args):
    assert run(*args) == (0, False)


def test_a_command_in_the_wrong_folder_makes_no_database_to_answer_from(run):
    assert run("consent", "verify") == (1, False)


def test_the_demonstration_makes_the_database_that_it_fills(run):
    assert run("demo", "load") == (0, True)


def test_in_production_the_demonstration_makes_nothing(run):
    made = run.app.extensions["clevenio"]
    made.settings = replace(made.settings, mode="production")
    assert run("demo", "load") == (1, False)
    assert "never loaded in production" in invoke(run.app, "demo", "load").stderr


def test_a_command_that_reads_data_finds_a_current_schema(run):
    assert run("db", "upgrade") == (0, True)
    assert run("consent", "verify") == (0, True)


@pytest.mark.parametrize("backend", ["postgresql"])
def test_a_database_of_its_own_is_left_to_whoever_runs_it(app, database, monkeypatch):
    monkeypatch.setattr(migrations, "newest", lambda: "9999")
    result = invoke(app, "consent", "verify")
    assert result.exit_code == 1
    assert "Run `clevenio db upgrade`." in result.stderr


def test_a_bad_registry_stops_every_start(tmp_path, monkeypatch):
    def refuse(*_given):
        raise BadInput("%(file)s, line %(line)s: %(reason)s", file="purposes.toml", line=1, reason="no")

    monkeypatch.setattr(application, "put_in_force", refuse)
    result = CliRunner(env={"CLEVENIO_DATA": str(tmp_path)}).invoke(cli, ["db", "upgrade"])
    assert (result.exit_code, result.stderr) == (2, "clevenio: purposes.toml, line 1: no\n")
