"""What an address says about a campaign, and all that is left when it says something odd."""

from urllib.parse import quote

import pytest

from clevenio.consent.advertising.addresses import Campaign, campaign_in, word

PAGE = "https://example.com/fi/?"


@pytest.mark.parametrize(
    ("query", "source", "name"),
    [
        ("utm_source=newsletter&utm_campaign=autumn", "newsletter", "autumn"),
        ("utm_source=Google&utm_medium=cpc&utm_campaign=Syksy%202026", "google", "syksy-2026"),
        ("utm_campaign=p%C3%A4%C3%A4viesti", "", "pääviesti"),
        ("utm_source=linkedin", "linkedin", ""),
        ("gclid=EAIaIQobChMI-made_up", "google", ""),
        ("fbclid=IwAR0-made_up", "meta", ""),
        ("msclkid=0123456789abcdef", "microsoft", ""),
        ("li_fat_id=00000000-0000-4000-8000-000000000000", "linkedin", ""),
        ("gclid=EAIaIQobChMI&utm_campaign=autumn", "google", "autumn"),
        # Whoever wrote the address names the source better than the platform's own mark.
        ("utm_source=partner&gclid=EAIaIQobChMI", "partner", ""),
        ("utm_campaign=autumn&utm_campaign=autumn", "", "autumn"),
        ("utm_campaign=autumn&something=else&GCLID=EAIaIQobChMI", "", "autumn"),
    ],
)
def test_source_and_name_are_read(query, source, name):
    assert campaign_in(PAGE + query) == Campaign(source, name)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "unknown=autumn",
        "UTM_CAMPAIGN=autumn",
        "utm_campaign=",
        "utm_campaign=" + "a" * 61,
        "utm_campaign=" + "a" * 10_000,
        "utm_campaign=autumn%0D%0ASet-Cookie:%20x=1",
        "utm_campaign=%3Cscript%3Ealert(1)%3C/script%3E",
        "utm_campaign=aino%40example.com",
        "utm_campaign=a%00b",
        "utm_campaign=a;b",
        "utm_campaign==HYPERLINK(1)",
        "utm_campaign=%ff%fe",
        "utm_campaign=%E2%80%AEautumn",
        "utm_campaign=autumn&utm_campaign=winter",
        "gclid=EAIaIQobChMI&fbclid=IwAR0-made_up",
        "gclid=short",
        "gclid=" + "a" * 10_000,
        "gclid=%3Cscript%3E",
        "&".join(f"p{n}=1" for n in range(60)) + "&utm_campaign=autumn",
    ],
)
def test_what_is_odd_or_contradicts_itself_is_not_kept(query):
    assert campaign_in(PAGE + query) is None


@pytest.mark.parametrize(
    "address", ["", "no address", "//", "https://[::1", "https://example.com/#utm_campaign=a"]
)
def test_an_address_that_is_none_names_no_campaign(address):
    assert campaign_in(address) is None


def test_a_click_leaves_nothing_but_whose_it_was():
    found = campaign_in(PAGE + "gclid=EAIaIQobChMI-secret&utm_campaign=autumn")
    assert "secret" not in repr(found).lower()


@pytest.mark.parametrize("value", ["autumn", "Syksy 2026", "a+b", "ä.ö_å-1"])
def test_a_word_stays_as_it_is_once_it_is_one(value):
    assert word(word(value)) == word(value) != ""
    assert quote(word(value))
