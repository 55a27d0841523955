"""The first decisions of subjects whom nobody knew before, by the thousand: what `ledger.record_all` does for one by one.

An identifier that was made for somebody just now has no chain yet, so nothing is looked for and nobody waits.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from clevenio import bulk, chain
from clevenio.consent import ledger
from clevenio.consent.links import frame_of_many, hyphenated
from clevenio.consent.notices import Wording
from clevenio.registry import load

_GRANTED, _CONSENT = ledger.State.GRANTED.value, ledger.Basis.CONSENT.value


class First(NamedTuple):
    """What a new subject, by the 32 digits of its identifier, consented to at once by one wording.

    `evidence` is canonical JSON (`chain.canonical`).
    """

    subject: str
    purposes: Sequence[str]
    notice: str
    language: str
    evidence: str


def record_firsts(
    session: Session,
    firsts: Sequence[First],
    wordings: Mapping[str, Wording],
    *,
    channel: ledger.Channel,
    now: datetime,
) -> None:
    """Append them; `wordings` are those that they name. Raises `ValueError` for a purpose that nobody knows."""
    if unknown := {purpose for first in firsts for purpose in first.purposes} - set(load().decidable):
        raise ValueError(f"not decidable: {', '.join(sorted(unknown))}")
    if not firsts:
        return
    at, said_by = chain.moment(now), channel.value
    rows = []
    for subject, purposes, notice, language, evidence in firsts:
        written, previous = hyphenated(subject), chain.START
        for sequence, purpose in enumerate(purposes, 1):
            before, behind, between, after = frame_of_many(
                at, _GRANTED, _CONSENT, said_by, language, notice, purpose
            )
            covered = f"{before}{evidence}{behind}{sequence}{between}{written}{after}"
            previous = chain.linked(previous, covered)
            said = (purpose, _GRANTED, _CONSENT, said_by, notice, language, evidence)
            rows.append((subject, sequence, at, *said, previous))
    ledger.archive(session, wordings, now)
    # Head and standing follow by the table's own trigger.
    bulk.add_texts(session, ledger.Decision, ledger.Recorded._fields, rows)
