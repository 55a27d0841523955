"""Automated clients see what people see: nothing asks a browser what it is, but the list of one's own logins."""

import re
from pathlib import Path

import pytest

from clevenio.places import STATIC
from clevenio.web.assets import assets
from clevenio.web.blueprints import public_endpoints

PACKAGE = Path(__file__).parents[2] / "site" / "clevenio"
# What pages and programs tell apart by: marks of automation, of agents and of machines.
MARKS = re.compile(
    r"webdriver|user[-_. ]?agent|navigator\.(platform|plugins|languages|hardwareConcurrency|deviceMemory)"
    r"|headless|phantom|selenium|puppeteer|playwright|sec-ch-ua|HTTP_SEC_CH|isTrusted|hideFromBots|crawler|\bbot\b",
    re.IGNORECASE,
)
# Named in the list of a person's logins and nowhere else: "Firefox, Linux". And robots.txt, which speaks to all.
MEANT = {"accounts/browsers.py", "accounts/members.py", "pages/machines.py"}
AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/150.0 Safari/537.36",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "curl/8.14.1",
    "",
)


def test_no_script_of_ours_asks_what_a_browser_is():
    scripts = {name: asset.body.decode() for name, asset in assets().items() if name.endswith(".js")}
    assert {"js/site.js", "js/choices.js", "js/tags.js"} <= scripts.keys()
    assert {name: found[0] for name, text in scripts.items() if (found := MARKS.search(text))} == {}
    assert {path.name for path in (Path(STATIC) / "js").rglob("*.js")} == {
        name.split("/")[-1] for name in scripts
    }


def test_no_template_does():
    texts = {
        path.name: path.read_text("utf-8") for path in (Path(STATIC).parent / "templates").rglob("*.html")
    }
    assert {name: found[0] for name, text in texts.items() if (found := MARKS.search(text))} == {}


def test_no_code_of_the_server_does_but_the_list_of_logins():
    found = {
        path.relative_to(PACKAGE).as_posix(): said[0]
        for path in PACKAGE.rglob("*.py")
        if (said := MARKS.search(path.read_text("utf-8")))
    }
    assert found.keys() == MEANT, found


@pytest.mark.parametrize("backend", ["sqlite"])
def test_every_agent_gets_the_same_pages_with_the_same_bar(app, client):
    paths = {r.rule for r in app.url_map.iter_rules() if r.endpoint in public_endpoints(app) and r.defaults}
    for path in sorted(paths):
        pages = {client.get(path, headers={"User-Agent": agent}).data for agent in AGENTS}
        assert len(pages) == 1, path
        assert b'data-choice="reject"' in pages.pop(), path


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("agent", AGENTS)
def test_every_agent_may_decide(client, agent):
    answer = client.post("/en/choices", data={"decision": "accept"}, headers={"User-Agent": agent})
    assert answer.status_code == 303
    assert "c=analytics" in client.get_cookie("choices").decoded_value
