"""What a row of another program's export says of somebody who left there."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from clevenio.errors import BadInput
from clevenio.people.imports.columns import folded
from clevenio.people.imports.proofs import given_at

# What other programs write where nobody has left.
STAYED = frozenset(("", "0", "no", "false", "ei", "enabled", "active", "subscribed"))


class Way(StrEnum):
    """How somebody left, each under the name of its column: where a row has several, the first counts."""

    OPTED_OUT = "opted_out"
    COMPLAINED = "complained"
    BOUNCED = "bounced"


# Going through an enumeration itself costs more than a row without any of these.
_WAYS = tuple(Way)


class Left(NamedTuple):
    """That somebody left, and when; None where the cell holds no time."""

    way: Way
    at: datetime | None


def has_left(cell: str) -> bool:
    """Whether a cell says that somebody left: a day, a yes, `blocklisted`; not a no, nor that mail may go."""
    return folded(cell) not in STAYED


def left(cells: Mapping[str, str], now: datetime, zone: ZoneInfo) -> Left | None:
    """What the filled cells of a row say about leaving; None where nobody left."""
    for way in _WAYS:
        if way in cells and has_left(cells[way]):
            return Left(way, _time(cells[way], now, zone))
    return None


def _time(cell: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    try:
        return given_at(cell, now, zone)
    except BadInput:
        return None
