"""Merkle trees (RFC 9162, section 2.1): a leaf is shown to be in one without showing any other leaf."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import zip_longest

# On which side of the hash so far the next one stands, and that hash, in hex.
Step = tuple[str, str]
LEFT, RIGHT = "left", "right"


def leaf(content: bytes) -> bytes:
    """The hash of a leaf."""
    return sha256(b"\0" + content).digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash of a node above two others."""
    return sha256(b"\1" + left + right).digest()


class Tree:
    """The root over leaves that come one by one; it keeps no more than a hash for each level."""

    def __init__(self) -> None:
        self._whole: list[tuple[int, bytes]] = []

    def update(self, content: bytes) -> None:
        """Add a leaf."""
        # What `leaf` and `node` do, as calls would be a fifth of the time over a ledger of millions.
        size, made, whole = 1, sha256(b"\0" + content).digest(), self._whole
        while whole and whole[-1][0] == size:
            made, size = sha256(b"\1" + whole.pop()[1] + made).digest(), size * 2
        whole.append((size, made))

    def hexdigest(self) -> str:
        """The root as it is now. Raises `IndexError` where there is no leaf."""
        *rest, (_, made) = self._whole
        for _, left in reversed(rest):
            made = node(left, made)
        return made.hex()


def path(contents: Iterable[bytes], index: int) -> list[Step]:
    """What leads from a leaf, by its place, up to the root (RFC 9162, section 2.1.3.1)."""
    level, found = [leaf(content) for content in contents], list[Step]()
    while len(level) > 1:
        beside = index ^ 1
        if beside < len(level):
            found.append((LEFT if beside < index else RIGHT, level[beside].hex()))
        pairs = zip_longest(level[::2], level[1::2])
        level = [node(left, right) if right else left for left, right in pairs]
        index //= 2
    return found


def climbed(content: bytes, steps: Sequence[Step]) -> str:
    """The root that a path leads to from a leaf, in hex. Raises `ValueError` for what is no path."""
    made = leaf(content)
    for side, beside in steps:
        other = bytes.fromhex(beside)
        made = node(other, made) if side == LEFT else node(made, other)
    return made.hex()
