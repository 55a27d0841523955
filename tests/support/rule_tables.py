"""Tables of rules in `docs/`: each line names the tests that hold it, and those are there and run."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
# A mark of a single case (`pytest.param(…, marks=…)`) leaves the others in.
LEFT_OUT = re.compile(r"(?<!marks=)pytest\.mark\.(skip|xfail|slow)")
NAMED = re.compile(r"`(tests/[\w/.]+::\w+)`")


def rows(text: str) -> dict[int, tuple[str, str]]:
    """The lines of a text's tables, by the number of the rule: what names tests, and the figure."""
    found = re.findall(r"(?m)^\| (\d+)\. [^|]+\|([^|]*)\|([^|]*)\|$", text)
    return {int(number): (tests, figure.strip()) for number, tests, figure in found}


def named(text: str) -> list[str]:
    """Every test that a text names, as `path::name`."""
    return sorted(set(NAMED.findall(text)))


@cache
def collected_from(path: str | Path) -> set[str]:
    """What `make test` runs of a file: its tests and classes of tests, but for those that are marked, or with all of it."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    for_all = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark"
    ]
    return {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and node.name.startswith(("test_", "Test"))
        and not any(LEFT_OUT.search(ast.unparse(mark)) for mark in [*for_all, *node.decorator_list])
    }


def is_run(node: str) -> bool:
    """Whether a test that is named is there, and part of `make test`."""
    path, _, name = node.partition("::")
    return Path(path).name.startswith("test_") and (ROOT / path).exists() and name in collected_from(path)
