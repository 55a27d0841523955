"""What the tests need of a machine. Where it is missing a test says so; in CI it fails."""

import os
import signal
from collections import Counter
from typing import NoReturn

import pytest

MARK = "Not run, because this machine lacks "


def missing(component: str) -> NoReturn:
    """End the test: skipped and counted on one's own machine, failed where `CI=true`."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{component} is missing", pytrace=False)
    pytest.skip(MARK + component)


def pytest_configure() -> None:
    """Let a polite kill end the session as Ctrl-C does, so that started servers end with it."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly what did not run, so that a green line is not taken for more than it is."""
    reasons = [str(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", [])]
    lacking = Counter(reason.partition(MARK)[2] for reason in reasons if MARK in reason)
    for component, count in lacking.items():
        terminalreporter.write_sep("!", f"{count} tests did NOT run: no {component} here", red=True)
