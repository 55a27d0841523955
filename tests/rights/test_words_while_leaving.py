"""While a deletion that was asked for waits, no page of the account says that the account stays."""

from datetime import UTC, datetime

import pytest

from tests.rights.test_views import EMAIL, PATHS, ask
from tests.support.accounts import PASSWORD

CHOICES = {"fi": "/fi/tili/valinnat", "en": "/en/account/choices"}
NEW = {"fi": "/fi/tili/sopimukset/uudet", "en": "/en/account/agreements/new"}
HOME = {"fi": "/fi/tili", "en": "/en/account"}
OWN = {"fi": "/fi/tili/omat-tiedot", "en": "/en/account/data"}
STAYS = {"fi": ("pysyy ennallaan", "Tilisi säilyy"), "en": ("Your account stays",)}
STANDS = {"fi": "Pyyntösi poistaa tili on voimassa", "en": "Your request to delete the account stands"}
pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


def said(page, language):
    return [words for words in STAYS[language] if words in page.text], STANDS[language] in page.text


@pytest.mark.parametrize("language", ["fi", "en"])
def test_the_choices_say_what_holds_before_and_after_the_request(sign_in_account, clock, language):
    client = sign_in_account(language=language)
    assert said(client.get(HOME[language]), language) == ([STAYS[language][0]], False)
    ask(client, language=language)
    assert said(client.get(HOME[language]), language) == ([], True)


@pytest.mark.parametrize("language", ["fi", "en"])
def test_so_do_the_pages_that_come_before_the_account(sign_in_account, clock, publish, language):
    client = sign_in_account(language=language)
    publish("terms", "2027-01-01", "required")
    clock.now = datetime(2027, 1, 1, 12, tzinfo=UTC)
    client.delete_cookie("session")
    login = {"fi": "/fi/kirjaudu", "en": "/en/login"}[language]
    client.post(login, data={"email": EMAIL, "password": PASSWORD})
    for path in (NEW[language], CHOICES[language]):
        found = said(client.get(path), language)
        assert (bool(found[0]), found[1]) == (True, False), path
    ask(client, language=language)
    for path in (NEW[language], CHOICES[language]):
        page = client.get(path)
        assert said(page, language) == ([], True), path
        assert f'href="{PATHS[language]}"' in page.text


@pytest.mark.parametrize("language", ["fi", "en"])
def test_the_page_of_rights_leads_to_the_request_that_waits(sign_in_account, clock, language):
    client = sign_in_account(language=language)
    words = {"fi": ("Poista tilini</a>", "Katso pyyntöä tai peru se</a>")}
    before, after = words.get(language, ("Delete my account</a>", "See the request or take it back</a>"))
    page = client.get(OWN[language]).text
    assert (before in page, after in page) == (True, False)
    ask(client, language=language)
    page = client.get(OWN[language]).text
    assert (before in page, after in page) == (False, True)
