"""People of a file of whom nothing is known here, as most are: brought in column by column, with what they consented to."""

import secrets
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import repeat
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from clevenio import bulk, chain
from clevenio.consent import ledger
from clevenio.consent.firsts import First, record_firsts
from clevenio.consent.notices import Wording, import_notice
from clevenio.people.imports import profiles
from clevenio.people.imports.report import Report
from clevenio.people.imports.rows import Rows
from clevenio.people.models import Person
from clevenio.people.wordings import listed_data


@dataclass(frozen=True)
class Strangers:
    """Who comes in by some rows. `names` are the columns of `people`, whose first value is the identifier.

    `brought` are the wordings with their sources, and how many rest on each.
    """

    ids: list[UUID]
    names: tuple[str, ...]
    people: list[tuple[Any, ...]]
    firsts: list[First]
    wordings: dict[str, Wording]
    brought: Counter[tuple[str, str, tuple[str, ...]]]

    def tell(self, report: Report) -> None:
        """Count them in a report."""
        report.accepted += len(self.people)
        report.consents += sum(len(first.purposes) for first in self.firsts)
        for (wording, source, data), rows in self.brought.items():
            report.brings(wording, source, data, rows)

    def write(self, session: Session, now: datetime) -> None:
        """Write them in the session's transaction."""
        came = (profiles.IMPORTED, chain.moment(now))
        names = (*self.names, "source", "created_at")
        bulk.add_texts(session, Person, names, [(*person, *came) for person in self.people])
        record_firsts(session, self.firsts, self.wordings, channel=ledger.Channel.IMPORT, now=now)


def strangers(rows: Rows, ids: list[UUID], language: str) -> Strangers:
    """Who comes in by these rows, under these identifiers; `language` is that of who has none."""
    digits = [id_.hex for id_ in ids]
    spoken = [own or language for own in rows.facts.get("language", repeat(None, len(rows)))]
    facts = {**rows.facts, "language": spoken}
    # In the order of identifiers, which is nobody's: so rows and decisions lie side by side on the disk.
    people = sorted(zip(digits, *facts.values(), strict=True), key=itemgetter(0))
    firsts, wordings, brought = [], {}, Counter[tuple[str, str, tuple[str, ...]]]()
    for subject, said, proof in zip(digits, spoken, rows.proofs, strict=True):
        if proof is not None:
            notice = notice_of(proof.wording, proof.source, said)
            wordings[notice.id] = notice
            brought[proof.wording, proof.source, notice.data] += 1
            firsts.append(First(subject, proof.purposes, notice.id, said, proof.evidence))
    firsts.sort()
    return Strangers(ids, ("id", *facts), people, firsts, wordings, brought)


def identifiers_of_a_chunk(count: int) -> list[UUID]:
    """Random identifiers that begin alike, so that the rows of one chunk lie side by side on the disk.

    How they begin is random for each chunk: neither their order nor that of chunks tells when somebody came.
    """
    beginning, drawn = secrets.token_bytes(3), secrets.token_bytes(13 * count)
    return [UUID(bytes=beginning + drawn[at : at + 13], version=4) for at in range(0, len(drawn), 13)]


@lru_cache(maxsize=1024)
def notice_of(wording: str, source: str, language: str) -> Wording:
    """The notice behind a consent that a file brings, with what its wording lists."""
    return import_notice(wording, source, language, listed_data(wording))
