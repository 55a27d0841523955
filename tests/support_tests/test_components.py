import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.components import missing

ROOT = Path(__file__).parents[2]
LACKING = {"CHROMIUM": "/nowhere/chromium"}


@pytest.mark.parametrize(("ci", "outcome"), [("true", "Failed"), ("", "Skipped")])
def test_a_missing_component_is_a_failure_in_ci_alone(monkeypatch, ci, outcome):
    monkeypatch.setenv("CI", ci)
    with pytest.raises(BaseException, match="teleprinter") as caught:
        missing("teleprinter")
    assert type(caught.value).__name__ == outcome


@pytest.mark.parametrize(("ci", "code"), [("true", 1), ("", 0)])
def test_a_run_without_chromium_says_loudly_what_it_left_out(monkeypatch, ci, code):
    for name, value in (LACKING | {"CI": ci}).items():
        monkeypatch.setenv(name, value)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "tests/support_tests/test_browser.py"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == code
    assert ("tests did NOT run: no Chromium here" in done.stdout) == (not ci)
