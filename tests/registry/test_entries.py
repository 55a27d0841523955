"""What a registry answers about itself."""

import pytest

from clevenio.i18n import use_language
from clevenio.registry import Text, load


def test_a_text_speaks_the_current_language():
    text = Text(fi="kyllä", en="yes")
    assert (text["fi"], text["en"]) == ("kyllä", "yes")
    with use_language("fi"):
        assert str(text) == "kyllä"
    with use_language("en"):
        assert str(text) == "yes"


def test_audiences_are_decided_for_each_platform():
    registry = load()
    expected = {f"ad_audiences:{vendor.id}" for vendor in registry.audience_vendors}
    assert expected
    assert {p for p in registry.decidable if p.startswith("ad_audiences")} == expected


def test_a_platforms_decision_is_called_by_both_names():
    with use_language("en"):
        assert load().name_of("newsletter") == "Newsletter"
        assert load().name_of("ad_audiences:meta") == "Advertising audiences – Meta (Facebook, Instagram)"


@pytest.mark.parametrize("name", ["choices", "receipt", "session", "device"])
def test_our_own_cookies_are_declared_as_necessary_with_a_reason(name):
    cookie = load().cookies[name]
    assert cookie.category == "necessary"
    assert cookie.justification


def test_no_optional_cookie_is_declared_that_nobody_sets():
    # That of a campaign is kept by our own server, whatever is switched on.
    optional = {cookie.name for cookie in load().cookies.values() if cookie.category != "necessary"}
    assert optional == {"campaign"}
