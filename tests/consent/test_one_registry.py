"""One registry drives everything: what is added to its files follows everywhere, and no two places differ."""

import json
import re
from dataclasses import replace
from html import unescape

import pytest

from clevenio.app import create_app
from clevenio.consent.cookies import Choices, parse
from clevenio.consent.enforcement import NECESSARY, declared, expired, is_allowed
from clevenio.consent.notices import choices_notice
from clevenio.registry import load
from clevenio.web.headers import POLICY
from tests.browser.test_tags import SIGNALS
from tests.consent.conftest import COOKIE, VENDOR
from tests.consent.test_views import value
from tests.support.application import new_client
from tests.support.elsewhere import TAGS

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])

CENTRE = {"fi": "/fi/valinnat", "en": "/en/choices"}
DECLARATION = {"fi": "/fi/evasteet", "en": "/en/cookies"}
VENDORS = {"fi": "/fi/kumppanit", "en": "/en/vendors"}

# What somebody adds to the files: a vendor, the two cookies it sets and the script that sets them.
ADDED = {
    "vendors": VENDOR.format(id="counter", name="Counter", category="analytics").replace(
        'category = "analytics"\n', ""
    ),
    "cookies": COOKIE.format(name="_counter", category="analytics", provider="counter")
    + 'tag = "counter"\n'
    + COOKIE.format(name="_counter_*", category="analytics", provider="counter").replace("30", "60")
    + 'tag = "counter"\n',
    "tags": """
[[tag]]
id = "counter"
vendor = "counter"
category = "analytics"
library = "plain"
address = "https://cdn.counter.example.com/{key}.js"
key = "[0-9]+"
scripts = ["https://cdn.counter.example.com"]
connections = ["https://count.counter.example.com"]
""",
}


def choices(*categories, refused=()):
    return Choices(choices_notice("en").id, frozenset(categories), frozenset(refused))


def page_tags(client):
    (content,) = re.findall(r'<meta name="tags" content="([^"]*)">', client.get("/en/").text)
    return json.loads(unescape(content))


def policy(client):
    header = client.get("/en/").headers["Content-Security-Policy"]
    return {part.split()[0]: set(part.split()[1:]) for part in header.split("; ")}


def row(html, name):
    (found,) = [r for r in html.split("<tr>") if f"<code>{name}</code>" in r]
    return unescape(found).replace("\xa0", " ")


@pytest.fixture
def added(app, settings, extend):
    """A site with the addition, and a browser on it that accepted everything before."""
    earlier = new_client(app)
    earlier.post("/en/choices", data={"decision": "accept"})
    extend(**ADDED)
    after = create_app(replace(settings, tags={"counter": "17"}))
    client = new_client(after)
    for name in ("choices", "receipt"):
        client.set_cookie(name, earlier.get_cookie(name).value)
    yield client
    kit = after.extensions["clevenio"]
    kit.database.close()
    kit.jobs.close()


@pytest.fixture
def fresh(added):
    return new_client(added.application)


@pytest.mark.parametrize("language", ["fi", "en"])
def test_bar_centre_and_declaration_name_the_new_vendor(fresh, language):
    bar = choices_notice(language).content
    (category,) = [c for c in bar["categories"] if c["id"] == "analytics"]
    assert [v["name"] for v in category["vendors"]] == ["Counter"]
    assert choices_notice(language).id in fresh.get(f"/{language}/").text
    centre = fresh.get(CENTRE[language]).text
    assert 'name="vendor" value="counter"' in centre
    assert "Counter Oy" in centre
    declaration = fresh.get(DECLARATION[language]).text
    for name, days in (("_counter", 30), ("_counter_*", 60)):
        shown = row(declaration, name)
        assert f"{days} {'päivää' if language == 'fi' else 'days'}" in shown
        assert "Counter Oy" in shown
        assert {"fi": "Laskee lukijoita.", "en": "Counts readers."}[language] in shown
    assert "Counter Oy" in fresh.get(VENDORS[language]).text


