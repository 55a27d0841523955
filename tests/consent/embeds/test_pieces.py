"""What a page shows of others stands in an address that only the site can make."""

import pytest

from clevenio.consent.cookies import Choices
from clevenio.consent.embeds.pieces import opened, piece
from clevenio.errors import BadToken
from clevenio.registry import Clocks, put_in_force
from tests.consent.conftest import forget

KEYS = ["a key of at least thirty-two characters"]
VERSION = "0" * 32


@pytest.fixture(autouse=True)
def switched_on():
    put_in_force({}, ["youtube"], Clocks())
    yield
    forget()


def video(key="example-000", **changes):
    values = {"title": "Tämä & tuo", "language": "fi", "page": "/fi/", **changes}
    return piece(KEYS, "youtube", key, **values)


def test_it_comes_back_as_it_was():
    made = video()
    assert opened(KEYS, made.token) == made
    assert made.frame == "https://www.youtube-nocookie.com/embed/example-000"
    assert made.link == "https://www.youtube.com/watch?v=example-000"
    assert made.embed.origin == "https://www.youtube-nocookie.com"


def test_a_token_of_an_older_key_still_opens_it():
    assert (
        opened(["a newer key of at least thirty-two characters", *KEYS], video().token).title == "Tämä & tuo"
    )


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: token[:-1],
        lambda token: token + "a",
        lambda token: token[1:],
        lambda token: token.replace(".", ""),
        lambda token: token[:0],
        lambda token: "ä" + token,
        lambda token: "A" * 10_000 + token,
    ],
)
def test_an_address_of_somebody_elses_making_opens_nothing(spoil):
    with pytest.raises(BadToken):
        opened(KEYS, spoil(video().token))


def test_another_key_opens_nothing():
    with pytest.raises(BadToken):
        opened(["another key of at least thirty-two chars"], video().token)


@pytest.mark.parametrize("key", ["", "short", "example-0000", 'x"onload="a', "../../evil1", "example-00\n"])
def test_a_key_that_looks_otherwise_is_a_mistake_of_the_page(key):
    with pytest.raises(ValueError, match="no key"):
        video(key)


def test_it_is_allowed_by_category_and_vendor_while_it_is_on():
    made = video()
    assert made.is_allowed(Choices(VERSION, frozenset({"preferences"})))
    assert not made.is_allowed(Choices(VERSION, frozenset({"preferences"}), frozenset({"youtube"})))
    assert not made.is_allowed(Choices(VERSION, frozenset({"marketing"})))
    assert not made.is_allowed(None)
    put_in_force({}, [], Clocks())
    assert not made.is_allowed(Choices(VERSION, frozenset({"preferences"})))
