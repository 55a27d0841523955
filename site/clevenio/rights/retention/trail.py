"""The audit trail's oldest entries go six years after they were made; see `audit_cuts`."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clevenio import audit, audit_cuts, audit_sealing
from clevenio.audit import AuditEntry
from clevenio.people.holds import set_aside
from clevenio.settings import Settings
from clevenio.sweeps import Key, Swept

LIMIT = 1000


@dataclass(frozen=True)
class Trail:
    """Entries that a seal covered by the time that is over, up to the first about somebody who is held."""

    settings: Settings
    rule: str = "audit_trail"
    name: str = "audit_entries"

    def waiting(self, session: Session, start: datetime, now: datetime) -> int:
        """How many entries would go."""
        return self._number(session, start) - self.kept(session, start, now)

    def kept(self, session: Session, start: datetime, now: datetime) -> int:
        """How many would go, were nobody held: a chain is cut at one place, so what came later stays as well."""
        held, sealed = self._held(session), audit_sealing.sealed_by(session, start)
        about = select(func.min(AuditEntry.sequence)).where(AuditEntry.subject.in_(held))
        first = session.scalar(about) if held else None
        return 0 if first is None else _between(session, first - 1, sealed)

    def step(self, session: Session, start: datetime, now: datetime, after: Key | None) -> Swept:
        """Cut some off. The cut itself says where to go on."""
        sealed = audit_sealing.sealed_by(session, start)
        keys, held = [self.settings.suppression_key], self._held(session)
        gone = audit_cuts.take(session, keys, sealed, start, now, held=held, limit=LIMIT)
        return Swept(gone, () if gone == LIMIT else None)

    def _held(self, session: Session) -> set[str]:
        key = self.settings.suppression_key
        return {audit.subject_hash(key, person) for person in session.scalars(set_aside())}

    def _number(self, session: Session, start: datetime) -> int:
        return _between(session, 0, audit_sealing.sealed_by(session, start))


def _between(session: Session, begun: int, sealed: int) -> int:
    which = (AuditEntry.sequence > begun, AuditEntry.sequence <= sealed)
    return session.scalar(select(func.count()).select_from(AuditEntry).where(*which)) or 0
