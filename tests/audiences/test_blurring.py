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


def test_looking_at_the_same_segment_again_shows_what_it_is_now(shown):
    shown("finns", 127)
    assert not shown("finns", 128).is_blurred
    assert shown("finns", 128).counts.matching == 128


def test_a_segment_that_came_close_to_another_is_in_tens_though_it_was_shown_before(shown):
    shown("everybody", 605)
    assert not shown("all except one company", 594).is_blurred
    anew = shown("everybody", 602)
    assert anew.is_blurred, "602 less 594 are the eight of the company"
    assert (anew.counts.matching, anew.counts.rows) == (600, 600)
    assert not shown("all except one company", 594).is_blurred, "nothing of it has changed"
    assert not shown("everybody", 604).is_blurred, "ten are between them again"


def test_what_came_close_in_the_file_alone_is_in_tens_as_well(shown):
    shown("everybody", 900, 605)
    shown("all except one company", 700, 594)
    assert shown("everybody", 900, 602).is_blurred
    assert not shown("everybody", 900, 594, platform="meta").is_blurred


def test_one_that_was_forgotten_is_held_against_those_shown_since(shown):
    later = NOW + timedelta(days=91)
    shown("everybody", 605)
    assert not shown("all except one company", 600, now=later).is_blurred
    assert shown("everybody", 605, now=later).is_blurred


def test_a_table_that_counts_one_person_is_in_tens_as_a_whole(database):
    counts = Preview(
        605,
        590,
        {"no_consent": 14, "restricted": 1, "invalid": 0},
        {"email": 590, "phone": 0},
        {"country": 3},
        0,
    )
    with database.session() as session:
        found = show(session, Choice("all", {}), "google", counts, NOW)
    assert (found.counts.matching, found.counts.rows) == (605, 590)
    assert found.counts.rejects == {"no_consent": 10, "restricted": 0, "invalid": 0}, "their sum is known: 15"
    assert (found.counts.identifiers, found.counts.covers) == ({"email": 590, "phone": 0}, {"country": 0})
    assert found.in_tens == {"rejects", "covers"}


def test_a_file_of_a_few_is_never_counted_exactly(shown):
    assert shown("everybody", 605, 3).is_blurred
    assert not shown("everybody", 605, 0, platform="meta").is_blurred


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
