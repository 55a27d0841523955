"""The first decisions of subjects whom nobody knew before, by the thousand: what `ledger.record_all` does for one by one.

An identifier that was made for somebody just now has no chain yet, so nothing is looked for and nobody waits.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from clevenio import bulk, chain
from clevenio.consent import ledger
from clevenio.consent.links import frame_of_many, hyphenated
from clevenio.consent.notices import Wording
from clevenio.registry import load

_GRANTED, _CONSENT = ledger.State.GRANTED.value, ledger.Basis.CONSENT.value
# A decision as the database takes it, in the order of `ledger.Recorded`.
Link = tuple[str | int, ...]


class First(NamedTuple):
    """What a new subject, by the 32 digits of its identifier, consented to at once by one wording.

    `evidence` is canonical JSON (`chain.canonical`).
    """

    subject: str
    purposes: Sequence[str]
    notice: str
    language: str
    evidence: str


def linked(first: First, channel: ledger.Channel, at: str) -> list[Link]:
    """The first links of a subject's chain; `at` is a moment as `chain.moment` has it. Asks nobody."""
    subject, purposes, notice, language, evidence = first
    written, previous, said_by = hyphenated(subject), chain.START, str(channel)
    links: list[Link] = []
    for sequence, purpose in enumerate(purposes, 1):
        before, behind, between, after = frame_of_many(
            at, _GRANTED, _CONSENT, said_by, language, notice, purpose
        )
        covered = f"{before}{evidence}{behind}{sequence}{between}{written}{after}"
        previous = chain.linked(previous, covered)
        said = (purpose, _GRANTED, _CONSENT, said_by, notice, language, evidence)
        links.append((subject, sequence, at, *said, previous))
    return links


def record(session: Session, links: Sequence[Link], wordings: Mapping[str, Wording], now: datetime) -> None:
    """Append first links; `wordings` are those that they name. Raises `ValueError` for a purpose that nobody knows."""
    if unknown := set(_purposes(links)) - set(load().decidable):
        raise ValueError(f"not decidable: {', '.join(sorted(unknown))}")
    if links:
        ledger.archive(session, wordings, now)
        # Head and standing follow by the table's own trigger.
        bulk.add_texts(session, ledger.Decision, ledger.Recorded._fields, links)


def _purposes(links: Iterable[Link]) -> Iterable[str]:
    place = ledger.Recorded._fields.index("purpose")
    return (str(link[place]) for link in links)
