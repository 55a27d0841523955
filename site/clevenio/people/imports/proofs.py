"""The four cells by which a file proves a consent, read strictly."""

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from json.encoder import encode_basestring
from typing import NamedTuple
from zoneinfo import ZoneInfo

from clevenio.errors import BadInput
from clevenio.people.text import CONTROL, line
from clevenio.registry import load

CELLS = ("consent", "consent_at", "consent_source", "consent_wording")
LONGEST_SOURCE = 500
LONGEST_WORDING = 5_000


class Proof(NamedTuple):
    """What a file says about a consent: which purposes, when (ISO 8601, UTC), where, by which words."""

    purposes: tuple[str, ...]
    given_at: str
    source: str
    wording: str

    @property
    def evidence(self) -> str:
        """What the ledger keeps of it beside the wording, as canonical JSON."""
        return f'{{"given_at":"{self.given_at}","source":{_quoted(self.source)}}}'


def missing_cells(cells: Mapping[str, str]) -> list[str]:
    """Which of the three cells a consent needs beside it are empty."""
    return [name for name in CELLS[1:] if not cells.get(name)]


@cache
def known_purposes() -> tuple[str, ...]:
    """What a person decides about, platforms one by one."""
    registry = load()
    return tuple(p for p in registry.decidable if registry.purposes[p.partition(":")[0]].subject == "person")


# As `chain.canonical` writes a text.
_quoted = lru_cache(maxsize=1024)(encode_basestring)


# Few purposes, sources and wordings stand in many rows.
@lru_cache(maxsize=1024)
def purposes(cell: str) -> tuple[str, ...]:
    """The purposes of a person in a cell, separated by `;`. Raises `BadInput`.

    A platform is always named: `ad_audiences` alone does not say who receives anything.
    """
    found: dict[str, None] = {}
    for part in cell.split(";"):
        purpose = line(part, 64).casefold()
        if not purpose:
            continue
        if any(known.startswith(f"{purpose}:") for known in known_purposes()):
            raise BadInput(
                "Name the platform: write ad_audiences:google and so on, one for each.", reason="no_platform"
            )
        if purpose not in known_purposes():
            raise BadInput(
                "This purpose is not known. Known are %(purposes)s.",
                reason="unknown",
                purposes=", ".join(known_purposes()),
            )
        found[purpose] = None
    return tuple(found)


def given_at(cell: str, now: datetime, zone: ZoneInfo) -> datetime:
    """The moment in UTC, from ISO 8601; without an offset it was `zone`'s. Raises `BadInput`."""
    try:
        moment = datetime.fromisoformat(cell.strip())
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadInput(
            "Write the time as ISO 8601 has it, such as 2026-05-31T14:30 or 2026-05-31T11:30:00Z.",
            reason="malformed",
        ) from error
    if moment > now:
        raise BadInput("This time is in the future.", reason="future")
    return moment


@lru_cache(maxsize=1024)
def source(cell: str) -> str:
    """Where a consent was given. Raises `BadInput`."""
    return line(cell, LONGEST_SOURCE)


@lru_cache(maxsize=1024)
def wording(cell: str) -> str:
    """The words that were shown, with their lines kept. Raises `BadInput`."""
    text = unicodedata.normalize("NFC", cell.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if CONTROL.search(text.replace("\n", " ").replace("\t", " ")):
        raise BadInput("A wording has no control characters.", reason="control")
    if len(text) > LONGEST_WORDING:
        raise BadInput("Shorten this to %(longest)s characters.", reason="too_long", longest=LONGEST_WORDING)
    return text


def proof(cells: Sequence[str], now: datetime, zone: ZoneInfo) -> Proof:
    """What four filled cells, as `CELLS` names them, prove. Raises `BadInput`, whose values name the `column`."""
    column = CELLS[0]
    try:
        asked = purposes(cells[0])
        column = CELLS[1]
        moment = given_at(cells[1], now, zone)
        column = CELLS[2]
        where = source(cells[2])
        column = CELLS[3]
        words = wording(cells[3])
    except BadInput as problem:
        raise BadInput(problem.message, **{**problem.values, "column": column}) from problem
    return Proof(asked, moment.isoformat(), where, words)
