"""What a start reads and makes, which everybody who waits for the first page waits for."""

import subprocess
import sys

import pytest
from flask import Flask
from werkzeug.routing import Rule

from clevenio.app import COMMANDS, Site
from clevenio.web.rules import LateRule

# Read by the first who needs them.
LATER = {
    "alembic.command",
    "dkim",
    "dns",
    "huey",
    "markdown_it",
    "phonenumbers",
    "rich.console",
    "webauthn",
}


def test_what_no_page_needs_at_once_is_not_read():
    program = "import sys, clevenio.web_process; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    read = set(done.stdout.split())
    assert "clevenio.app" in read
    assert not {*LATER, *COMMANDS.values()} & read


@pytest.fixture
def compiled(monkeypatch):
    """The rules whose builders Werkzeug has compiled, as often as it has."""
    rules, compile_builder = [], Rule._compile_builder

    def compiling(rule, append_unknown=True):
        rules.append(rule.rule)
        return compile_builder(rule, append_unknown)

    monkeypatch.setattr(Rule, "_compile_builder", compiling)
    return rules


class Fresh(Site):
    """The site's application as it is, where the suite's compiles each address once for all tests."""

    url_rule_class = LateRule


@pytest.mark.parametrize("kind", [Flask, Fresh])
def test_an_address_is_what_werkzeug_makes_of_it(kind):
    app = kind(__name__)
    app.add_url_rule("/<language>/<path:rest>", "page", defaults={"page": 1})
    app.add_url_rule("/<language>/<path:rest>/<int:page>", "page")
    bound = app.url_map.bind("example.com")
    assert bound.build("page", {"language": "fi", "rest": "a/ö", "page": 1}) == "/fi/a/%C3%B6"
    assert bound.build("page", {"language": "fi", "rest": "a", "page": 2}) == "/fi/a/2"
    told = {"language": "fi", "rest": "a", "page": 2, "rule": "x", "self": "y"}
    assert bound.build("page", told) == "/fi/a/2?rule=x&self=y"


def test_a_rule_compiles_its_builder_at_its_first_address_and_once(compiled):
    app = Fresh(__name__, static_folder=None)
    app.add_url_rule("/<language>/", "front")
    app.add_url_rule("/<language>/other", "other")
    assert compiled == []
    bound = app.url_map.bind("example.com")
    for language in ("fi", "en"):
        assert bound.build("front", {"language": language}) == f"/{language}/"
    assert set(compiled) == {"/<language>/"}
    assert len(compiled) <= 2
