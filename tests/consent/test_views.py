"""The preference centre in both languages, without JavaScript, as the contract says it."""

import re
from urllib.parse import unquote
from uuid import UUID

import pytest

from clevenio.consent import ledger
from clevenio.consent.ledger import State
from clevenio.consent.notices import choices_notice
from tests.support.application import new_client

both_languages = pytest.mark.parametrize(
    ("language", "path"), [("fi", "/fi/valinnat"), ("en", "/en/choices")]
)

SIX_MONTHS = 183 * 24 * 3600


def value(client, name):
    cookie = client.get_cookie(name)
    return unquote(cookie.value) if cookie else None


def decisions(session, client):
    return ledger.decisions_of(session, UUID(value(client, "receipt")))


def attributes(response, name):
    (header,) = [h for h in response.headers.getlist("Set-Cookie") if h.startswith(f"{name}=")]
    return header.split("; ")[1:]


def ticked(html):
    return set(re.findall(r'name="(?:category|vendor)" value="(\w+)"[^>]* checked', html))


@both_languages
def test_the_page_shows_every_category_unticked_and_nothing_is_stored(client, language, path):
    response = client.get(path)
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in response.headers
    content = choices_notice(language).content
    for category in content["categories"]:
        assert category["wording"] in response.text
    assert ticked(response.text) == set()
    assert f'name="notice" value="{choices_notice(language).id}"' in response.text
    assert 'id="site-choices"' not in response.text


@both_languages
@pytest.mark.parametrize(
    ("fields", "categories", "state"),
    [
        ({"decision": "accept"}, "analytics,marketing,preferences", State.GRANTED),
        ({"decision": "reject"}, "", State.REFUSED),
        ({"decision": "reject", "category": "analytics"}, "", State.REFUSED),
        ({"decision": "save", "category": ["preferences", "analytics", "marketing"]},
         "analytics,marketing,preferences", State.GRANTED),
        ({"decision": "save"}, "", State.REFUSED),
    ],
)  # fmt: skip
def test_a_decision_is_kept_and_leads_back(client, other_session, language, path, fields, categories, state):
    notice = choices_notice(language).id
    response = client.post(path, data={**fields, "notice": notice, "next": f"/{language}/"})
    assert (response.status_code, response.location) == (303, f"/{language}/#saved")
    assert value(client, "choices") == f"v={notice};c={categories};x="
    with other_session() as session:
        assert set(decisions(session, client).values()) == {state}
        for row in ledger.history(session, UUID(value(client, "receipt"))):
            assert (row.notice, row.language, row.channel) == (notice, language, "banner")


def test_saving_grants_what_is_ticked_and_refuses_the_rest(client, other_session):
    client.post("/en/choices", data={"decision": "save", "category": "analytics"})
    with other_session() as session:
        assert decisions(session, client) == {
            "analytics": State.GRANTED,
            "marketing": State.REFUSED,
            "preferences": State.REFUSED,
        }
    assert ticked(client.get("/fi/valinnat").text) == {"analytics"}


def test_both_cookies_live_six_months_and_only_one_is_for_scripts(client):
    response = client.post("/en/choices", data={"decision": "accept"})
    for name in ("choices", "receipt"):
        found = attributes(response, name)
        assert {f"Max-Age={SIX_MONTHS}", "Path=/", "SameSite=Lax"} <= set(found)
        assert "Secure" not in found
        assert ("HttpOnly" in found) is (name == "receipt")


@pytest.mark.parametrize("extra_settings", [{"BASE_URL": "https://www.example.com"}])
def test_over_https_they_are_secure(client):
    response = client.post("/en/choices", data={"decision": "accept"}, base_url="https://www.example.com")
    assert response.status_code == 303
    assert "Secure" in attributes(response, "choices")
    assert "Secure" in attributes(response, "receipt")


def test_the_same_post_twice_is_one_act_with_the_same_cookies(client, clock, other_session):
    client.post("/en/choices", data={"decision": "accept"})
    before = value(client, "choices"), value(client, "receipt")
    clock.advance(days=30)
    response = client.post("/en/choices", data={"decision": "accept"})
    assert (value(client, "choices"), value(client, "receipt")) == before
    assert f"Max-Age={SIX_MONTHS - 30 * 24 * 3600}" in attributes(response, "choices")
    with other_session() as session:
        assert len(ledger.history(session, UUID(before[1]))) == 3


