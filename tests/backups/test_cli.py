"""`clevenio backup` and `clevenio restore` as somebody types them."""

import json
import os
import subprocess

import pytest
from click.testing import CliRunner

from clevenio.app import cli
from clevenio.registry import loader
from tests.support.server import PROGRAM


def restore(data, *arguments):
    """The command in this process: it needs no application."""
    env = {"CLEVENIO_DATA": str(data)}
    return CliRunner().invoke(cli, ["restore", *map(str, arguments)], env=env)


def command(data, *arguments):
    environment = {"PATH": os.environ["PATH"], "HOME": str(data), "CLEVENIO_DATA": str(data)}
    return subprocess.run(
        [PROGRAM, *map(str, arguments)],
        check=False,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture(scope="module")
def drill(tmp_path_factory):
    """The drill: a place with a database, a backup of it, and that restored elsewhere."""
    folder = tmp_path_factory.mktemp("drill")
    in_force = loader._IN_FORCE[:]
    command(folder / "live", "db", "upgrade")
    backup = command(folder / "live", "backup", folder / "one.tar", "--json")
    restored = restore(folder / "else", folder / "one.tar", "--json")
    loader._IN_FORCE[:] = in_force
    return folder, backup, restored


def test_both_answer_a_machine(drill):
    folder, backup, restored = drill
    assert (backup.returncode, restored.exit_code) == (0, 0), restored.stderr
    taken, done = json.loads(backup.stdout), json.loads(restored.stdout)
    assert taken["keys_carried"] == ["SECRET_KEYS", "MAIL_KEYS", "SUPPRESSION_KEY"]
    assert taken["size"] == (folder / "one.tar").stat().st_size
    assert done["data"] == str(folder / "else")
    assert done["prepared"]["learnt"] == {"erasures": 0, "suppressions": 0}


def test_who_brings_no_seals_is_told_what_is_not_known(drill, tmp_path):
    folder, *_ = drill
    alone = command(tmp_path / "alone", "restore", folder / "one.tar")
    beside = command(tmp_path / "beside", "restore", folder / "one.tar", "--seals", folder / "live" / "seals")
    assert (alone.returncode, beside.returncode) == (0, 0), alone.stderr
    assert "No seals outside the backup were read" in alone.stdout
    assert "No seals" not in beside.stdout


def test_what_was_restored_says_so_whenever_it_is_verified(drill):
    folder, *_ = drill
    told = command(folder / "else", "consent", "verify")
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith("Restored on ")
    assert "decisions are here up to 0" in told.stdout
    [note] = json.loads(command(folder / "else", "audit", "verify", "--json").stdout)["restored"]
    assert note["entries"] == {"here": 1, "known": 1}


def test_refusals_are_one_sentence_and_their_exit_code(drill, tmp_path):
    folder, *_ = drill
    again = restore(folder / "else", folder / "one.tar")
    assert (again.exit_code, again.stdout) == (1, "")
    assert again.stderr.startswith("clevenio: There is an installation in")
    (tmp_path / "torn.tar").write_bytes((folder / "one.tar").read_bytes()[:40_000])
    torn = restore(tmp_path / "data", tmp_path / "torn.tar")
    assert (torn.exit_code, torn.stderr.count("\n")) == (2, 1)
    assert restore(folder / "else", folder / "nothing.tar").exit_code == 2
    assert not (tmp_path / "data" / "keys").exists()


@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_application_holds_its_folder_and_a_backup_is_made_beside_it(app, settings, tmp_path):
    done = app.test_cli_runner().invoke(args=["backup", str(tmp_path / "one.tar")])
    assert done.exit_code == 0
    refused = restore(settings.data, tmp_path / "one.tar", "--replace")
    assert refused.exit_code == 1
    assert "is running on" in refused.stderr
