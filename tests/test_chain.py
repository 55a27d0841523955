"""Links and seals: any difference in any field shows."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clevenio import chain

AT = datetime(2026, 6, 1, 7, 30, tzinfo=UTC)
FIELDS = {"subject": UUID(int=1), "at": AT, "purpose": "uutiskirje", "evidence": {"source": "ä"}, "n": None}
LINKS = [(n + 3, str(UUID(int=n << 120)), n, f"{n:064x}") for n in range(1, 5)]


def test_a_known_link_has_a_known_hash():
    # sha256 of the previous hash, a line feed and the canonical JSON, computed with `sha256sum`.
    fields = {"b": 1, "a": "ä"}
    assert chain.link(chain.START, fields) == (
        "d0f0621e1573805e8ce874786523309bcd8e563797fb506a9595fd90d7ef9cb6"
    )


def test_the_order_of_fields_does_not_matter():
    assert chain.link(chain.START, FIELDS) == chain.link(chain.START, dict(reversed(FIELDS.items())))


@pytest.mark.parametrize(
    "change",
    [
        {"subject": UUID(int=2)},
        {"at": AT + timedelta(microseconds=1)},
        {"purpose": "uutiskirje "},
        {"evidence": {"source": "a"}},
        {"evidence": {}},
        {"n": 0},
        {"more": None},
    ],
)
def test_every_field_counts(change):
    assert chain.link(chain.START, {**FIELDS, **change}) != chain.link(chain.START, FIELDS)


def test_the_link_before_counts():
    assert chain.link("1" * 64, FIELDS) != chain.link(chain.START, FIELDS)


def test_a_moment_is_the_same_in_every_zone():
    helsinki = AT.astimezone(timezone(timedelta(hours=3)))
    assert chain.link(chain.START, {"at": helsinki}) == chain.link(chain.START, {"at": AT})


def test_what_has_no_canonical_form_is_refused():
    with pytest.raises(TypeError, match="set has no canonical form"):
        chain.link(chain.START, {"purposes": {1, 2}})


@given(st.dictionaries(st.text(), st.text()), st.dictionaries(st.text(), st.text()))
def test_different_fields_have_different_links(one, other):
    assert (chain.link(chain.START, one) == chain.link(chain.START, other)) is (one == other)


def test_a_seal_counts_the_links_and_the_subjects_that_began():
    seal = chain.seal(LINKS, since=3, position=10)
    assert (seal.since, seal.position, seal.subjects, seal.rows) == (3, 10, 1, 4)
    assert list(seal.buckets) == ["01", "02", "03", "04"]
    assert chain.seal(LINKS, since=3, position=10) == seal


@pytest.mark.parametrize(
    "links",
    [
        LINKS[:-1],
        LINKS[1:],
        [],
        [*LINKS[:-1], (7, LINKS[-1][1], 4, "f" * 64)],
        [*LINKS[:-1], (7, LINKS[-1][1], 5, LINKS[-1][3])],
        [*LINKS[:-1], (8, *LINKS[-1][1:])],
        [*LINKS, (9, str(UUID(int=9 << 120)), 1, "a" * 64)],
    ],
)
def test_every_link_counts(links):
    assert chain.seal(links, 3, 10).root != chain.seal(LINKS, 3, 10).root


def test_a_difference_stays_in_the_bucket_of_its_subject():
    was, now = chain.seal(LINKS, 3, 10).buckets, chain.seal(LINKS[:-1], 3, 10).buckets
    assert was.items() - now.items() == {("04", was["04"])}
