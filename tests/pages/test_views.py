"""The public pages: what each must say, in both languages, from settings and registry."""

from dataclasses import replace

import pytest
from markupsafe import escape

from clevenio.consent.notices import wording_of
from clevenio.database import Base
from clevenio.i18n import format_duration, use_language
from clevenio.registry import load

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])

PAGES = {
    "home": ("/fi/", "Löydä asiakkaat.", "/en/", "Find customers."),
    "product": ("/fi/palvelu", "Apua asiakkaiden löytämiseen", "/en/product", "Help with finding customers"),
    "company": ("/fi/yritys", "Kuka tästä vastaa", "/en/company", "Who answers for this"),
    "privacy": ("/fi/tietosuoja", "Tietosuojaseloste", "/en/privacy", "Privacy policy"),
    "terms": ("/fi/ehdot", "Käyttöehdot", "/en/terms", "Terms of use"),
    "dpa": ("/fi/kasittelysopimus", "Käsittelysopimus", "/en/data-processing", "Data-processing agreement"),
    "cookies": ("/fi/evasteet", "Evästeet", "/en/cookies", "Cookies"),
    "vendors": ("/fi/kumppanit", "Kuka saa tietoja", "/en/vendors", "Who receives data"),
    "rights": ("/fi/oikeudet", "Oikeutesi", "/en/rights", "Your rights"),
    "public roles": ("/fi/julkiset-roolit", "Julkiset roolit", "/en/public-roles", "Public roles"),
    "accessibility": ("/fi/saavutettavuus", "Saavutettavuus", "/en/accessibility", "Accessibility"),
}


def heading(html):
    return html[html.index("<h1") : html.index("</h1>")]


@pytest.mark.parametrize(("fi", "finnish", "en", "english"), PAGES.values(), ids=PAGES)
def test_the_page_answers_in_both_languages_and_each_leads_to_the_other(client, fi, finnish, en, english):
    for path, title, other in ((fi, finnish, en), (en, english, fi)):
        html = client.get(path).text
        assert title in heading(html), path
        assert f'class="tongue" lang="{other[1:3]}" hreflang="{other[1:3]}" href="{other}"' in html, path


@pytest.mark.parametrize(("accepted", "path"), [("fi-FI,en;q=0.5", "/fi/"), ("en-GB", "/en/"), ("", "/en/")])
def test_the_front_door_leads_to_the_language_that_the_browser_asks_for(client, accepted, path):
    response = client.get("/", headers={"Accept-Language": accepted})
    assert (response.status_code, response.location) == (302, path)
    assert "Accept-Language" in response.headers["Vary"]


@pytest.mark.parametrize(
    "extra_settings", [{"CONTROLLER_NAME": "Fjord & Fell", "CONTROLLER_CONTACT": "a@example.fi"}]
)
@pytest.mark.parametrize("path", ["/en/company", "/fi/tietosuoja"])
def test_who_is_responsible_comes_from_the_settings(client, path):
    html = client.get(path).text
    assert "Fjord &amp; Fell" in html
    assert "mailto:a@example.fi" in html
    assert "aleksi@" not in html


@pytest.mark.parametrize(("path", "country"), [("/fi/yritys", "Suomi"), ("/en/company", "Finland")])
def test_the_country_of_our_address_is_in_the_language_of_the_page(client, path, country):
    assert f"40320 Jyväskylä, {country}" in client.get(path).text


@pytest.mark.parametrize(
    "extra_settings", [{"CONTROLLER_NAME": "Fjord & Fell", "CONTROLLER_ADDRESS": "Fjord Street 1, Finland"}]
)
@pytest.mark.parametrize(
    ("path", "country", "kept", "supervisor"),
    [
        ("/fi/julkiset-roolit", "Suomi", "on kulunut 3 kuukautta", "https://tietosuoja.fi"),
        ("/en/public-roles", "Finland", "deleted 3 months later", "https://tietosuoja.fi/en"),
    ],
)
def test_who_stands_in_the_register_is_told_what_the_regulation_asks(client, path, country, kept, supervisor):
    """GDPR Art. 14(1)(a) and (e), 14(2)(a) and (e)."""
    html = client.get(path).text.partition("<main")[2].partition("</main>")[0].replace("\xa0", " ")
    assert f"Fjord &amp; Fell, Fjord Street 1, {country}" in html
    assert kept in html
    assert f'href="{supervisor}"' in html
    assert f'href="{"/fi/kumppanit" if path.startswith("/fi") else "/en/vendors"}"' in html


@pytest.mark.parametrize(("path", "country"), [("/fi/oikeudet", "Suomi"), ("/en/rights", "Finland")])
def test_a_letter_has_somewhere_to_go(client, path, country):
    main = client.get(path).text.partition("<main")[2].partition("</main>")[0]
    assert f"40320 Jyväskylä, {country}" in main


@pytest.mark.parametrize("path", ["/fi/valinnat", "/fi/evasteet"])
def test_nothing_is_promised_of_cookies_that_only_another_site_can_delete(client, path):
    assert "Muiden sivustojen evästeet voit poistaa selaimesi asetuksista." in client.get(path).text


