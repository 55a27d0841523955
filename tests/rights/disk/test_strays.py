"""What a PostgreSQL server leaves when it is killed while it writes a table anew is found, and said to whom it concerns."""

import json
import os
import signal
import time

import pytest
from click.testing import CliRunner
from flask.cli import ScriptInfo
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from clevenio import strays
from clevenio.app import cli
from clevenio.health import Verdict
from clevenio.rights import disk_findings
from clevenio.rights.models import State
from tests.rights.disk.conftest import in_folder
from tests.support.factories import NOW


@pytest.fixture
def writing(server, database):
    """A way to write the table of people anew, by the same code as VACUUM (FULL), in a transaction that stays open."""
    engine = create_engine(server.set(database="site"))
    with engine.connect() as connection:

        def write():
            connection.execute(text("CLUSTER people USING pk_people"))
            return connection

        yield write
    engine.dispose()


@pytest.fixture
def killed(writing, as_operator, database):
    """A way to kill one of the server's processes within that; the others begin anew by themselves."""

    def kill():
        connection = writing()
        process = connection.scalar(text("SELECT pg_backend_pid()"))
        # What stands in the server's memory alone would be lost with it.
        as_operator("CHECKPOINT")
        os.kill(process, signal.SIGKILL)
        # Not before: a server that sees its client go tidies up.
        connection.invalidate()
        database.engine.dispose()
        _wait_for(as_operator)

    return kill


def _wait_for(as_operator):
    """Until the server has begun anew: it answers nobody meanwhile."""
    for _ in range(200):
        time.sleep(0.05)
        try:
            as_operator("SELECT 1", database="site")
        except OperationalError:
            continue
        return


def test_a_file_that_a_killed_server_left_is_found_and_said(
    acts, relay, granted, killed, database, settings, app, files
):
    person = acts.customer()
    killed()
    request = acts.ask(person)
    acts.begin(request)
    acts.deliver(relay)
    acts.go_on()
    left = strays.find(database)
    assert in_folder(files(), "base") == files() != []
    assert {path.split("/data/")[-1] for path in files()} <= set(left)
    assert acts.request(request).state == State.DONE
    assert acts.history(request)[-4:] == ["tables_rewritten", "files_left", "log_emptied", "done"]
    found = {each.name: each for each in disk_findings.examine(settings, database, NOW)}
    assert (found["pg_files"].verdict, left[0] in found["pg_files"].text) == (Verdict.BAD, True)
    result = CliRunner().invoke(cli, ["rights", "rewrite", "--json"], obj=ScriptInfo(create_app=lambda: app))
    assert (result.exit_code, left[0] in result.stderr) == (1, True)
    assert json.loads(result.stdout)["strays"] == left


def test_what_is_being_written_is_nobodys_stray(erased, granted, writing, database):
    """A file belongs to no table before its transaction ends, and to none of those that look meanwhile."""
    connection = writing()
    assert strays.find(database, patience=0.3) == []
    connection.rollback()
    assert strays.find(database) == []


def test_who_may_not_look_is_told_what_to_grant(erased, database, settings):
    assert strays.find(database) == []
    found = {each.name: each for each in disk_findings.examine(settings, database, NOW)}
    assert found["pg_files"].verdict is Verdict.WARNING
    grant = "GRANT EXECUTE ON FUNCTION pg_ls_dir(text), pg_stat_file(text, boolean) TO site;"
    assert grant in found["pg_files"].text
