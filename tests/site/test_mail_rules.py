"""The tables of `docs/mail.md`: every rule has a line, and every test it names is there and is collected."""

import pytest

from tests.support.rule_tables import NAMED, ROOT, is_run, named, rows

TEXT = (ROOT / "docs" / "mail.md").read_text(encoding="utf-8")
ROWS = rows(TEXT)


def test_the_rules_are_numbered_without_a_gap():
    assert sorted(ROWS) == list(range(1, len(ROWS) + 1))


@pytest.mark.parametrize("rule", ROWS)
def test_every_rule_names_a_test_and_a_figure(rule):
    tests, figure = ROWS[rule]
    assert NAMED.search(tests), "no test"
    assert figure, "no figure"


def test_every_test_that_is_named_is_there():
    assert [node for node in named(TEXT) if not is_run(node)] == []
