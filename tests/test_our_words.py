"""What stands in the place of a relay's words is ours to translate, and is never shown as the relay's."""

import ast
from importlib import import_module
from pathlib import Path

import pytest

from clevenio import smtp
from clevenio.i18n import gettext, use_language
from clevenio.smtp import Reply

PACKAGE = Path(smtp.__file__).parent


def _given(tree):
    """What is written down as a reply: by that name, or as the words of a `Reply`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from (each.value for each in node.keywords if each.arg == "reply")
            if isinstance(node.func, ast.Name) and node.func.id == "Reply":
                yield from node.args[1:2]
        elif isinstance(node, ast.Assign):
            yield from (
                node.value
                for each in node.targets
                if isinstance(each, ast.Attribute) and each.attr == "reply"
            )


def _words(path):
    """Those of a module that it writes itself, as literals or by the name of a constant."""
    module = import_module(".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts))
    for node in _given(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.Name) and node.id.isupper():
            yield getattr(module, node.id)
        elif isinstance(node, ast.Attribute) and node.attr.isupper():
            yield getattr(smtp, node.attr)


def test_whatever_we_write_in_a_replys_place_is_known_as_ours():
    holding = [path for path in PACKAGE.rglob("*.py") if "reply" in path.read_text(encoding="utf-8").lower()]
    found = {words for path in holding if path.name != "__main__.py" for words in _words(path)}
    assert {smtp.INTERRUPTED, smtp.STOPPED, smtp.RESTORED} <= found
    assert found <= smtp.OURS


@pytest.mark.parametrize("words", sorted(smtp.OURS))
def test_ours_are_told_in_the_readers_language_and_under_no_code(words):
    with use_language("fi"):
        assert gettext(words) != words
    assert Reply(451, words).said == words
    assert Reply(451, "4.7.1 greylisted").said == "451 4.7.1 greylisted"
