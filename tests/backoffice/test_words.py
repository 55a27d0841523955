"""Every action and reason that the program writes into the audit trail has words for people."""

import ast
import re
from pathlib import Path

import clevenio
from clevenio.rights.trail_words import ACTIONS, REASONS

CODE = re.compile(r"[a-z]+(?:\.[a-z_]+){1,2}")
REASON_NAMES = {"REASON", "OVERSEEING", "LOOKING"}
TREES = [ast.parse(path.read_text(encoding="utf-8")) for path in Path(clevenio.__path__[0]).rglob("*.py")]

# `audit.record`, and every function of a room that is given an action, to hand it on.
RECORDERS = {
    node.name
    for tree in TREES
    for node in ast.walk(tree)
    if isinstance(node, ast.FunctionDef)
    and "action" in [each.arg for each in (*node.args.args, *node.args.kwonlyargs)]
}


def calls():
    for tree in TREES:
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                name = (
                    node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                )
                yield name, node


def texts(node):
    return [
        each.value
        for each in ast.walk(node)
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    ]


def written_actions():
    for name, call in calls():
        if name in RECORDERS:
            given = [*call.args, *(each.value for each in call.keywords if each.arg == "action")]
            for node in given:
                if not isinstance(node, ast.Call):
                    yield from (text for text in texts(node) if CODE.fullmatch(text))


def written_reasons():
    for name, call in calls():
        if name == "record":
            for keyword in call.keywords:
                if keyword.arg == "reason":
                    yield from texts(keyword.value)
    for tree in TREES:
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in REASON_NAMES:
                yield from texts(node.value)


def test_every_action_has_words():
    found = set(written_actions())
    assert {"people.find", "account.move", "rights.erase", "staff.view"} <= found
    assert found - ACTIONS.keys() == set()


def test_every_reason_has_words():
    found = set(written_reasons())
    assert "answering inquiries" in found
    assert found - REASONS.keys() == set()


def test_words_that_nothing_writes_are_gone():
    formed = {"inquiries.open", "inquiries.answered", "inquiries.closed", "audience.removal"}
    formed |= {"newsletter.uncertain", "newsletter.failed"}
    assert ACTIONS.keys() - set(written_actions()) - formed == set()
