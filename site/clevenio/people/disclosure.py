"""Which counts of people may be shown, so that nobody can work out the size of a small group from them.

A table counts groups of people in windows of time, each window a part of the wider one before it. A
column shows a partition of everybody into some groups and the rest, and each of its cells counts at least
`SMALLEST` people and leaves at least as many out of the same cell of the wider window. That is enough,
whatever is added and subtracted. Say a sum of cells, some taken off, leaves a set of people. If a cell is
taken off, the wider cells around it are in the set, and with them everybody whom that window leaves out:
`SMALLEST` or more. If none is taken off, a cell is in the set as a whole. (Decision 0030.)
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

SMALLEST = 10
# Rounded down to this, so that two looks a day apart do not tell when one person came or went.
STEP = 5
MOST = 20

Key = TypeVar("Key", bound=Hashable)
Counts = tuple[int, ...]
Figures = tuple[int | None, ...]


@dataclass(frozen=True)
class Table(Generic[Key]):
    """What may be shown; None is withheld. The widest window comes first, and the largest group.

    `others` counts whoever is in none of the groups; None where that is nobody. In a column that withholds
    some group's figure it stands back, too.
    """

    total: Figures
    groups: Mapping[Key, Figures]
    others: Figures | None


def table(groups: Mapping[Key, Counts], total: Counts, most: int = MOST, step: int = STEP) -> Table[Key]:
    """What of these counts may be shown. Groups that are left out of `groups` count in `total` alone.

    At most `most` groups are shown; figures are rounded down to a multiple of `step`.
    """
    windows = _windows(total)
    ranked = sorted(groups, key=lambda key: (-groups[key][0], str(key)))[:most]
    columns: dict[int, list[Key]] = {}
    for place, window in enumerate(windows):
        wider = windows[place - 1] if place else None
        columns[window] = _column(groups, total, columns[windows[0]] if place else ranked, window, wider)
    shown = columns[windows[0]] if windows else []

    def figures(counts: Counts, where: Iterable[int]) -> Figures:
        allowed = set(where)
        return tuple(n - n % step if i in allowed else None for i, n in enumerate(counts))

    rest = tuple(total[i] - sum(groups[key][i] for key in shown) for i in range(len(total)))
    others = figures(rest, (w for w in windows if len(columns[w]) == len(shown) and shown and rest[w]))
    return Table(
        total=figures(total, windows),
        groups={key: figures(groups[key], (w for w in windows if key in columns[w])) for key in shown},
        others=others if any(others) else None,
    )


def part(count: int, wholes: Iterable[int], step: int = STEP) -> int | None:
    """A count of people who are part of each of these wholes, if it may be shown beside them."""
    allowed = count >= SMALLEST and all(whole - count >= SMALLEST for whole in wholes)
    return count - count % step if allowed else None


def _windows(total: Counts) -> list[int]:
    """The windows whose total may be shown."""
    windows: list[int] = []
    for window, count in enumerate(total):
        if count >= SMALLEST and (not windows or total[windows[-1]] - count >= SMALLEST):
            windows.append(window)
        elif not windows:
            break
    return windows


def _column(
    groups: Mapping[Key, Counts], total: Counts, candidates: Sequence[Key], window: int, wider: int | None
) -> list[Key]:
    """The groups whose count may stand in a column; the rest is one cell, and large enough, too."""

    def is_large(counts: Counts) -> bool:
        return counts[window] >= SMALLEST and (wider is None or counts[wider] - counts[window] >= SMALLEST)

    column = [key for key in candidates if is_large(groups[key])]
    while column:
        rest = tuple(total[i] - sum(groups[key][i] for key in column) for i in range(len(total)))
        if rest[0] == 0 or is_large(rest):
            break
        column.remove(min(column, key=lambda key: groups[key][window]))
    return column
