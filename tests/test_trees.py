"""Merkle trees: every leaf counts, and each is shown to be there without the others."""

from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from clevenio import trees

LEAVES = st.lists(st.binary(max_size=8), min_size=1, max_size=40)


def root(leaves):
    tree = trees.Tree()
    for leaf in leaves:
        tree.update(leaf)
    return tree.hexdigest()


def mth(leaves):
    """MTH of RFC 9162, section 2.1.1, word for word."""
    if len(leaves) == 1:
        return sha256(b"\0" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\1" + mth(leaves[:split]) + mth(leaves[split:])).digest()


@given(LEAVES)
def test_the_root_is_the_one_of_the_rfc(leaves):
    assert root(leaves) == mth(leaves).hex()


@given(LEAVES, st.data())
def test_a_path_leads_from_its_leaf_to_the_root_and_from_no_other(leaves, data):
    place = data.draw(st.integers(0, len(leaves) - 1))
    steps = trees.path(leaves, place)
    assert trees.climbed(leaves[place], steps) == root(leaves)
    assert trees.climbed(leaves[place] + b"!", steps) != root(leaves)
    assert len(steps) <= (len(leaves) - 1).bit_length()
