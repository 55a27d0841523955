"""Forks a process for each job on its standard input, a line of JSON; answers a line each.

A command's answer is its exit code. One that goes on, to be awaited later, is answered with its process id.
"""

import json
import os
import signal
import sys
from typing import IO, Any

from clevenio.app import cli

OUT, IN, WRITE = 1, 0, os.O_WRONLY | os.O_CREAT


def main() -> None:
    # One at a time, so that a job's exit is the next that there is to tell.
    answers = os.fdopen(os.dup(OUT), "w")
    for line in sys.stdin:
        job = json.loads(line)
        answers.write(f"{_ended(job['await']) if 'await' in job else _forked(job, answers)}\n")
        answers.flush()


def _forked(job: dict[str, Any], answers: IO[str]) -> int:
    child = os.fork()
    if child == 0:
        answers.close()
        become(job)
    return child if job["goes_on"] else _ended(child)


def _ended(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def become(job: dict[str, Any]) -> None:
    """Be the command from here on: its folder, environment, files and arguments."""
    if job["goes_on"]:
        # A session of its own, so that all of what it starts can be ended at once.
        os.setsid()
    os.chdir(job["cwd"])
    os.environ.clear()
    os.environ.update(job["environment"])
    for number, (path, flags) in enumerate(zip(job["files"], (os.O_RDONLY, WRITE, WRITE), strict=True)):
        os.dup2(os.open(path, flags | os.O_APPEND), number)
    sys.stdin = os.fdopen(IN, encoding="utf-8", closefd=False)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = ["clevenio", *job["arguments"]]
    sys.exit(cli())


if __name__ == "__main__":
    main()
