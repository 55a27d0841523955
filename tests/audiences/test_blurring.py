"""Counts of two segments do not tell of the few people between them."""

from datetime import timedelta

import pytest

from clevenio.audiences.blurring import show
from clevenio.audiences.preview import Preview
from clevenio.audiences.segments import Choice
from tests.support.factories import NOW


def counted(matching, rows=None):
    rows = matching if rows is None else rows
    return Preview(matching, rows, {"no_consent": matching - rows}, {"email": rows}, {"country": rows}, 0)


@pytest.fixture
def shown(database):
    def look(name, matching, rows=None, platform="google", now=NOW, **criteria):
        choice = Choice(name, criteria or {"role": [name]})
        with database.session() as session:
            found = show(session, choice, platform, counted(matching, rows), now)
            session.commit()
        return found

    return look


def test_the_second_of_two_segments_nine_people_apart_is_given_in_tens(shown):
    assert not shown("finns", 127).is_blurred
    without = shown("finns but one company", 118)
    assert without.is_blurred
    assert (without.counts.matching, without.counts.rows, without.counts.identifiers) == (
        110,
        110,
        {"email": 110},
    )


def test_ten_people_apart_is_far_enough(shown):
    shown("finns", 127)
    assert not shown("fewer finns", 117).is_blurred


def test_the_same_number_is_not_told_either(shown):
    shown("finns", 127)
    assert shown("finns but nobody", 127).is_blurred


def test_the_difference_in_the_file_is_looked_at_as_well(shown):
    shown("finns", 500, 127)
    assert shown("swedes and finns", 900, 120).is_blurred
    assert not shown("all of them", 1_400, 120, platform="meta").is_blurred


def test_looking_at_the_same_segment_again_always_shows_what_it_is_now(shown):
    shown("finns", 127)
    assert not shown("finns", 128).is_blurred
    assert shown("finns", 128).counts.matching == 128


def test_a_segment_is_told_by_what_it_asks_for_and_not_by_its_name(shown):
    shown("finns", 127, country=["FI"])
    assert not shown("the same under another name", 127, country=["FI"]).is_blurred
    assert shown("finns", 126, country=["FI"], role=["sales"]).is_blurred


def test_what_was_blurred_gives_nothing_away_to_a_third(shown):
    shown("finns", 127)
    shown("finns but one", 118)
    assert not shown("another", 117).is_blurred


def test_a_segment_that_singles_somebody_out_is_never_counted_exactly(shown):
    for _ in range(2):
        found = shown("the boss of one company", 1)
        assert found.is_blurred
        assert found.counts.matching == 0


def test_what_was_shown_long_ago_hides_nothing_any_more(shown):
    shown("finns", 127)
    assert not shown("finns but one", 120, now=NOW + timedelta(days=91)).is_blurred
