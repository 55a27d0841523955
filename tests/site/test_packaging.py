import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = [ROOT / "requirements.txt", ROOT / "requirements-dev.txt"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The names in the wheel, built as an installation builds it: with what is pinned, from nowhere else."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    [path] = folder.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        return set(archive.namelist())


@pytest.mark.parametrize(
    ("folder", "inside"),
    [
        ("site/clevenio", "clevenio"),
        ("site/templates", "clevenio/templates"),
        ("site/static", "clevenio/static"),
        ("site/content", "clevenio/content"),
        ("translations", "clevenio/translations"),
    ],
)
def test_the_wheel_holds_every_file_a_site_needs(wheel, folder, inside):
    paths = [
        path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts
    ]
    assert paths
    expected = {f"{inside}/{path.relative_to(ROOT / folder).as_posix()}" for path in paths}
    assert expected - wheel == set()


def test_the_wheel_shadows_nothing_and_ships_no_tests(wheel):
    tops = {name.partition("/")[0] for name in wheel}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"clevenio"}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_requirement_is_pinned_and_hashed_and_names_no_address(lock):
    text = lock.read_text(encoding="utf-8")
    assert not re.search(r"://|^-|@ |file:", text, re.MULTILINE)
    requirements = text.replace("\\\n", " ").splitlines()
    assert requirements
    assert [
        line for line in requirements if not re.match(r"\S+==\S+ .*--hash=sha256:[0-9a-f]{64}", line)
    ] == []


def test_what_runs_the_site_can_also_build_it():
    assert re.search(r"^hatchling==", LOCKS[0].read_text(encoding="utf-8"), re.MULTILINE)


def test_tests_run_on_the_versions_that_are_served():
    pins = [
        set(re.findall(r"^([\w.-]+==[\w.]+)", lock.read_text(encoding="utf-8"), re.MULTILINE))
        for lock in LOCKS
    ]
    assert pins[0] - pins[1] == set()
