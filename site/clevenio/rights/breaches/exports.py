"""The register of breaches as files: one line for each addition, or one entry whole."""

import json
from collections.abc import Iterator, Sequence

from clevenio.rights.breaches.models import Addition
from clevenio.rights.breaches.standing import Standing

HEAD = (
    "breach", "role", "number", "at", "actor", "aspect", "text", "moment", "decision", "delay", "people",
    "records", "hash",
)  # fmt: skip


def rows(register: Sequence[Standing]) -> Iterator[Sequence[object]]:
    """Every addition of every entry under `HEAD`, moments in UTC."""
    for standing in register:
        for addition in standing.additions:
            made = described(addition)
            yield [str(standing.breach.id), standing.breach.role, *(made[name] for name in HEAD[2:])]


def described(addition: Addition) -> dict[str, object]:
    """An addition as plain values; `hash` is what the audit trail keeps of it."""
    return {
        "number": addition.id,
        "at": addition.at.isoformat(),
        "actor": addition.actor,
        "aspect": addition.aspect,
        "text": addition.text,
        "moment": addition.moment.isoformat() if addition.moment else None,
        "decision": addition.decision,
        "delay": addition.delay,
        "people": addition.people,
        "records": addition.records,
        "hash": addition.digest(),
    }


def document(standing: Standing) -> str:
    """One entry with its history as JSON."""
    found = {
        "breach": str(standing.breach.id),
        "role": standing.breach.role,
        "opened_at": standing.breach.opened_at.isoformat(),
        "known_at": standing.known_at.isoformat(),
        "deadline": standing.deadline.isoformat(),
        "is_closed": standing.is_closed,
        "additions": [described(each) for each in standing.additions],
    }
    return json.dumps(found, ensure_ascii=False, indent=2)
