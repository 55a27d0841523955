"""The table of `docs/consent.md`: every rule has a line, and every test it names is there and is collected."""

import re

import pytest

from tests.support.rule_tables import NAMED, ROOT, collected_from, is_run, named, rows

TEXT = (ROOT / "docs" / "consent.md").read_text(encoding="utf-8")
ROWS = rows(TEXT)


def test_every_rule_has_a_line():
    assert sorted(ROWS) == list(range(1, 26))


@pytest.mark.parametrize("rule", ROWS)
def test_every_rule_names_a_test_and_a_figure(rule):
    tests, figure = ROWS[rule]
    assert NAMED.search(tests), "no test"
    assert figure, "no figure"


def test_the_map_of_the_room_has_every_file_and_nothing_that_is_not_there():
    room = ROOT / "site" / "clevenio" / "consent"
    there = {path.stem for path in room.glob("*.py")} | {
        f"{path.parent.name}/" for path in room.glob("*/__init__.py")
    }
    _, _, text = TEXT.partition("## The room, file by file")
    lines = re.findall(r"(?m)^\| [^|]+ \| ([^|]+) \|$", text)
    named = [name for line in lines for name in re.findall(r"`([a-z_]+/?)`", line)]
    assert sorted(named) == sorted(there - {"__init__"})


@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_the_document_for_machines_adds_to_the_files_is_explained(client):
    files = {path.stem for path in (ROOT / "site" / "clevenio" / "registry").glob("*.toml")}
    parts = set(client.get("/.well-known/choices.json").json) - files - {"categories"}
    assert parts == {"asks", "notices", "clocks", "changes", "narrowed", "seals"}
    for part in (*parts, "tags", "embeds"):
        assert f"`{part}` (" in TEXT, part


@pytest.mark.parametrize(
    "marked",
    [
        "pytestmark = [pytest.mark.browser, pytest.mark.slow]\n\ndef test_it(): ...",
        "pytestmark = pytest.mark.skipif(True, reason='')\n\ndef test_it(): ...",
        "@pytest.mark.slow\ndef test_it(): ...",
        "@pytest.mark.xfail\ndef test_it(): ...",
    ],
)
def test_what_make_test_leaves_out_holds_no_rule(tmp_path, marked):
    path = tmp_path / "test_made_up.py"
    path.write_text(marked)
    assert collected_from(path) == set()
    path.write_text(
        "@pytest.mark.parametrize('n', [1, pytest.param(2, marks=pytest.mark.slow)])\ndef test_it(n): ..."
    )
    collected_from.cache_clear()
    assert collected_from(path) == {"test_it"}


@pytest.mark.parametrize("node", named(TEXT))
def test_every_test_that_is_named_is_there(node):
    assert is_run(node), node
