"""Commands that are forked: after one that did not end, or a parent that is gone, the next one runs all the same."""

import pytest

from tests.support import commands
from tests.support.commands import Commands


@pytest.fixture
def forked():
    made = Commands()
    yield made
    made.close()


@pytest.fixture
def version(forked, tmp_path):
    """Runs one that needs nothing; its exit code."""
    return lambda: forked.run(["--help"], tmp_path, {}).returncode


def test_after_a_command_that_did_not_end_the_next_one_runs(version, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(commands, "SECONDS", 0)
        with pytest.raises(TimeoutError):
            version()
    assert version() == 0


def test_where_the_parent_is_gone_another_one_is_started(version, forked):
    assert version() == 0
    forked._parent.kill()
    forked._parent.wait()
    assert version() == 0
