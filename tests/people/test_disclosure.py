"""Counts of groups give no small group away, whatever somebody adds and subtracts."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clevenio.people import disclosure
from clevenio.people.disclosure import SMALLEST, part, table

SMALLER = SMALLEST - 1


def total_of(groups):
    return tuple(map(sum, zip(*groups.values(), strict=True)))


def exact(groups, **more):
    return table(groups, total_of(groups), step=1, **more)


def test_a_group_below_the_smallest_counts_among_the_others():
    shown = exact({"a": (50,), "b": (30,), "c": (6,), "d": (7,)})
    assert shown.groups == {"a": (50,), "b": (30,)}
    assert (shown.others, shown.total) == ((13,), (93,))


def test_a_small_group_alone_takes_the_smallest_large_one_with_it():
    """Else what is missing from the total would be its size."""
    shown = exact({"a": (50,), "b": (30,), "c": (3,)})
    assert shown.groups == {"a": (50,)}
    assert shown.others == (33,)


def test_where_no_group_can_be_shown_the_total_stands_alone():
    shown = exact({"a": (50,), "b": (3,)})
    assert (shown.groups, shown.others, shown.total) == ({}, None, (53,))


@pytest.mark.parametrize("count", [0, 1, SMALLER])
def test_too_few_people_in_all_are_not_shown_at_all(count):
    shown = table({"a": (count, 0)}, (count, 0))
    assert (shown.groups, shown.others, shown.total) == ({}, None, (None, None))


def test_the_smallest_group_is_shown():
    assert exact({"a": (SMALLEST,), "b": (SMALLEST,)}).groups == {"a": (SMALLEST,), "b": (SMALLEST,)}


def test_a_window_that_leaves_out_too_few_is_withheld():
    """The difference between two windows is a group as well: who came in one and not in the other."""
    assert exact({"a": (50, 45, 20)}).total == (50, None, 20)
    assert exact({"a": (50, 50, 20)}).total == (50, None, 20)
    assert exact({"a": (50, 40, 5)}).total == (50, 40, None)


def test_a_figure_of_a_narrower_window_is_withheld_with_another_that_would_be_missed():
    shown = exact({"a": (50, 30), "b": (50, 5), "c": (50, 30)})
    assert shown.total == (150, 65)
    # b alone would be 65 - 30 - 30.
    assert sorted(figures[1] is None for figures in shown.groups.values()) == [False, True, True]
    assert {figures[0] for figures in shown.groups.values()} == {50}
    assert shown.others is None


def test_more_groups_than_fit_count_among_the_others():
    shown = exact(dict.fromkeys("abcdef", (40,)), most=4)
    assert len(shown.groups) == 4
    assert shown.others == (80,)


def test_groups_that_were_left_behind_count_in_the_total_alone():
    shown = table({"a": (50,)}, (62,), step=1)
    assert (shown.groups, shown.others) == ({"a": (50,)}, (12,))


def test_figures_are_rounded_down():
    shown = table({"a": (54,), "b": (10,), "c": (19,)}, (83,))
    assert shown.groups == {"a": (50,), "c": (15,), "b": (10,)}
    assert shown.total == (80,)


@pytest.mark.parametrize(
    ("count", "wholes", "shown"),
    [
        (9, [], None),
        (14, [], 10),
        (14, [24, 100], 10),
        (14, [23], None),
        (14, [100, 14], None),
        (0, [], None),
    ],
)
def test_a_part_is_shown_only_where_the_rest_is_large_enough(count, wholes, shown):
    assert part(count, wholes) == shown


# Few and near the limit, where the mistakes are; the widest window first.
people = st.integers(0, 14) | st.sampled_from([0, 9, 10, 11, 19, 20, 25, 40])


@st.composite
def tables(draw):
    """{group: people by bucket}: last seen in the narrowest window, in the next one only, and so on.

    A group of nobody is no group: no table has a line for it, and nobody is in it to be found out.
    """
    windows = draw(st.integers(1, 3))
    buckets = st.tuples(*[people] * windows).filter(any)
    return draw(st.dictionaries(st.sampled_from("abc"), buckets, min_size=1, max_size=3))


def counts_of(buckets):
    return tuple(sum(buckets[: len(buckets) - place]) for place in range(len(buckets)))


def published(groups, shown):
    """Every set of people whose size is told, as atoms (group, bucket)."""
    windows = len(next(iter(groups.values())))

    def atoms(names, window):
        return frozenset((name, bucket) for name in names for bucket in range(windows - window))

    for window in range(windows):
        column = {name for name, figures in shown.groups.items() if figures[window] is not None}
        if shown.total[window] is not None:
            yield atoms(groups, window), shown.total[window]
        for name in column:
            yield atoms([name], window), shown.groups[name][window]
        if shown.others and shown.others[window] is not None:
            yield atoms(set(groups) - column, window), shown.others[window]


def worked_out(known):
    """All that follows by adding sets that share nobody and taking sets out of those that hold them."""
    known = dict(known)
    fresh = set(known)
    while fresh:
        found = {}
        for one, other in combinations(known, 2):
            if one not in fresh and other not in fresh:
                continue
            if not one & other:
                found[one | other] = known[one] + known[other]
            elif one < other:
                found[other - one] = known[other] - known[one]
            elif other < one:
                found[one - other] = known[one] - known[other]
        fresh = set(found) - set(known)
        known.update(found)
    return known


@settings(deadline=None, max_examples=300)
@given(groups=tables())
def test_nothing_about_a_small_group_follows_from_what_is_shown(groups):
    counts = {name: counts_of(buckets) for name, buckets in groups.items()}
    shown = table(counts, total_of(counts), step=1)
    known = worked_out(published(groups, shown))
    for atoms, size in known.items():
        assert size == sum(groups[name][bucket] for name, bucket in atoms)
        assert size >= SMALLEST, (atoms, size, shown)


@given(groups=tables())
def test_as_much_as_can_be_is_shown(groups):
    """A guard against a rule that withholds everything: groups that are large throughout all stand there."""
    counts = {name: counts_of(tuple(n + SMALLEST for n in buckets)) for name, buckets in groups.items()}
    shown = table(counts, total_of(counts), step=1)
    assert shown.groups == counts
    assert shown.others is None


@given(groups=tables())
def test_rounding_never_shows_more_than_there_is(groups):
    counts = {name: counts_of(buckets) for name, buckets in groups.items()}
    shown = table(counts, total_of(counts))
    for name, figures in shown.groups.items():
        for figure, count in zip(figures, counts[name], strict=True):
            assert figure is None or (figure <= count < figure + disclosure.STEP and figure >= SMALLEST)
