"""Versions of what was shown: the same words, the same version; asked again only where it matters."""

import json

import pytest

from clevenio.consent import notices
from clevenio.consent.notices import Wording, changes_since, choices_notice, current_choices
from clevenio.i18n import LANGUAGES
from clevenio.registry import load
from tests.consent.conftest import COOKIE, VENDOR


def test_a_version_is_named_after_its_words():
    one = Wording("import", "en", {"wording": "Yes"})
    assert one.id == Wording("import", "en", {"wording": "Yes"}).id
    others = [
        Wording("import", "en", {"wording": "No"}),
        Wording("import", "fi", {"wording": "Yes"}),
        Wording("signup", "en", {"wording": "Yes"}),
    ]
    assert len({one.id, *(other.id for other in others)}) == 4
    assert all(len(wording.id) == 32 for wording in others)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_shown_can_be_kept_as_json(language):
    shown = [
        choices_notice(language),
        notices.signup_notice(language),
        notices.account_notice(language),
        notices.newsletter_notice(language),
        notices.withdrawal_notice(language),
    ]
    for wording in shown:
        kept = json.loads(json.dumps(wording.content))
        assert notices.notice_id(wording.kind, wording.language, kept) == wording.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_audience_wording_names_every_platform_and_the_data(language):
    signup = notices.signup_notice(language)
    (audiences,) = [p for p in signup.content["purposes"] if p["id"] == "ad_audiences"]
    for vendor in load().audience_vendors:
        assert vendor.name in audiences["wording"]
    assert "{" not in audiences["wording"]
    assert signup.data == ("email", "phone")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_bar_is_kept_as_it_was_shown(language):
    content = choices_notice(language).content
    texts = ["title", "text", "accept", "reject", "save", "choose"]
    words = [content[name] for name in texts] + [c["wording"] for c in content["categories"]]
    assert len(words) == 9
    for word in words:
        assert word in content["markup"]
    assert "hidden" in content["markup"]
    assert "checked" not in content["markup"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_category_says_that_it_is_empty_until_something_is_declared_in_it(extend, language):
    none = {"fi": "Niitä ei nyt ole.", "en": "There are none now."}[language]

    def empty():
        categories = choices_notice(language).content["categories"]
        return [category["id"] for category in categories if none in category["wording"]]

    assert empty() == ["preferences", "analytics"]
    extend(cookies=COOKIE.format(name="_liked", category="preferences", provider="clevenio"))
    assert empty() == ["analytics"]
    extend(vendors=VENDOR.format(id="counter", name="Counter", category="analytics"))
    assert empty() == []


def test_each_language_has_its_own_words_and_asks_the_same():
    finnish, english = choices_notice("fi"), choices_notice("en")
    assert finnish.id != english.id
    assert finnish.content["title"] != english.content["title"]
    assert changes_since(finnish.id) == changes_since(english.id) == ()
    assert current_choices(finnish.id) == finnish
    assert current_choices("0" * 32) is None
    assert changes_since("0" * 32) is None


def test_a_corrected_word_is_a_new_version_that_asks_nobody_again(extend):
    before = choices_notice("en").id
    extend(replace=("purposes.toml", "which pages are read", "which of our pages are read"))
    after = choices_notice("en").id
    assert after != before
    assert changes_since(before) == ()
    assert current_choices(before) is None


@pytest.mark.parametrize(
    "change",
    [
        {"vendors": VENDOR.format(id="counter", name="Counter", category="analytics")},
        {"cookies": COOKIE.format(name="_own", category="analytics", provider="clevenio")},
    ],
    ids=["recipient", "cookie"],
)
def test_whoever_answered_is_asked_again_where_the_question_changes(extend, change):
    before = choices_notice("en").id
    extend(**change)
    assert changes_since(before) != ()


def test_a_new_category_asks_again(extend):
    before = choices_notice("en").id
    source = '[[purpose]]\nid = "newsletter"\nsubject = "person"'
    added = source.replace("newsletter", "social").replace("person", "browser")
    texts = 'basis = "consent"\nname.fi = "x"\nname.en = "x"\nwording.fi = "x"\nwording.en = "x"\n\n'
    extend(replace=("purposes.toml", source, f"{added}\n{texts}{source}"))
    assert changes_since(before) != ()
    assert choices_notice("en").content["categories"][-1]["id"] == "social"


def test_a_longer_life_of_a_cookie_asks_again(extend):
    cookie = COOKIE.format(name="_own", category="analytics", provider="clevenio")
    extend(cookies=cookie)
    before = choices_notice("en").id
    extend(replace=("cookies.toml", "days = 30", "days = 60"))
    assert changes_since(before) != ()
