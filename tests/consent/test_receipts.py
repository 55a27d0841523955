"""The proof a visitor holds, as a page and as a file."""

import json
import re
from html import unescape

import pytest

from clevenio.consent.notices import choices_notice
from clevenio.registry import load

PAGES = {"fi": "/fi/valinnat/kuitti", "en": "/en/choices/receipt"}
CENTRES = {"fi": "/fi/valinnat", "en": "/en/choices"}
both_languages = pytest.mark.parametrize("language", ["fi", "en"])


@both_languages
def test_without_a_choice_there_is_no_receipt(client, language):
    page = client.get(PAGES[language])
    assert page.status_code == 200
    assert {"fi": "ei ole valittu", "en": "Nothing has been chosen"}[language] in page.text
    file = client.get(f"{PAGES[language]}.json")
    assert (file.status_code, file.headers["Cache-Control"]) == (404, "no-store")


@both_languages
def test_the_file_holds_number_time_version_and_choices(client, clock, language):
    client.post(CENTRES[language], data={"decision": "accept", "notice": choices_notice(language).id})
    given = clock.now
    clock.advance(days=1)
    client.post(CENTRES[language], data={"decision": "save", "category": "analytics"})
    file = client.get(f"{PAGES[language]}.json")
    number = client.get_cookie("receipt").value
    assert file.mimetype == "application/json"
    assert file.headers["Cache-Control"] == "no-store"
    assert file.headers["Content-Disposition"] == f'attachment; filename="receipt-{number}.json"'
    receipt = json.loads(file.text)
    assert receipt["receipt"] == number
    assert receipt["at"] == clock.now.isoformat()
    assert receipt["language"] == language
    assert receipt["notice"] == choices_notice(language).id
    assert receipt["choices"] == {
        "analytics": "granted",
        "marketing": "withdrawn",
        "preferences": "withdrawn",
    }
    assert [row["sequence"] for row in receipt["history"]] == [1, 2, 3, 4, 5, 6]
    assert {row["at"] for row in receipt["history"][:3]} == {given.isoformat()}
    assert receipt["notices"][receipt["notice"]] == choices_notice(language).content


@both_languages
def test_the_page_shows_it_and_leads_to_the_file(client, language):
    client.post(CENTRES[language], data={"decision": "accept"})
    client.post(CENTRES[language], data={"decision": "reject"})
    number = client.get_cookie("receipt").value
    for path in (PAGES[language], CENTRES[language]):
        page = client.get(path)
        assert page.headers["Cache-Control"] == "no-store"
        assert number in page.text
        assert choices_notice(language).id in page.text
        assert f'href="{PAGES[language]}.json"' in page.text
        assert {"fi": "peruttu", "en": "withdrawn"}[language] in page.text


@both_languages
def test_what_was_chosen_at_once_is_one_act_and_the_newest_comes_first(client, clock, language):
    client.post(CENTRES[language], data={"decision": "accept"})
    clock.advance(days=1)
    client.post(CENTRES[language], data={"decision": "save", "category": "analytics"})
    page = client.get(PAGES[language]).text
    acts = re.search(r'<ol class="acts">.*?</ol>', page, re.DOTALL)[0].split("</li>")[:-1]
    said = [re.findall(r"<strong>(.*?)</strong> ([^<]+)", act) for act in acts]
    names = {purpose.id: purpose.name[language] for purpose in load().categories}
    agreed, taken = {"fi": ("Suostuttu", "Peruttu"), "en": ("Agreed", "Taken back")}[language]
    assert said == [
        [(taken, f"{names['preferences']}; {names['marketing']}"), (agreed, names["analytics"])],
        [(agreed, "; ".join(names.values()))],
    ]


@both_languages
def test_the_words_of_each_version_are_on_the_page_the_newest_first(client, monkeypatch, language):
    client.post(CENTRES[language], data={"decision": "reject"})
    other = {"fi": "en", "en": "fi"}[language]
    client.post(CENTRES[other], data={"decision": "accept"})
    words = unescape(client.get(PAGES[language]).text.partition('id="words"')[2])
    places = []
    for shown in (other, language):
        content = choices_notice(shown).content
        for said in (content["title"], content["text"], *(each["wording"] for each in content["categories"])):
            assert said in words
        assert f'lang="{shown}"' in words
        places.append(words.index(choices_notice(shown).id))
    assert places == sorted(places)


@both_languages
def test_it_says_how_long_it_is_kept_and_why_and_leads_to_the_seals(client, language):
    client.post(CENTRES[language], data={"decision": "reject"})
    text = client.get(PAGES[language]).text.replace("\xa0", " ")
    period = load().periods["consent_evidence"]
    assert {"fi": "3 vuotta", "en": "3 years"}[language] in text
    assert period.trigger[language] in text
    assert period.ground[language] in text
    assert 'href="/.well-known/seals.json"' in text


def test_nothing_in_it_says_who_it_was(client):
    agent = "A very particular browser"
    client.post(
        "/en/choices",
        data={"decision": "accept"},
        headers={"User-Agent": agent},
        environ_base={"REMOTE_ADDR": "192.0.2.77"},
    )
    text = client.get("/en/choices/receipt.json").text
    assert "granted" in text
    assert agent not in text
    assert "192.0.2.77" not in text