def test_the_footer_of_every_page_withdraws_with_one_button(client, other_session):
    client.post("/en/choices", data={"decision": "accept"})
    page = client.get("/en/product").text
    (form,) = re.findall(r"<form[^>]*>(?:(?!</form>).)*data-choice=\"withdraw\".*?</form>", page, re.DOTALL)
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    assert fields == {"next": "/en/choices", "decision": "reject"}
    response = client.post(re.search(r'action="([^"]+)"', form)[1], data=fields)
    assert (response.status_code, response.location) == (303, "/en/choices")
    with other_session() as session:
        assert set(decisions(session, client).values()) == {State.WITHDRAWN}
    assert ";c=;" in value(client, "choices")


@both_languages
def test_a_grant_to_another_text_shows_the_page_again_with_the_ticks(client, other_session, language, path):
    fields = {"decision": "save", "category": "marketing", "notice": "0" * 32}
    response = client.post(path, data=fields)
    assert response.status_code == 422
    assert {"fi": "Teksti on muuttunut", "en": "The text has changed"}[language] in response.text
    assert ticked(response.text) == {"marketing"}
    assert f'value="{choices_notice(language).id}"' in response.text
    assert "Set-Cookie" not in response.headers
    with other_session() as session:
        assert ledger.position(session) == 0


@pytest.mark.parametrize("notice", ["0" * 32, "old", "", "'; DROP TABLE consent_decisions; --"])
@pytest.mark.parametrize("fields", [{"decision": "reject"}, {"decision": "save"}])
def test_a_refusal_is_taken_for_any_text(client, other_session, notice, fields):
    client.post("/en/choices", data={"decision": "accept"})
    response = client.post("/en/choices", data={**fields, "notice": notice})
    assert response.status_code == 303
    with other_session() as session:
        assert set(decisions(session, client).values()) == {State.WITHDRAWN}


def test_either_language_may_answer_what_the_other_showed(client):
    notice = choices_notice("fi").id
    response = client.post("/en/choices", data={"decision": "accept", "notice": notice})
    assert response.status_code == 303
    assert value(client, "choices").startswith(f"v={notice};")


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"decision": ""},
        {"decision": "perhaps"},
        {"decision": "save", "category": "nonsense"},
        {"decision": "save", "category": "necessary"},
        {"decision": "save", "category": "newsletter"},
        {"decision": "save", "category": "analytics", "vendor": "nobody"},
    ],
)
@both_languages
def test_what_no_form_of_ours_sends_stores_nothing(client, other_session, language, path, fields):
    response = client.post(path, data=fields)
    assert response.status_code == 422
    assert {"fi": "Mitään ei tallennettu", "en": "Nothing was saved"}[language] in response.text
    assert "Set-Cookie" not in response.headers
    with other_session() as session:
        assert ledger.position(session) == 0


@pytest.mark.parametrize(
    "target", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:1", ""]
)
def test_it_leads_nowhere_but_to_a_page_of_ours(client, target):
    response = client.post("/en/choices", data={"decision": "reject", "next": target})
    assert (response.status_code, response.location) == (303, "/en/choices")


