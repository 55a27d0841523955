"""The ledger along its chains, each decision with the text that its hash covers.

What `chain.link` says about one row, said about all of them as fast as a disk gives them: whatever the
database keeps as text stays text, and no row becomes an object.
"""

import json
from collections.abc import Callable, Iterator
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, cast, func, select
from sqlalchemy.orm import Session

from clevenio import chain
from clevenio.consent.models import Decision, Head, Standing
from clevenio.database import bare_rows, is_sqlite

# As `chain` writes a moment; SQLite keeps that very text.
_MOMENT = 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'

# Subject, sequence, covered text and hash of a decision; sequence and hash of its chain's head, None without one;
# its purpose; whether the standing of that purpose follows from it; how many standings there are in all.
Link = tuple[str, int, str, str, tuple[int | None, str | None], str, bool, int]

# Which subjects, as a condition on whichever column holds them.
Which = Callable[[Any], ColumnElement[bool]]


def frame(
    at: str, state: str, basis: str, channel: str, language: str, notice: str, purpose: str
) -> tuple[str, str, str, str]:
    """What `chain.canonical` says of a decision's fields, around its evidence, its sequence and its subject."""
    text = encode_basestring
    return (
        f'{{"at":{text(at)},"basis":{text(basis)},"channel":{text(channel)},"evidence":',
        f',"language":{text(language)},"notice":{text(notice)},"purpose":{text(purpose)},"sequence":',
        f',"state":{text(state)},"subject":"',
        '"}',
    )


# The decisions that one file brings have all of this in common.
frame_of_many = lru_cache(maxsize=4096)(frame)


def around(
    at: str, evidence: str, state: str, basis: str, channel: str, language: str, notice: str, purpose: str
) -> tuple[str, str, str]:
    """The same around its sequence and its subject. The evidence is canonical JSON already."""
    before, behind, between, after = frame(at, state, basis, channel, language, notice, purpose)
    return f"{before}{evidence}{behind}", between, after


# Of the decisions that one file brings, many have all of this in common.
around_many = lru_cache(maxsize=4096)(around)


def covered(subject: str, sequence: int, *said: str) -> str:
    """The whole of it, as a link's hash covers it; `said` are the arguments of `around`."""
    before, between, after = around(*said)
    return f"{before}{sequence}{between}{encode_basestring(subject)[1:-1]}{after}"


def along_chains(session: Session, which: Which | None = None) -> Iterator[Link]:
    """Every decision, or those of some subjects: subject by subject, in the order of each chain.

    Memory stays flat. One statement, so that all of it is of one moment on both databases.
    """
    rows = bare_rows(session, _query(is_sqlite(session), which))
    for subject, sequence, at, found, end, last, stands, standings, evidence, *said in rows:
        text = covered(hyphenated(subject), sequence, at, _canonical(evidence), *said)
        yield subject, sequence, text, found, (end, last), said[-1], stands is not None, standings


def _query(sqlite: bool, which: Which | None) -> Select[Any]:
    at = Decision.at if sqlite else func.to_char(func.timezone("UTC", Decision.at), _MOMENT)
    follows = [
        getattr(Standing, name) == getattr(Decision, name)
        for name in ("subject", "purpose", "sequence", "state", "basis", "notice")
    ]
    standings = select(func.count()).select_from(Standing)
    if which:
        standings = standings.where(which(Standing.subject))
    query = (
        select(
            cast(Decision.subject, Text),
            Decision.sequence,
            cast(at, Text),
            Decision.hash,
            Head.sequence,
            Head.hash,
            Standing.sequence,
            standings.scalar_subquery(),
            cast(Decision.evidence, Text),
            Decision.state,
            Decision.basis,
            Decision.channel,
            Decision.language,
            Decision.notice,
            Decision.purpose,
        )
        .outerjoin(Head, Head.subject == Decision.subject)
        .outerjoin(Standing, and_(*follows))
        .order_by(Decision.subject, Decision.sequence)
    )
    return query.where(which(Decision.subject)) if which else query


@lru_cache(maxsize=4096)
def _canonical(evidence: str) -> str:
    try:
        return chain.canonical(json.loads(evidence))
    except ValueError:
        # What cannot be read the ledger did not write, and no hash fits it.
        return evidence


@lru_cache(maxsize=16)
def hyphenated(subject: str) -> str:
    """A subject as UUIDs are written; SQLite keeps its digits alone."""
    if len(subject) != 32:
        return subject
    return f"{subject[:8]}-{subject[8:12]}-{subject[12:16]}-{subject[16:20]}-{subject[20:]}"
