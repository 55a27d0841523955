"""What a registry answers about itself."""

import pytest

from clevenio.i18n import use_language
from clevenio.registry import Clocks, Tag, Text, load, loader
from clevenio.web.assets import assets


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


def test_every_tag_has_a_module_that_starts_it():
    for tag in loader.shipped().tags.values():
        assert f"js/tags/{tag.library}.js" in assets(), tag.id


def test_a_tag_that_is_on_knows_its_key_and_host():
    tag = Tag("x", "analytics", "plain", "", ("https://{host}",), address="https://{host}/{key}.js")
    on = tag.with_key("stats.example.fi/1")
    assert (on.scripts, on.address) == (
        ("https://stats.example.fi",),
        "https://stats.example.fi/stats.example.fi/1.js",
    )


def test_what_lasts_as_a_choice_takes_the_longer_clock():
    registry = loader.shipped().in_force({}, (), Clocks(consent_days=20, refusal_days=40))
    assert {name: registry.cookies[name].days for name in ("choices", "receipt")} == {
        "choices": 40,
        "receipt": 40,
    }
    assert registry.cookies["session"].days == 0


@pytest.mark.parametrize("name", ["choices", "receipt", "session", "device"])
def test_our_own_cookies_are_declared_as_necessary_with_a_reason(name):
    cookie = load().cookies[name]
    assert cookie.category == "necessary"
    assert cookie.justification


def test_no_optional_cookie_is_declared_that_nobody_sets():
    # That of a campaign is kept by our own server, whatever is switched on.
    optional = {cookie.name for cookie in load().cookies.values() if cookie.category != "necessary"}
    assert optional == {"campaign"}