def test_the_policy_lets_its_hosts_in_and_no_others(fresh):
    found = policy(fresh)
    assert found["script-src"] == {"'self'", "https://cdn.counter.example.com"}
    assert found["connect-src"] == {"'self'", "https://count.counter.example.com"}


def test_the_filter_and_the_deletion_follow(fresh):
    registry = load()
    for name in ("_counter", "_counter_7"):
        assert not is_allowed(registry, f"{name}=1; Path=/", None)
        assert not is_allowed(registry, f"{name}=1; Path=/", choices("marketing"))
        assert not is_allowed(registry, f"{name}=1; Path=/", choices("analytics", refused=["counter"]))
        assert is_allowed(registry, f"{name}=1; Path=/", choices("analytics"))
    fresh.post("/en/choices", data={"decision": "accept"})
    fresh.set_cookie("_counter_7", "1")
    answer = fresh.post("/en/choices", data={"decision": "reject"})
    deleted = {h.partition("=")[0] for h in answer.headers.getlist("Set-Cookie") if "Max-Age=0" in h}
    assert {"_counter", "_counter_7"} <= deleted


def test_the_page_starts_it_by_category_with_its_signals_and_forgets_what_it_kept(fresh):
    told = page_tags(fresh)
    assert told["tags"] == [
        {
            "id": "counter",
            "category": "analytics",
            "vendor": "counter",
            "library": "plain",
            "key": "17",
            "address": "https://cdn.counter.example.com/17.js",
        }
    ]
    assert told["signals"]["analytics"] == ["analytics_storage"]
    assert [entry["name"] for entry in told["stored"]] == ["_counter", "_counter_*"]


def test_machines_are_told_and_the_rule_of_helpers_still_fits(fresh):
    document = fresh.get("/.well-known/choices.json").json
    assert "counter" in [v["id"] for v in document["vendors"]]
    assert {"_counter", "_counter_*"} <= {c["name"] for c in document["cookies"]}
    (rule,) = fresh.get("/.well-known/autoconsent.json").json["autoconsent"]
    fresh.post("/en/choices", data={"decision": "reject"})
    header = f"choices={fresh.get_cookie('choices').value}"
    assert all(step["cookieContains"] in header for step in rule["test"])
    assert value(fresh, "choices").endswith(";c=;x=counter")


def test_whoever_accepted_before_is_asked_about_it_and_nothing_runs_until_then(added):
    page = added.get("/en/").text
    assert 'id="site-choices"' in page
    digits = value(added, "choices")[2:14]
    (change,) = added.get("/.well-known/choices.json").json["changes"][digits]
    assert change["purpose"] == "analytics:counter"
    assert change["says"]["en"][0] == "Analytics: a new recipient, Counter (Counter Oy, Finland)."
    added.post("/en/choices", data={"decision": "accept", "asked": "analytics:counter"})
    assert 'id="site-choices"' not in added.get("/en/").text


every_tag = pytest.mark.parametrize(
    "extra_settings",
    [{"TAGS": TAGS, "EMBEDS": "youtube,openstreetmap"}, {}],
    ids=["on", "off"],
)


