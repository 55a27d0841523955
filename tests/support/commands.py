"""`clevenio` commands as processes of their own, forked from one that has imported the program: most of a command's time.

How the installed program starts is for `tests/site/test_packaging.py`.
"""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SECONDS = 120


class Commands:
    """The process they are forked from; it starts at the first need."""

    def __init__(self) -> None:
        self._parent: subprocess.Popen[str] | None = None

    def run(
        self, arguments: Sequence[str], cwd: Path, environment: dict[str, str], stdin: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run one to its end, as `subprocess.run` does with captured text."""
        with TemporaryDirectory() as folder:
            files = {name: f"{folder}/{name}" for name in ("stdin", "stdout", "stderr")}
            Path(files["stdin"]).write_text(stdin or "", encoding="utf-8")
            job = {"arguments": arguments, "cwd": str(cwd), "environment": environment, "files": files}
            code = self._ask(job)
            said, told = (Path(files[name]).read_text(encoding="utf-8") for name in ("stdout", "stderr"))
        return subprocess.CompletedProcess(["clevenio", *arguments], code, said, told)

    def close(self) -> None:
        if self._parent:
            if self._parent.returncode is None:
                # The command that it forked goes, too.
                os.killpg(self._parent.pid, signal.SIGKILL)
                self._parent.wait()
            for pipe in (self._parent.stdin, self._parent.stdout):
                if pipe:
                    pipe.close()
            self._parent = None

    def _ask(self, job: dict[str, Any]) -> int:
        if self._parent and self._parent.poll() is not None:
            self.close()
        parent = self._parent = self._parent or self._start()
        assert parent.stdin
        assert parent.stdout
        parent.stdin.write(json.dumps(job) + "\n")
        parent.stdin.flush()
        if not select.select([parent.stdout], [], [], SECONDS)[0]:
            self.close()
            raise TimeoutError(f"clevenio {' '.join(job['arguments'])}")
        return int(parent.stdout.readline())

    def _start(self) -> subprocess.Popen[str]:
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{ROOT / 'site'}{os.pathsep}{ROOT}"}
        return subprocess.Popen(
            [sys.executable, "-m", "tests.support.forks"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )


COMMANDS = Commands()


@pytest.fixture(scope="session", autouse=True)
def _no_command_outlives_the_tests() -> Iterator[None]:
    yield
    COMMANDS.close()
