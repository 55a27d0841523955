"""Evidence of consent goes as whole chains, three years after the consents in it ended; see `consent.retention`."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, union_all
from sqlalchemy.orm import Session

from clevenio.consent.retention import Term, expired, remove_expired
from clevenio.people.holds import on_hold
from clevenio.people.models import Person
from clevenio.registry import load
from clevenio.settings import Settings
from clevenio.sweeps import Key, Swept

LIMIT = 500


@dataclass(frozen=True)
class Evidence:
    """The chains of the ledger that have served their time.

    Whoever is still known is held, restricted or not: an old refusal of theirs must not be forgotten.
    """

    settings: Settings
    rule: str = "consent_evidence"
    name: str = "consent"

    def waiting(self, session: Session, start: datetime, now: datetime) -> int:
        """How many chains would go; those that no seal covers yet wait for it."""
        return _number(session, _term(start, is_held=True))

    def kept(self, session: Session, start: datetime, now: datetime) -> int:
        """How many would go, were their people not known."""
        return _number(session, _term(start, is_held=False)) - self.waiting(session, start, now)

    def step(self, session: Session, start: datetime, now: datetime, after: Key | None) -> Swept:
        """Remove some chains. The ledger itself says where to go on."""
        keys = [self.settings.suppression_key]
        gone = remove_expired(session, keys, _term(start, is_held=True), now, LIMIT)
        return Swept(gone, () if gone == LIMIT else None)


def _term(start: datetime, *, is_held: bool) -> Term:
    held = union_all(on_hold(), select(Person.id)).subquery()
    lapse = timedelta(days=load().clocks.consent_days)
    return Term(start, lapse, select(held.c[0]) if is_held else None)


def _number(session: Session, term: Term) -> int:
    return session.scalar(select(func.count()).select_from(expired(term).subquery())) or 0