@pytest.mark.parametrize(("language", "path"), [("fi", "/fi/evasteet"), ("en", "/en/cookies")])
def test_the_declaration_lists_everything_the_registry_knows(client, language, path):
    html = client.get(path).text
    for entry in load().cookies.values():
        assert f"<code>{entry.name}</code>" in html
        assert str(escape(entry.purpose[language])) in html
        if entry.justification:
            assert str(escape(entry.justification[language])) in html


@pytest.mark.parametrize(("language", "path"), [("fi", "/fi/kumppanit"), ("en", "/en/vendors")])
def test_every_recipient_is_named_with_its_data_and_its_policy(client, language, path):
    html = client.get(path).text
    for vendor in load().vendors.values():
        for shown in (vendor.name, vendor.company, vendor.data[language], vendor.policy):
            assert str(escape(shown)) in html, (vendor.id, shown)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (
            "/fi/kumppanit",
            (
                "Lisätty",
                "Päättynyt",
                "Muuttunut",
                "Siirtoperuste: ",
                "moduuli 2",
                "Tulee voimaan tänä päivänä",
            ),
        ),
        (
            "/en/vendors",
            ("Added", "Ended", "Changed", "Safeguard: ", "module 2", "Comes into force on this day"),
        ),
    ],
)
def test_the_list_shows_who_is_in_force_today_and_the_log_all_that_changed(
    client, clock, declared, path, words
):
    from datetime import date

    declared(
        "meta",
        {"since": date(2024, 1, 1), "until": date(2025, 1, 1), "safeguard": "scc", "scc_module": 2},
        {"since": date(2025, 1, 2)},
    )
    declared(
        "bygone",
        {"name": "Bygone", "company": "Bygone Oy", "since": date(2024, 1, 1), "until": date(2024, 12, 31)},
    )
    declared("coming", {"name": "Coming", "company": "Coming Oy", "since": date(2027, 1, 1)})
    html = client.get(path).text
    shown, _, log = html.partition('id="changes"')
    assert "Bygone" not in shown
    assert "Coming" not in shown
    assert shown.count("Meta (Facebook, Instagram)</a>") == 1
    for word in (*words, "Bygone Oy", "Coming Oy"):
        assert word in log, word
    assert log.index("Coming Oy") < log.index("Bygone Oy")


@pytest.mark.parametrize(("language", "path"), [("fi", "/fi/tietosuoja"), ("en", "/en/privacy")])
def test_the_policy_shows_every_purpose_recipient_and_period(client, language, path):
    registry, html = load(), client.get(path).text
    for purpose in registry.purposes.values():
        assert str(escape(purpose.name[language])) in html, purpose.id
    for vendor in registry.vendors.values():
        assert str(escape(vendor.company)) in html, vendor.id
    for period in registry.periods.values():
        assert str(escape(period.what[language])) in html, period.id
        assert str(escape(period.ground[language])) in html, period.id
        if period.number:
            with use_language(language):
                assert format_duration(period.number, period.unit) in html, period.id


def test_the_policy_names_the_authority_and_the_two_weeks(client):
    for path, promise in (("/fi/oikeudet", "kahdessa viikossa"), ("/en/rights", "within two weeks")):
        html = client.get(path).text
        assert "https://tietosuoja.fi" in html
        assert promise in html


@pytest.mark.parametrize(("language", "path"), [("fi", "/fi/tietosuoja"), ("en", "/en/privacy")])
def test_the_policy_says_of_each_purpose_what_it_is_and_quotes_what_a_person_agrees_to(
    client, language, path
):
    html = client.get(path).text
    quoted = {"fi": "”{}”", "en": "“{}”"}[language]
    column = {"fi": "Mitä se tarkoittaa", "en": "What that means"}[language]
    for purpose in load().purposes.values():
        words = wording_of(load(), purpose.id, language)
        is_agreed_to = purpose.subject == "person" and purpose.needs_consent
        cell = str(escape(quoted.format(words) if is_agreed_to else words))
        assert f'data-label="{column}">{cell}</td>' in html, purpose.id


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (
            "/fi/saavutettavuus",
            ("26.11.2026", "AA", "kahdessa viikossa", "Traficom", "Ulkopuolista arviota ei"),
        ),
        ("/en/accessibility", ("26 November 2026", "AA", "two weeks", "Traficom", "Nobody outside")),
    ],
)
def test_the_statement_says_when_how_far_how_to_reach_us_and_who_supervises(client, path, said):
    html = client.get(path).text.replace("\xa0", " ")
    assert [words for words in said if words not in html] == []
    assert "saavutettavuusvaatimukset.fi" in html
    assert "mailto:" in html


@pytest.mark.parametrize("path", ["/fi/galleria", "/en/gallery"])
def test_the_gallery_is_there_for_whoever_builds_pages_and_for_nobody_else(app, client, monkeypatch, path):
    assert 'content="noindex"' in client.get(path).text
    kit = app.extensions["clevenio"]
    monkeypatch.setattr(kit, "settings", replace(kit.settings, mode="production"))
    assert client.get(path).status_code == 404
    assert path not in client.get("/sitemap.xml").text


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/fi/julkiset-roolit", "Rekisteriä ei ole vielä avattu"),
        ("/en/public-roles", "has not been opened yet"),
    ],
)
def test_the_notice_of_public_roles_says_that_nobody_is_in_the_register_while_no_table_keeps_any(
    app, client, path, said
):
    is_kept = any("role" in name for name in Base.metadata.tables if name != "staff_roles")
    assert (said in client.get(path).text) is not is_kept
