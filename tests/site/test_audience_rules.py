"""The table of `docs/audiences.md`: every rule has a line, and every test it names is there and is collected."""

import re

import pytest

from clevenio.audiences.layouts import Forgets
from tests.support.rule_tables import ROOT, is_run, named

TEXT = (ROOT / "docs" / "audiences.md").read_text(encoding="utf-8")
ROWS = {int(number): tests for number, tests in re.findall(r"(?m)^\| (\d+)\. [^|]+\|([^|]*)\|$", TEXT)}


def test_every_rule_has_a_line_with_a_test():
    assert sorted(ROWS) == list(range(1, 12))
    assert all(named(tests) for tests in ROWS.values())


def test_every_way_to_forget_is_explained():
    assert all(f"`{way}`" in TEXT for way in Forgets)


@pytest.mark.parametrize("node", named(TEXT))
def test_every_test_that_is_named_is_there(node):
    assert is_run(node), node
