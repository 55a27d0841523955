"""People of a file of whom nothing is known here, as most are: made ready before the database is asked.

Rows and the first links of their chains are what the database takes, so that whoever writes has nothing left to do.
"""

import secrets
from collections import Counter
from collections.abc import ItemsView, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from itertools import chain as joined
from itertools import repeat
from typing import Any

from sqlalchemy.orm import Session

from clevenio import bulk, chain
from clevenio.consent import firsts, ledger
from clevenio.consent.firsts import First, Link
from clevenio.consent.notices import Wording, import_notice
from clevenio.people.imports import profiles
from clevenio.people.imports.report import Report
from clevenio.people.imports.rows import Rows, Rules
from clevenio.people.models import Person
from clevenio.people.wordings import listed_data

# Digits of an identifier that are its own.
DRAWN = 26
_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
# What no file says of anybody.
MADE = frozenset(("id", "source", "created_at"))
# Which purposes and which of `wordings` somebody consented by.
Agreed = tuple[tuple[str, ...], str]


@dataclass(frozen=True, slots=True)
class Strangers:
    """Who would come in by some rows if nobody knew them, in the order of identifiers, which is nobody's.

    `people` are rows of the columns `names`, the identifier first; `links` the first decisions of each, none perhaps.
    """

    names: tuple[str, ...] = ()
    people: Sequence[tuple[Any, ...]] = ()
    links: Sequence[Sequence[Link]] = ()
    agreed: Sequence[Agreed | None] = ()
    wordings: dict[str, Wording] = field(default_factory=dict)

    def among(self, places: Sequence[int]) -> "Strangers":
        """Those that stand at these places."""
        if len(places) == len(self.people):
            return self
        return Strangers(
            self.names,
            [self.people[place] for place in places],
            [self.links[place] for place in places],
            [self.agreed[place] for place in places],
            self.wordings,
        )

    def tell(self, report: Report) -> None:
        """Count them in a report."""
        report.accepted += len(self.people)
        for agreed, rows in Counter(self.agreed).items():
            if agreed is not None:
                purposes, notice = agreed
                wording = self.wordings[notice]
                report.consents += rows * len(purposes)
                report.brings(wording.content["wording"], wording.content["source"], wording.data, rows)

    def write(self, session: Session, now: datetime) -> None:
        """Write them in the session's transaction."""
        bulk.add_texts(session, Person, self.names, self.people)
        # Of those who were left out nothing is kept, their evidence neither.
        named = {id_: self.wordings[id_] for _, id_ in filter(None, self.agreed)}
        firsts.record(session, list(joined.from_iterable(self.links)), named, now)


class Said(Mapping[str, Sequence[str | None]]):
    """What rows of people say, as columns that are made when somebody asks: of strangers few are looked at.

    Of the languages each row's own, if the file has them, and nothing that no file says.
    """

    def __init__(
        self, names: Sequence[str], people: Sequence[Sequence[Any]], languages: Sequence[str | None] | None
    ) -> None:
        self._places = {name: place for place, name in enumerate(names) if name not in MADE}
        self._people = people
        self._made: dict[str, Sequence[str | None]] = {}
        if languages is None:
            self._places.pop("language", None)
        else:
            self._made["language"] = languages

    def __getitem__(self, name: str) -> Sequence[str | None]:
        if name not in self._made:
            place = self._places[name]
            self._made[name] = [person[place] for person in self._people]
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def items(self) -> ItemsView[str, Sequence[str | None]]:
        """All of them, for whom each row is looked at."""
        if len(self._made) < len(self._places):
            self._made = {name: self[name] for name in self}
        return self._made.items()

    def __len__(self) -> int:
        return len(self._places)


def strangers(rows: Rows, rules: Rules) -> tuple[Rows, Strangers]:
    """Who would come in by these rows, and the rows in the order of their identifiers."""
    digits = identifiers_of_a_chunk(len(rows))
    languages = rows.facts.get("language")
    spoken = [own or rules.language for own in languages or [None] * len(rows)]
    came = chain.moment(rules.now)
    facts: dict[str, Sequence[str | None]] = {**rows.facts, "language": spoken}
    columns: list[Iterable[str | None]] = [digits, *facts.values(), repeat(profiles.IMPORTED), repeat(came)]
    made: list[tuple[Any, ...]] = list(zip(*columns, strict=False))
    names = ("id", *facts, "source", "created_at")
    order = sorted(range(len(rows)), key=digits.__getitem__)
    people = [made[place] for place in order]
    given = [rows.proofs[place] for place in order]
    own = languages and [languages[place] for place in order]
    wordings: dict[str, Wording] = {}
    links: list[Sequence[Link]] = []
    agreed: list[Agreed | None] = []
    for place, proof in zip(order, given, strict=True):
        if proof is None:
            links.append(())
            agreed.append(None)
            continue
        purposes, _given_at, source, wording = proof
        subject, language = digits[place], spoken[place]
        notice, id_ = _notice_and_id(wording, source, language)
        wordings[id_] = notice
        first = First(subject, purposes, id_, language, proof.evidence)
        links.append(firsts.linked(first, ledger.Channel.IMPORT, came))
        agreed.append((purposes, id_))
    ordered = Rows([rows.lines[place] for place in order], Said(names, people, own), given)
    return ordered, Strangers(names, people, links, agreed, wordings)


def identifiers_of_a_chunk(count: int) -> list[str]:
    """Random identifiers (UUIDs of version 4) that begin alike, so that the rows of one chunk lie side by side on the disk.

    How they begin is random for each chunk: neither their order nor that of chunks tells when somebody came.
    """
    beginning, drawn = secrets.token_hex(3), secrets.token_hex(DRAWN // 2 * count)
    found = (drawn[at : at + DRAWN] for at in range(0, len(drawn), DRAWN))
    # RFC 9562 sections 4.1 and 4.2: the 13th digit is the version, the 17th has two bits that say so.
    return [f"{beginning}{each[:6]}4{each[7:10]}{_VARIANT[each[10]]}{each[11:]}" for each in found]


@lru_cache(maxsize=1024)
def notice_of(wording: str, source: str, language: str) -> Wording:
    """The notice behind a consent that a file brings, with what its wording lists."""
    return import_notice(wording, source, language, listed_data(wording))


@lru_cache(maxsize=1024)
def _notice_and_id(wording: str, source: str, language: str) -> tuple[Wording, str]:
    notice = notice_of(wording, source, language)
    return notice, notice.id
