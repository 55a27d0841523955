"""The versions of the legal texts in public: each as it was, which is in force, and what changed."""

import re
from datetime import UTC, datetime

import pytest

from clevenio import legal

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])

ADDRESSES = {
    "privacy": ("/fi/tietosuoja", "/en/privacy"),
    "terms": ("/fi/ehdot", "/en/terms"),
    "dpa": ("/fi/kasittelysopimus", "/en/data-processing"),
}
FI = ("milloin tahansa", "kuukauden varoitusajalla")
EN = ("at any time", "with a month’s notice")


@pytest.fixture
def two_versions(publish, clock):
    """Terms of 23 November 2026, and new ones from the first of January; it is December."""
    clock.now = datetime(2026, 12, 1, 9, tzinfo=UTC)
    return publish("terms", "2027-01-01", "required", fi=FI, en=EN)


def plain(response):
    """The page's main part as a reader sees it."""
    main = response.text.partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).replace("\xa0", " ").split())


@pytest.mark.parametrize("text", ADDRESSES)
def test_every_text_has_a_page_of_its_versions_that_its_own_page_leads_to(client, text):
    for page, rest in zip(ADDRESSES[text], ("/versiot", "/versions"), strict=True):
        assert f'href="{page}{rest}"' in client.get(page).text
        listed = client.get(page + rest).text
        for version in legal.versions(text):
            assert f'href="{page}{rest}/{version.day}"' in listed
            assert client.get(f"{page}{rest}/{version.day}").status_code == 200


def test_a_version_published_ahead_is_listed_and_not_yet_in_force(client, two_versions, clock):
    assert "milloin tahansa" in client.get("/fi/ehdot").text
    listed = plain(client.get("/en/terms/versions"))
    assert "1 January 2027 Comes into force on this day We say what changed." in listed
    assert "23 November 2026 In force now The first version kept here." in listed
    ahead = plain(client.get("/en/terms/versions/2027-01-01"))
    assert "It comes into force on 1 January 2027" in ahead
    clock.now = datetime(2027, 1, 1, 9, tzinfo=UTC)
    assert "kuukauden varoitusajalla" in client.get("/fi/ehdot").text
    assert "1 January 2027 In force now" in plain(client.get("/en/terms/versions"))
    old = client.get("/fi/ehdot/versiot/2026-11-23")
    assert "Tämä versio ei ole enää voimassa." in plain(old)
    assert "Voimassa 23. marraskuuta 2026 – 31. joulukuuta 2026" in plain(old)
    assert "Voimassa 31. joulukuuta 2026 asti" in plain(client.get("/fi/ehdot/versiot"))
    assert 'content="noindex"' in old.text
    assert 'content="noindex"' not in client.get("/fi/ehdot").text
    assert "milloin tahansa" in old.text


@pytest.mark.parametrize(
    ("path", "gone", "came"),
    [
        ("/fi/ehdot/versiot/2026-11-23/2027-01-01", "milloin tahansa", "kuukauden varoitusajalla"),
        ("/en/terms/versions/2026-11-23/2027-01-01", "at any time", "with a month’s notice"),
    ],
)
def test_what_changed_is_shown_in_words_and_marks(client, two_versions, path, gone, came):
    response = client.get(path)
    assert re.search(
        rf"<del>.*?</span>{gone}<span.*?</del><ins>.*?</span>{came}<span.*?</ins>", response.text
    )
    assert client.get("/en/terms/versions").text.count("2026-11-23/2027-01-01") == 1
    assert len(re.findall("<h2", response.text.partition("<main")[2].partition("</main>")[0])) == 1
    assert 'content="noindex"' in response.text


def test_between_versions_that_do_not_follow_each_other_each_step_says_what_it_changed(
    client, two_versions, publish, clock
):
    publish("terms", "2027-02-01", "informed")
    steps = plain(client.get("/en/terms/versions/2026-11-23/2027-02-01")).partition("Read the older one")[0]
    assert "1 January 2027: We say what changed. 1 February 2027: We say what changed." in steps
    last = plain(client.get("/en/terms/versions/2027-01-01/2027-02-01")).partition("Read the older one")[0]
    assert last.count("We say what changed.") == 1


def test_a_reader_of_the_difference_finds_the_same_page_in_the_other_language(client, two_versions):
    text = client.get("/fi/ehdot/versiot/2026-11-23/2027-01-01").text
    assert 'class="tongue" lang="en" hreflang="en" href="/en/terms/versions/2026-11-23/2027-01-01"' in text


@pytest.mark.parametrize(
    "rest",
    [
        "2026-11-24",
        "2027-01-01/2026-11-23",
        "2026-11-23/2026-11-23",
        "2026-11-23/2026-11-24",
        "..",
        "<b>",
        "2026-11-23.fi",
        "%00",
    ],
)
def test_a_version_that_is_not_there_is_missing(client, two_versions, rest):
    response = client.get(f"/en/terms/versions/{rest}")
    assert response.status_code == 404
    assert "<b>" not in response.text


def test_an_older_policy_shows_no_list_of_today_as_if_it_were_its_own(client, publish, clock):
    clock.now = datetime(2027, 1, 2, 9, tzinfo=UTC)
    publish("privacy", "2027-01-01", "informed")
    assert "The list that belongs here" not in client.get("/en/privacy").text
    old = plain(client.get("/en/privacy/versions/2026-11-23"))
    assert old.count("The list that belongs here is kept up to date in the version in force.") == 3
    assert "Google" not in old
