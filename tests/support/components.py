"""What the tests need of a machine. Where it is missing a test says so; in CI it fails."""

import os
from collections import Counter
from typing import NoReturn

import pytest

MARK = "Not run, because this machine lacks "


def missing(component: str) -> NoReturn:
    """End the test: skipped and counted on one's own machine, failed where `CI=true`."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{component} is missing", pytrace=False)
    pytest.skip(MARK + component)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly what did not run, so that a green line is not taken for more than it is."""
    reasons = [str(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", [])]
    lacking = Counter(reason.partition(MARK)[2] for reason in reasons if MARK in reason)
    for component, count in lacking.items():
        terminalreporter.write_sep("!", f"{count} tests did NOT run: no {component} here", red=True)
