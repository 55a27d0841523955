"""Ten codes on paper, for whoever lost phone and key. Each works once; only hashes are kept."""

import hashlib
import secrets
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from clevenio.accounts.factors.models import RecoveryCode

COUNT = 10
# Crockford's base32: no I, L, O or U to be mistaken. 24 characters are 120 bits.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH, GROUP = 24, 4
_MEANT = str.maketrans("ILO", "110")


def renew(session: Session, member: UUID, now: datetime) -> list[str]:
    """Ten new codes in readable groups, to be shown once; those from before do nothing any more."""
    remove(session, member)
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(LENGTH)) for _ in range(COUNT)]
    session.add_all(RecoveryCode(hash=_hash(member, code), member=member, created_at=now) for code in codes)
    session.flush()
    return ["-".join(code[at : at + GROUP] for at in range(0, LENGTH, GROUP)) for code in codes]


def use(session: Session, member: UUID, typed: str, now: datetime) -> bool:
    """Whether this is an unused code of the member; it is used up by that, even by two at once."""
    used = session.scalar(
        update(RecoveryCode)
        .where(
            RecoveryCode.hash == _hash(member, typed),
            RecoveryCode.member == member,
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now)
        .returning(RecoveryCode.hash)
    )
    return used is not None


def left(session: Session, member: UUID) -> int:
    """How many codes still work."""
    unused = (RecoveryCode.member == member, RecoveryCode.used_at.is_(None))
    return session.scalar(select(func.count()).select_from(RecoveryCode).where(*unused)) or 0


def are_of(session: Session, member: UUID, codes: list[str]) -> bool:
    """Whether all of these are codes of the member that still work."""
    hashes = {_hash(member, code) for code in codes}
    found = select(func.count()).select_from(RecoveryCode)
    found = found.where(
        RecoveryCode.member == member, RecoveryCode.used_at.is_(None), RecoveryCode.hash.in_(hashes)
    )
    return bool(hashes) and session.scalar(found) == len(hashes)


def remove(session: Session, member: UUID) -> None:
    """Forget all codes."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.member == member))


def _hash(member: UUID, typed: str) -> str:
    plain = "".join(character for character in typed.upper() if character.isalnum()).translate(_MEANT)
    return hashlib.sha256(member.bytes + plain.encode("utf-8", "replace")).hexdigest()
