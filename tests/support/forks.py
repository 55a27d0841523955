"""Forks a process for each job on its standard input, a line of JSON; answers with its exit code, a line each."""

import json
import os
import signal
import sys
from typing import Any

from clevenio.app import cli

OUT, IN, TRUNCATE = 1, 0, os.O_WRONLY | os.O_CREAT | os.O_TRUNC


def main() -> None:
    # One at a time, so that a job's exit is the next that there is to tell.
    answers = os.fdopen(os.dup(OUT), "w")
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            answers.close()
            become(json.loads(line))
        _, status = os.waitpid(child, 0)
        answers.write(f"{os.waitstatus_to_exitcode(status)}\n")
        answers.flush()


def become(job: dict[str, Any]) -> None:
    """Be the command from here on: its folder, environment, files and arguments."""
    os.chdir(job["cwd"])
    os.environ.clear()
    os.environ.update(job["environment"])
    for number, (name, flags) in enumerate(
        (("stdin", os.O_RDONLY), ("stdout", TRUNCATE), ("stderr", TRUNCATE))
    ):
        os.dup2(os.open(job["files"][name], flags), number)
    sys.stdin = os.fdopen(IN, encoding="utf-8", closefd=False)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = ["clevenio", *job["arguments"]]
    sys.exit(cli())


main()
