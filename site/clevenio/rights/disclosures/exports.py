"""The register of disclosures as a file."""

from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session

from clevenio.rights.disclosures import queries
from clevenio.rights.disclosures.models import Disclosure

HEAD = (
    "id", "kind", "recipient", "reference", "asked_on", "outcome", "disclosed_on", "content", "ground",
    "is_about_all", "people", "secrecy", "decided_by", "recorded_at", "recorded_by", "hash",
)  # fmt: skip


def rows(session: Session) -> Iterator[Sequence[object]]:
    """Every entry under `HEAD`, the latest first; moments in UTC, people as a number."""
    for found in queries.everything(session):
        made = _described(session, found)
        yield [made[name] for name in HEAD]


def _described(session: Session, found: Disclosure) -> dict[str, object]:
    return {
        **{name: getattr(found, name) for name in HEAD if hasattr(found, name)},
        "people": queries.number_named(session, found.id),
        "is_about_all": "yes" if found.is_about_all else "no",
        "recorded_at": found.recorded_at.isoformat(),
        "hash": found.digest(),
    }
