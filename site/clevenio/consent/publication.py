"""What everybody may know of the ledger's seals: how much each covers, and a fingerprint that chains them.

No personal data is in it. Whoever kept one of these documents sees in a later one whether anything that was sealed
by then has been rewritten since: its seals would be others, and so would every fingerprint after them.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio import chain
from clevenio.consent.models import SealRow
from clevenio.errors import BadInput

# What a fingerprint covers of a seal, besides the fingerprint before it.
FIELDS = ("at", "since", "position", "subjects", "rows", "root")
# So many seals are in the document: with one seal a day, a look once a quarter misses none.
SHOWN = 100
ABOUT = (
    "Each seal covers the decisions added since the one before: rows is how many, subjects how many began with them, "
    "root a hash over all of their hashes. Its fingerprint is the SHA-256, in hex, of the fingerprint before it "
    "(previous), a line feed, and the fields at, since, position, subjects, rows and root as JSON with sorted keys "
    "and no spaces. Keep a copy: if a seal of it is another one later, the record was rewritten."
)


def fingerprint(previous: str, content: Mapping[str, Any]) -> str:
    """The fingerprint of a seal, by the one of the seal before it; `chain.START` where there is none."""
    return chain.link(previous, {name: content[name] for name in FIELDS})


def published(session: Session) -> list[dict[str, Any]]:
    """The newest seals that have a fingerprint, the oldest of them first: `FIELDS`, previous, fingerprint."""
    # One more than is shown is read, for what comes before the first.
    return _public(session, SHOWN + 1)[-SHOWN:]


def sealed_since(session: Session, number: int) -> list[dict[str, Any]]:
    """Every seal from the one on that covers a row, as `published` has them; none where none does yet."""
    return [seal for seal in _public(session, None) if seal["position"] >= number]


def _public(session: Session, newest: int | None) -> list[dict[str, Any]]:
    # Only what is shown: the digests of a seal are many times as long.
    names = (*FIELDS, "fingerprint")
    query = select(*(SealRow.content[name] for name in names)).order_by(SealRow.id.desc()).limit(newest)
    found = [dict(zip(names, row, strict=True)) for row in session.execute(query)]
    with_one = [seal for seal in found[::-1] if seal["fingerprint"]]
    befores = [chain.START, *(seal["fingerprint"] for seal in with_one)]
    return [{**seal, "previous": before} for before, seal in zip(befores, with_one, strict=False)]


def faults(session: Session) -> Iterator[str]:
    """Fingerprints that do not follow from their seals, in words."""
    for content, expected in _chained(session):
        if content["fingerprint"] != expected:
            yield f"the fingerprint of the seal of {content['at']} does not follow from it"


def differences(session: Session, document: str) -> Iterator[str]:
    """What a document that was kept says of seals, and the database does not, in words. Raises `BadInput`."""
    kept = read(document)
    known = {content["at"]: expected for content, expected in _chained(session)}
    for at, was in kept.items():
        if at not in known:
            yield f"the seal of {at}, which was published, is missing"
        elif known[at] != was:
            yield f"the seal of {at} is not the one that was published"


def _chained(session: Session) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Every seal that has a fingerprint, the oldest first, and what it is when computed anew from the one before."""
    query = select(SealRow.content).order_by(SealRow.id)
    previous = chain.START
    for content in session.scalars(query.execution_options(yield_per=100)):
        if "fingerprint" in content:
            yield content, fingerprint(previous, content)
            previous = content["fingerprint"]


def read(document: str) -> dict[str, str]:
    """The fingerprints of a document that was kept, by the moments of their seals. Raises `BadInput`."""
    try:
        kept = {str(seal["at"]): str(seal["fingerprint"]) for seal in json.loads(document)["seals"]}
    except (ValueError, KeyError, TypeError):
        raise BadInput("That file is not a document of published seals.") from None
    if not kept:
        # Compared with nothing, every ledger would be whole.
        raise BadInput("That file is a document of published seals, but there is no seal in it.")
    return kept
