"""Helpers that answer for people: DuckDuckGo's own autoconsent engine, with our rule and by its heuristic."""

import json
from urllib.request import urlopen

import duckduckgo_autoconsent as autoconsent
import pytest

from clevenio.consent import ledger
from tests.browser.test_choices import ALL, cookies, states

pytestmark = pytest.mark.browser

# The engine runs as a content script: it asks its owner what to do, and tells how it went.
OWNER = """
window.heard = [];
window.autoconsentSendMessage = async (message) => {
  window.heard.push(message);
  if (message.type !== "init") return;
  setTimeout(() => window.autoconsentReceiveMessage({
    type: "initResp", config: %(config)s, rules: { autoconsent: %(rules)s },
  }));
};
"""


def let_answer(page, rules, **config):
    """Put the engine into every page, as the browser that ships it does: before the page's own scripts."""
    chosen = {"enabled": True, "disabledCmps": [], "detectRetries": 20, **config}
    page.add_init_script(OWNER % {"config": json.dumps(chosen), "rules": json.dumps(rules)})
    page.add_init_script(autoconsent.bundle())


@pytest.fixture
def page(new_page, language):
    """The page's own policy does not bind a browser's extensions, and the engine is one."""
    return new_page(language=language, bypass_csp=True)


def heard(page, kind):
    page.wait_for_function("kind => window.heard.some((message) => message.type === kind)", arg=kind)
    return next(message for message in page.evaluate("window.heard") if message["type"] == kind)


@pytest.fixture
def rules(live_site):
    """What we serve, beside every rule that ships with the engine: ours has to be the one that fits."""
    with urlopen(f"{live_site.url}/.well-known/autoconsent.json") as answer:
        ours = json.load(answer)["autoconsent"]
    return ours + json.loads(autoconsent.rules_json())


@pytest.mark.parametrize(("act", "state"), [("optOut", "refused"), ("optIn", "granted")])
def test_our_rule_answers_in_both_languages(live_site, page, language, rules, act, state):
    let_answer(page, rules, autoAction=act)
    page.goto(f"{live_site.url}/{language}/")
    assert heard(page, "autoconsentDone")["cmp"] == "localhost"
    assert heard(page, f"{act}Result")["result"] is True
    page.locator("#site-choices").wait_for(state="detached")
    assert states(live_site, page) == dict.fromkeys(ALL, ledger.State(state))


def self_test(page):
    """What the engine finds out when its owner asks whether the refusal took."""
    page.evaluate("window.heard = window.heard.filter((message) => message.type !== 'selfTestResult')")
    page.evaluate("window.autoconsentReceiveMessage({ type: 'selfTest' })")
    return heard(page, "selfTestResult")["result"]


def test_the_engine_finds_its_refusal_taken(live_site, page, language, rules):
    let_answer(page, rules, autoAction="optOut")
    page.goto(f"{live_site.url}/{language}/")
    heard(page, "autoconsentDone")
    page.locator("#site-choices").wait_for(state="detached")
    assert self_test(page) is True


def test_the_engine_tells_a_consent_from_its_withdrawal(live_site, page, language, rules):
    let_answer(page, rules, autoAction="optIn")
    page.goto(f"{live_site.url}/{language}/")
    heard(page, "autoconsentDone")
    assert self_test(page) is False
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.locator("[data-choice=withdraw]").click()
    page.wait_for_function("!document.cookie.includes('marketing')")
    assert self_test(page) is True
    assert states(live_site, page) == dict.fromkeys(ALL, ledger.State.WITHDRAWN)


def test_a_helper_leaves_an_answered_browser_alone(live_site, page, language, rules):
    let_answer(page, rules, autoAction="optOut")
    page.goto(f"{live_site.url}/{language}/")
    heard(page, "autoconsentDone")
    page.locator("#site-choices").wait_for(state="detached")
    before = cookies(page)
    page.goto(f"{live_site.url}/{language}/")
    page.wait_for_timeout(1500)
    assert not [m for m in page.evaluate("window.heard") if m["type"] in ("cmpDetected", "popupFound")]
    assert cookies(page) == before


@pytest.mark.parametrize("language", ["en"])
def test_the_english_bar_is_understood_without_a_rule(live_site, page, language):
    let_answer(page, [], autoAction="optOut", enableHeuristicDetection=True, heuristicMode="reject")
    page.goto(f"{live_site.url}/en/")
    heard(page, "autoconsentDone")
    page.locator("#site-choices").wait_for(state="detached")
    assert states(live_site, page) == dict.fromkeys(ALL, ledger.State.REFUSED)
    assert "receipt" in cookies(page)
