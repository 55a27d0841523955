"""`clevenio` commands as processes of their own, forked from one that has imported the program: most of a command's time.

How the installed program starts is for `tests/site/test_packaging.py`.
"""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
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
            code = self._ask(_job(arguments, cwd, environment, list(files.values())))
            said, told = (Path(files[name]).read_text(encoding="utf-8") for name in ("stdout", "stderr"))
        return subprocess.CompletedProcess(["clevenio", *arguments], code, said, told)

    def start(self, arguments: Sequence[str], cwd: Path, environment: dict[str, str], log: Path) -> "Running":
        """Start one that goes on, in a session of its own; what it says is added to the log."""
        files = [os.devnull, str(log), str(log)]
        return Running(self._ask(_job(arguments, cwd, environment, files, goes_on=True)), self.ended)

    def ended(self, pid: int) -> int:
        """The exit code of one that was started and has ended."""
        return self._ask({"await": pid})

    def close(self) -> None:
        if self._parent:
            if self._parent.returncode is None:
                # The command that it runs goes, too; what goes on is in sessions of its own.
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
            raise TimeoutError(str(job))
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


class Running:
    """A command that goes on until it is told to end."""

    def __init__(self, pid: int, ended: Callable[[int], int]) -> None:
        self.pid = pid
        self._handle = os.pidfd_open(pid)
        self._ended = ended
        self._code: int | None = None

    def poll(self) -> int | None:
        """Its exit code; None while it runs."""
        if self._code is None and select.select([self._handle], [], [], 0)[0]:
            self._code = self._ended(self.pid)
            os.close(self._handle)
        return self._code

    def wait(self, timeout: float) -> int:
        """Its exit code, once it has ended. Raises TimeoutError."""
        if self._code is None:
            select.select([self._handle], [], [], timeout)
        code = self.poll()
        if code is None:
            raise TimeoutError(f"process {self.pid} runs on")
        return code


def _job(
    arguments: Sequence[str],
    cwd: Path,
    environment: dict[str, str],
    files: list[str],
    *,
    goes_on: bool = False,
) -> dict[str, Any]:
    """What `tests.support.forks` understands; the files are those for input, output and errors."""
    return {
        "arguments": [*arguments],
        "cwd": str(cwd),
        "environment": environment,
        "files": files,
        "goes_on": goes_on,
    }


COMMANDS = Commands()


@pytest.fixture(scope="session", autouse=True)
def _no_command_outlives_the_tests() -> Iterator[None]:
    yield
    COMMANDS.close()
