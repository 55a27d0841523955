"""The table of `docs/rights.md`: every rule has a line, and every test and command it names is there."""

import re

import click
import pytest

from tests.support.rule_tables import ROOT, is_run, named

TEXT = (ROOT / "docs" / "rights.md").read_text(encoding="utf-8")
ROWS = {int(number): tests for number, tests in re.findall(r"(?m)^\| (\d+)\. [^|]+\|([^|]*)\|$", TEXT)}


def test_every_rule_has_a_line_with_a_test():
    assert sorted(ROWS) == list(range(1, 36))
    assert all(named(tests) for tests in ROWS.values())


@pytest.mark.parametrize("node", named(TEXT))
def test_every_test_that_is_named_is_there(node):
    assert is_run(node), node


def test_every_decision_and_page_it_leads_to_is_there():
    for path in re.findall(r"\]\(([^)]+\.md)\)", TEXT):
        assert (ROOT / "docs" / path).is_file(), path


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("command", re.findall(r"(?m)^clevenio (\w+ \w+)", TEXT))
def test_every_command_it_shows_is_one(app, command):
    group, name = command.split()
    assert name in app.cli.get_command(click.Context(app.cli), group).commands
