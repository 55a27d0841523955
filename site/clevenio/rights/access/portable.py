"""What the person provided, in a form that another service can read, and that we read ourselves.

`person` and `choices` are what an import takes, under its names; so a file that was exported and imported
again gives the same.
"""

import csv
import io
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from clevenio.consent import ledger
from clevenio.consent.notices import sentence_of
from clevenio.people.imports.columns import COLUMNS
from clevenio.people.imports.proofs import CELLS
from clevenio.people.models import Person
from clevenio.registry import Origin
from clevenio.rights.access.collecting import collect, plain
from clevenio.rights.access.describing import schema_address
from clevenio.rights.subjects import Subject
from clevenio.settings import Settings

# What an import takes about somebody, of which the rest says how it is to be taken.
PROFILE = tuple(name for name in COLUMNS if name not in CELLS and name in Person.__table__.columns)
# What came from the person, and what came from their use of the service (WP 242 rev. 01, II).
PROVIDED = (Origin.GIVEN, Origin.OBSERVED)


def document(
    session: Session, settings: Settings, subject: Subject, language: str, now: datetime
) -> dict[str, Any]:
    """The whole of `data.json`, in the current language; `language` is its code."""
    return {
        "$schema": schema_address(settings, "portability"),
        "made_at": now.isoformat(),
        "language": language,
        "controller": {"name": settings.controller_name, "contact": settings.controller_contact},
        "person": _profile(subject.person),
        "choices": _choices(session, subject.person),
        "provided": [
            {
                "id": extract.table.id,
                "what": str(extract.table.what),
                "rows": rows,
            }
            for extract in collect(session, subject, PROVIDED)
            if extract.table.id not in ("people", "consent_decisions", "consent_standing")
            # A mail that nobody opened has a row, and nothing in it came from the person.
            and (
                rows := [
                    dict(row) for row in extract.rows if any(value is not None for value in row.values())
                ]
            )
        ],
    }


def _profile(person: Person | None) -> dict[str, str]:
    """What is known of the person by the names of an import; what is not known is not in it."""
    values = {name: getattr(person, name) for name in PROFILE} if person else {}
    return {name: str(value) for name, value in values.items() if value}


def _choices(session: Session, person: Person | None) -> list[dict[str, Any]]:
    """What stands of what they decided, with when, by which way, and the sentence they decided about."""
    stands = ledger.latest(session, person.id) if person else {}
    words = ledger.wordings(session, {decision.notice for decision in stands.values()})
    return [
        {
            "purpose": purpose,
            "state": decision.state,
            # Of what a file brought, the first moment and the first source count.
            "at": (decision.evidence or {}).get("given_at") or plain(decision.at),
            "source": (decision.evidence or {}).get("source") or decision.channel,
            "wording": sentence_of(words[decision.notice], purpose) if decision.notice in words else "",
        }
        for purpose, decision in sorted(stands.items())
    ]


def as_csv(document: Mapping[str, Any]) -> dict[str, bytes]:
    """The person as `people import` takes it: a file for each wording, because a file has one row for a mailbox."""
    proofs = _proofs(document) or [{}]
    rows = [{**document["person"], **proof} for proof in proofs] if document["person"] else []
    return {
        f"people{f'.{number}' if number > 1 else ''}.csv": _csv([row]) for number, row in enumerate(rows, 1)
    }


def _csv(rows: list[dict[str, str]]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode("utf-8")


def _proofs(document: Mapping[str, Any]) -> list[dict[str, str]]:
    found: dict[tuple[str, str, str], list[str]] = {}
    for choice in document["choices"]:
        if choice["state"] == ledger.State.GRANTED.value and choice["wording"]:
            key = (choice["at"], choice["source"], choice["wording"])
            found.setdefault(key, []).append(choice["purpose"])
    return [
        dict(zip(CELLS, (";".join(purposes), at, source, wording), strict=True))
        for (at, source, wording), purposes in found.items()
    ]
