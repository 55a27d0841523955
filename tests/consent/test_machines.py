"""The registry as a document for machines."""

import json

import pytest

from clevenio.consent.notices import changes_since, choices_notice
from clevenio.registry import load

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


def test_the_document_is_the_registry(client):
    response = client.get("/.well-known/choices.json")
    assert (response.status_code, response.mimetype) == (200, "application/json")
    assert "Set-Cookie" not in response.headers
    document = json.loads(response.text)
    registry = load()
    assert [entry["id"] for entry in document["purposes"]] == list(registry.purposes)
    assert [entry["purpose"] for entry in document["topics"]] == list(registry.topics)
    assert [entry["id"] for entry in document["vendors"]] == list(registry.vendors)
    assert [entry["name"] for entry in document["cookies"]] == list(registry.cookies)
    assert [entry["id"] for entry in document["periods"]] == list(registry.periods)
    assert document["categories"] == ["preferences", "analytics", "marketing"]


def test_it_names_the_versions_shown_today(client):
    document = json.loads(client.get("/.well-known/choices.json").text)
    assert document["notices"] == {language: choices_notice(language).id for language in ("fi", "en")}
    assert changes_since(document["asks"]) == ()


def test_texts_come_in_both_languages(client):
    document = json.loads(client.get("/.well-known/choices.json").text)
    for entry in (*document["purposes"], *document["vendors"], *document["cookies"]):
        for text in ("name", "wording", "purpose", "data"):
            if isinstance(entry.get(text), dict):
                assert set(entry[text]) == {"fi", "en"}
                assert all(entry[text].values())


def test_a_new_vendor_appears_by_itself(client, rich):
    document = json.loads(client.get("/.well-known/choices.json").text)
    (vendor,) = [entry for entry in document["vendors"] if entry["id"] == "counter"]
    assert vendor["category"] == "analytics"


def test_the_rule_of_helpers_uses_the_hooks_of_every_page(client):
    (rule,) = json.loads(client.get("/.well-known/autoconsent.json").text)["autoconsent"]
    page = client.get("/en/").text
    for step in (*rule["optIn"], *rule["optOut"]):
        bar, button = step["waitForThenClick"].split()
        assert f'id="{bar.removeprefix("#")}"' in page
        assert button.strip("[]").replace("=", '="') + '"' in page
    client.post("/en/choices", data={"decision": "accept"})
    assert is_taken_as_refused(client, rule) is False
    client.post("/en/choices", data={"decision": "reject"})
    assert is_taken_as_refused(client, rule) is True


def is_taken_as_refused(client, rule):
    header = f"choices={client.get_cookie('choices').value}"
    return all(step["cookieContains"] in header for step in rule["test"])
