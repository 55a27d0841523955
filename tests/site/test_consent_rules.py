"""The table of `docs/consent.md`: every rule has a line, and every test it names is there and is collected."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "consent.md").read_text(encoding="utf-8")
ROWS = {
    int(number): (tests, figure.strip())
    for number, tests, figure in re.findall(r"(?m)^\| (\d+)\. [^|]+\|([^|]*)\|([^|]*)\|$", TEXT)
}
# A mark of a single case (`pytest.param(…, marks=…)`) leaves the others in.
LEFT_OUT = re.compile(r"(?<!marks=)pytest\.mark\.(skip|xfail|slow)")
NAMED = sorted(set(re.findall(r"`(tests/[\w/.]+::\w+)`", TEXT)))


@cache
def collected_from(path):
    """What `make test` runs of a file: its functions called `test_…`, but for those that are marked, or with all of it."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    for_all = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark"
    ]
    return {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        and node.name.startswith("test_")
        and not any(LEFT_OUT.search(ast.unparse(mark)) for mark in [*for_all, *node.decorator_list])
    }


def test_every_rule_has_a_line():
    assert sorted(ROWS) == list(range(1, 26))


@pytest.mark.parametrize("rule", ROWS)
def test_every_rule_names_a_test_and_a_figure(rule):
    tests, figure = ROWS[rule]
    assert re.search(r"`tests/[\w/.]+::test_\w+`", tests), "no test"
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


@pytest.mark.parametrize("node", NAMED)
def test_every_test_that_is_named_is_there(node):
    path, _, name = node.partition("::")
    assert Path(path).name.startswith("test_")
    assert (ROOT / path).exists(), path
    assert name in collected_from(path)
