"""Which second factors members have, for lists: counts, never secrets."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clevenio.accounts.factors.models import Passkey, RecoveryCode, TotpFactor


@dataclass(frozen=True)
class Held:
    """What one member has."""

    has_app: bool = False
    passkeys: int = 0
    codes: int = 0

    @property
    def is_any(self) -> bool:
        """Whether there is a second factor; recovery codes alone are none."""
        return self.has_app or self.passkeys > 0


def held(session: Session, members: Iterable[UUID]) -> dict[UUID, Held]:
    """What each of these members has; those with nothing are there as well."""
    ids = list(members)
    apps = set(
        session.scalars(
            select(TotpFactor.member).where(TotpFactor.member.in_(ids), TotpFactor.confirmed_at.is_not(None))
        )
    )
    keys = _counts(session, Passkey, ids)
    codes = _counts(session, RecoveryCode, ids, RecoveryCode.used_at.is_(None))
    return {each: Held(each in apps, keys.get(each, 0), codes.get(each, 0)) for each in ids}


def _counts(
    session: Session, model: type[Passkey] | type[RecoveryCode], ids: list[UUID], *conditions: object
) -> dict[UUID, int]:
    query = select(model.member, func.count()).where(model.member.in_(ids), *conditions)  # type: ignore[arg-type]
    return dict(session.execute(query.group_by(model.member)).all())
