from clevenio import legal
from clevenio.heads import heads
from clevenio.i18n import LANGUAGES, format_date, use_language


def test_both_languages_speak_of_the_same_pages_in_the_same_order():
    assert list(heads("fi")) == list(heads("en"))
    assert "pages.home" in heads("fi")


def test_nothing_is_left_unsaid_and_no_two_pages_share_a_title():
    for language in LANGUAGES:
        known = heads(language).values()
        assert all(head.name and head.title and head.description for head in known)
        assert len({head.title for head in known}) == len(known)


def test_no_more_is_promised_than_the_versions_of_the_policy_that_are_kept():
    first = legal.versions("privacy")[-1].date
    assert f"{first.day}.{first.month}.{first.year}" in heads("fi")["pages.privacy_versions"].description
    with use_language("en"):
        said = format_date(first).replace("\xa0", " ")
    assert said in heads("en")["pages.privacy_versions"].description