@every_tag
@pytest.mark.parametrize("language", ["fi", "en"])
def test_no_two_places_differ(client, language):
    registry, document = load(), client.get("/.well-known/choices.json").json
    names = {c["name"] for c in document["cookies"]}

    declaration = re.findall(r'scope="row"><code>([^<]+)</code>', client.get(DECLARATION[language]).text)
    assert (len(declaration), set(map(unescape, declaration))) == (len(names), names)

    ours = {c["name"]: c for c in document["cookies"] if c["domain"] is None}
    optional = {name for name, c in ours.items() if c["category"] != NECESSARY}
    of_server = {name for name in optional if ours[name]["kind"] == "cookie"}
    sent = [name.replace("*", "1") for name in of_server]
    headers = expired(registry, choices(), "localhost", sent)
    assert {h.partition("=")[0] for h in headers} == set(sent)
    for name in of_server:
        entry = ours[name]
        header = f"{name.replace('*', '1')}=1; Path={entry['path']}"
        assert is_allowed(registry, header, choices(entry["category"]))
        assert not is_allowed(registry, header, choices())
        assert declared(registry, name.replace("*", "1")).provider == entry["provider"]

    content = choices_notice(language).content
    shown = {f"{c['id']}:{v['id']}" for c in content["categories"] for v in c["vendors"]}
    centre = client.get(CENTRE[language]).text
    boxes = {m.rpartition("-")[2] for m in re.findall(r'name="vendor" value="(\w+)"', centre)}
    assert {p.partition(":")[2] for p in shown} == boxes
    assert {c["id"] for c in content["categories"]} | shown == set(registry.browser_purposes)
    assert [c["id"] for c in content["categories"]] == document["categories"]
    guests = {entry["vendor"] for entry in (*document["tags"], *document["embeds"])} - {None}
    assert boxes == guests | {v["id"] for v in document["vendors"] if v["category"]}
    assert document["notices"][language] == choices_notice(language).id

    expected = {name: set(sources.split()) for name, sources in POLICY.items()}
    for tag in document["tags"]:
        for field, directive in (
            ("scripts", "script-src"),
            ("connections", "connect-src"),
            ("images", "img-src"),
            ("frames", "frame-src"),
        ):
            expected.setdefault(directive, set()).update(tag[field])
    if document["embeds"]:
        # Each comes in a frame of ours, which has a policy of its own.
        expected.setdefault("frame-src", set()).add("'self'")
    assert policy(client) == {name: sources for name, sources in expected.items() if sources}

    if not document["tags"]:
        assert 'name="tags"' not in client.get("/en/").text
        return
    told = page_tags(client)
    readable = {name for name in optional if ours[name]["readable_by_scripts"]}
    assert {entry["name"] for entry in told["stored"]} == readable
    assert {t["id"]: t["vendor"] for t in told["tags"]} == {t["id"]: t["vendor"] for t in document["tags"]}
    assert told["signals"] == {p["id"]: p["signals"] for p in document["purposes"] if p["signals"]}
    assert {signal for signals in told["signals"].values() for signal in signals} == SIGNALS


@pytest.mark.parametrize("extra_settings", [every_tag.args[1][0]], ids=["on"])
@pytest.mark.parametrize(
    ("language", "name", "words"),
    [
        ("fi", "IDE", ["Google Ireland Limited", "sivustolla doubleclick.net", "13 kuukautta"]),
        ("en", "IDE", ["Google Ireland Limited", "on doubleclick.net", "13 months"]),
        ("fi", "multiFbc", ["paikallinen tallennustila", "tällä sivustolla", "6 kuukautta"]),
        ("en", "multiFbc", ["local storage", "on this site", "6 months"]),
        ("en", "_pk_id.*", ["on this site", "393 days", "nobody else"]),
    ],
)
def test_the_declaration_says_where_each_entry_stands_and_whose_it_is(client, language, name, words):
    shown = row(client.get(DECLARATION[language]).text, name)
    for word in words:
        assert word in shown


@every_tag
def test_the_rule_of_helpers_fits_every_page_with_a_bar(client):
    (rule,) = client.get("/.well-known/autoconsent.json").json["autoconsent"]
    steps = [s["waitForThenClick"] for s in (*rule["optIn"], *rule["optOut"])]
    steps += [s["exists"] for s in rule["detectCmp"]]
    pages = re.findall(r"<loc>https?://[^/]+(/[^<]*)", client.get("/sitemap.xml").text)
    bars = 0
    for path in pages:
        html = client.get(path).text
        if 'id="site-choices"' not in html:
            continue
        bars += 1
        bar = html.partition('id="site-choices"')[2].partition("</section>")[0]
        for step in steps:
            choice = re.fullmatch(r"#site-choices \[data-choice=(\w+)\]", step)[1]
            assert f'data-choice="{choice}"' in bar, (path, step)
    assert bars >= 20
    client.post("/en/choices", data={"decision": "reject"})
    assert parse(client.get_cookie("choices").value)
