from clevenio.heads import heads
from clevenio.i18n import LANGUAGES


def test_both_languages_speak_of_the_same_pages_in_the_same_order():
    assert list(heads("fi")) == list(heads("en"))
    assert "pages.home" in heads("fi")


def test_nothing_is_left_unsaid_and_no_two_pages_share_a_title():
    for language in LANGUAGES:
        known = heads(language).values()
        assert all(head.name and head.title and head.description for head in known)
        assert len({head.title for head in known}) == len(known)
