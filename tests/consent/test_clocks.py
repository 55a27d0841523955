"""How long a choice counts, by two settings: a consent ends, a refusal is not asked again before its day."""

import re

import pytest

from clevenio.errors import BadInput
from clevenio.registry import Clocks, load
from clevenio.settings import Settings
from tests.consent.test_views import attributes, ticked, value

DAY = 24 * 3600
CONSENT, REFUSAL = 30, 60

own_clocks = pytest.mark.parametrize(
    "extra_settings", [{"CONSENT_DAYS": str(CONSENT), "REFUSAL_DAYS": str(REFUSAL)}]
)
one_backend = pytest.mark.parametrize("backend", ["sqlite"])
answers = pytest.mark.parametrize(
    ("fields", "days"),
    [
        ({"decision": "accept"}, CONSENT),
        ({"decision": "reject"}, REFUSAL),
        ({"decision": "save"}, REFUSAL),
        ({"decision": "save", "category": "analytics"}, CONSENT),
    ],
)


@own_clocks
@answers
def test_both_cookies_live_as_long_as_the_answer_counts(client, clock, fields, days):
    response = client.post("/en/choices", data=fields)
    for name in ("choices", "receipt"):
        assert f"Max-Age={days * DAY}" in attributes(response, name)
    until = client.get("/en/choices/receipt.json").json["until"]
    assert until == clock.advance(days=days).isoformat()


@own_clocks
@answers
def test_the_same_answer_is_a_new_act_from_its_last_day_on_and_none_before(client, clock, fields, days):
    def answer_again():
        client.post("/en/choices", data=fields)
        return len(client.get("/en/choices/receipt.json").json["history"])

    rows = answer_again()
    clock.advance(days=days, seconds=-1)
    assert answer_again() == rows
    clock.advance(seconds=1)
    assert answer_again() == 2 * rows


@own_clocks
def test_a_consent_that_ended_is_ticked_nowhere_even_where_a_browser_kept_it(client, clock):
    client.post("/en/choices", data={"decision": "accept"})
    kept = client.get_cookie("choices").value, client.get_cookie("receipt").value
    clock.advance(days=CONSENT, seconds=-1)
    assert ticked(client.get("/en/choices").text) == {"analytics", "marketing", "preferences"}
    clock.advance(seconds=1)
    for name, text in zip(("choices", "receipt"), kept, strict=True):
        client.set_cookie(name, text)
    assert value(client, "choices")
    assert ticked(client.get("/en/choices").text) == set()


@own_clocks
@one_backend
@pytest.mark.parametrize(
    ("language", "path", "words"),
    [
        ("fi", "/fi/evasteet", "30 päivää, jos sallit jotakin, ja 60 päivää, jos kiellät kaiken"),
        ("en", "/en/cookies", "30 days if you allow anything, 60 days if you refuse everything"),
    ],
)
def test_what_is_declared_follows_the_settings(client, language, path, words):
    page = client.get(path).text
    centre = {"fi": "/fi/valinnat", "en": "/en/choices"}[language]
    assert words in page.replace("\xa0", " ")
    assert words in client.get(centre).text.replace("\xa0", " ")
    for name in ("choices", "receipt"):
        row = page.partition(f"<code>{name}</code>")[2].partition("</tr>")[0].replace("\xa0", " ")
        assert re.search(r"\b60 (päivää|days)", row)
    document = client.get("/.well-known/choices.json").json
    assert {c["days"] for c in document["cookies"] if c["name"] in ("choices", "receipt")} == {60}
    assert document["clocks"] == {"consent_days": 30, "refusal_days": 60}


@one_backend
def test_both_are_six_months_unless_somebody_says_otherwise(client):
    assert load().clocks == Clocks(183, 183)
    for path, words in {"/fi/evasteet": "6 kuukautta", "/en/cookies": "6 months"}.items():
        page = client.get(path).text.replace("\xa0", " ")
        before, _, table = page.partition("<table")
        assert words in before
        for name in ("choices", "receipt"):
            assert words in table.partition(f"<code>{name}</code>")[2].partition("</tr>")[0]


@pytest.mark.parametrize("name", ["CONSENT_DAYS", "REFUSAL_DAYS"])
@pytest.mark.parametrize("days", ["0", "401", "-1", "half a year"])
def test_a_clock_that_no_browser_could_keep_is_refused(tmp_path, name, days):
    with pytest.raises(BadInput, match=name):
        Settings.from_env({"CLEVENIO_DATA": str(tmp_path), f"CLEVENIO_{name}": days})
