"""Whoever comes to a page that is not there, or by a link that no longer works, is shown a way on."""

import re

import pytest

from clevenio.heads import heads

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
WORDS = {
    "fi": ("Tällaista sivua ei ole", "Mihin tästä pääset", "/fi/palvelu", "/fi/yhteys", "/fi/oikeudet"),
    "en": ("There is no such page", "Where to go from here", "/en/product", "/en/contact", "/en/rights"),
}


def main_of(answer):
    return answer.text.partition("<main")[2].partition("</main>")[0]


@pytest.mark.parametrize("language", ["fi", "en"])
def test_it_says_what_happened_and_leads_on_in_the_readers_language(client, language):
    answer = client.get(f"/{language}/something-else-entirely")
    assert answer.status_code == 404
    for words in WORDS[language]:
        assert words in main_of(answer)
    other = {"fi": "en", "en": "fi"}[language]
    assert f'href="/{other}/' not in main_of(answer)
    assert f'class="tongue" lang="{other}" hreflang="{other}" href="/{other}/"' in answer.text
    for address in re.findall(r'href="(/[^"]*)"', main_of(answer)):
        assert client.get(address).status_code == 200, address


@pytest.mark.parametrize(
    ("path", "language", "meant"),
    [
        ("/en/tietosuoja", "en", "pages.privacy"),
        ("/fi/privacy", "fi", "pages.privacy"),
        ("/fi/palvelu/", "fi", "pages.product"),
        ("/fi/Palvelu", "fi", "pages.product"),
        ("/en/contact.html", "en", "inquiries.contact"),
        ("/en/acessibility", "en", "pages.accessibility"),
        ("/newsletter", "en", "newsletter.newsletter"),
        ("/en/privacy/version", "en", "pages.privacy_versions"),
    ],
)
def test_an_address_in_the_other_language_or_mistyped_leads_to_what_was_meant(client, path, language, meant):
    answer = client.get(path, headers={"Accept-Language": language})
    assert answer.status_code == 404
    (title,) = re.findall(
        r'(?:meant this page:|tarkoitit tätä sivua:) <a href="[^"]+">([^<]+)</a>', answer.text
    )
    assert title == heads(language)[meant].title


@pytest.mark.parametrize(
    "path", ["/", "/en", "/fi/ei-ole", "/en/xyz", "/wp-login.php", "/en/" + "contact" * 9]
)
def test_nothing_is_guessed_where_nothing_is_alike(client, path):
    answer = client.get(path)
    assert "meant this page" not in answer.text
    assert "tarkoitit tätä" not in answer.text


def test_nothing_that_was_typed_is_written_back(client):
    answer = client.get('/en/contact<script>alert("x")</script>')
    assert answer.status_code == 404
    assert "<script>alert" not in answer.text
    assert "alert" not in main_of(answer)


@pytest.mark.parametrize("door", ["u", "c", "v"])
def test_a_link_that_leads_nowhere_says_where_a_new_one_comes_from(client, door):
    answer = client.get(f"/{door}/forged", headers={"Accept-Language": "en"})
    assert answer.status_code == 404
    assert "An old or incomplete link" in main_of(answer)
    assert "There is no such page" not in answer.text
    for address in ("/en/choices/link", "/en/newsletter", "/en/signup/again", "/en/new-password"):
        assert f'href="{address}"' in main_of(answer)
