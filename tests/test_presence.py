"""A data folder is held by everybody who uses it, and by a restore alone."""

import pytest

from clevenio.errors import BadInput, Refused
from clevenio.presence import Presence


@pytest.fixture
def two(tmp_path):
    pair = Presence(tmp_path / "data"), Presence(tmp_path / "data")
    yield pair
    for each in pair:
        each.end()


def test_many_share_it(two):
    for each in two:
        each.share()


def test_nobody_takes_it_alone_while_somebody_is_there(two):
    first, second = two
    first.share()
    with pytest.raises(Refused, match="Stop it first"):
        second.take_alone()
    first.end()
    second.take_alone()


def test_nobody_comes_in_while_it_is_held_alone(two):
    first, second = two
    first.take_alone()
    with pytest.raises(Refused, match="Wait for its end"):
        second.share()


def test_whoever_is_forgotten_has_let_go(tmp_path):
    Presence(tmp_path).share()
    other = Presence(tmp_path)
    other.take_alone()
    other.end()


def test_a_folder_that_is_a_file_is_said(tmp_path):
    (tmp_path / "data").write_text("")
    with pytest.raises(BadInput, match="cannot be used"):
        Presence(tmp_path / "data")