def test_another_site_cannot_decide_for_a_visitor(client, other_session):
    response = client.post(
        "/en/choices", data={"decision": "accept"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert response.status_code == 403
    with other_session() as session:
        assert ledger.position(session) == 0


def test_a_client_without_either_header_may_decide(app):
    assert app.test_client().post("/en/choices", data={"decision": "reject"}).status_code == 303


def test_deciding_is_never_limited(client):
    for number in range(60):
        decision = ("accept", "reject")[number % 2]
        assert client.post("/en/choices", data={"decision": decision}).status_code == 303


def test_each_browser_has_a_receipt_of_its_own(app, client):
    other = new_client(app)
    for browser in (client, other):
        browser.post("/en/choices", data={"decision": "accept"})
    assert value(client, "receipt") != value(other, "receipt")
    assert value(other, "receipt") not in client.get("/en/choices").text


@pytest.mark.parametrize("receipt", ["", "x", "' OR 1=1", "00000000-0000-0000-0000-000000000000"])
def test_a_made_up_receipt_opens_nothing(client, receipt):
    client.set_cookie("receipt", receipt)
    assert client.get("/en/choices").status_code == 200
    assert client.get("/en/choices/receipt.json").status_code == 404
    client.post("/en/choices", data={"decision": "reject"})
    assert value(client, "receipt") != receipt


def test_the_browsers_signal_is_honoured_until_it_chooses_itself(client):
    signal = {"Sec-GPC": "1"}
    page = client.get("/en/", headers=signal).text
    assert 'data-choice="accept"' not in page
    assert "asks not to be tracked" in page
    assert "asks not to be tracked" in client.get("/en/choices", headers=signal).text
    client.post("/en/choices", data={"decision": "accept"}, headers=signal)
    assert "asks not to be tracked" not in client.get("/en/", headers=signal).text
    assert ";c=analytics,marketing,preferences;" in value(client, "choices")


@both_languages
def test_the_bar_shows_what_its_version_archives_until_there_is_an_answer(client, language, path):
    page = client.get(f"/{language}/").text
    notice = choices_notice(language)
    markup = notice.content["markup"].replace('action=""', f'action="{path}"')
    markup = markup.replace('name="next" value=""', f'name="next" value="/{language}/"')
    markup = markup.replace('href=""', f'href="/{language}/{"evasteet" if language == "fi" else "cookies"}"')
    hidden = f'<input type="hidden" name="notice" value="{notice.id}">'
    assert "".join(markup.split()) in "".join(page.replace(hidden, "").split())
    client.post(path, data={"decision": "reject"})
    assert 'id="site-choices"' not in client.get(f"/{language}/").text


def test_somebody_without_a_receipt_but_with_choices_sees_them_ticked(client):
    client.post("/en/choices", data={"decision": "save", "category": "marketing"})
    client.delete_cookie("receipt")
    assert ticked(client.get("/en/choices").text) == {"marketing"}


def test_vendors_are_chosen_one_by_one(client, other_session, request):
    request.getfixturevalue("rich")
    fields = {"decision": "save", "category": ["analytics", "marketing"], "vendor": ["tally"]}
    client.post("/en/choices", data=fields)
    assert value(client, "choices").endswith(";c=analytics,marketing;x=counter")
    assert ticked(client.get("/en/choices").text) == {"analytics", "marketing", "tally", "banner"}
    with other_session() as session:
        assert decisions(session, client)["analytics:counter"] is State.REFUSED


def test_the_page_says_where_mails_and_audiences_are_chosen(client):
    page = client.get("/en/choices").text
    main = page.partition("<main")[2].partition("</main")[0]
    assert 'href="/en/account"' in main
    assert 'href="/en/newsletter"' in main


@both_languages
def test_the_centre_says_that_nothing_is_on_before_a_choice(client, language, path):
    said = {"fi": "Et ole vielä valinnut", "en": "You have not chosen yet"}[language]
    assert said in client.get(path).text
    assert said not in client.get(path, headers={"Sec-GPC": "1"}).text
    client.post(path, data={"decision": "reject"})
    assert said not in client.get(path).text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_centre_says_what_is_in_force_whatever_a_link_claims(client):
    said = {
        "accept": "Everything is allowed now.",
        "reject": "Nothing optional is on.",
        "save": "What you chose below holds now.",
    }

    def shown(page):
        main = page.text.partition("<main")[2].partition("</main>")[0]
        return [decision for decision, text in said.items() if text in main]

    assert shown(client.get("/en/choices?saved=accept")) == []
    for decision, more in (("reject", {}), ("accept", {}), ("save", {"category": "analytics"})):
        answer = client.post("/en/choices", data={"decision": decision, **more})
        assert shown(client.get(answer.location)) == [decision]
        assert shown(client.get("/en/choices?saved=accept")) == [decision]
