"""What a member proves themselves with besides the password."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import JSON, BigInteger, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from clevenio.database import Base, UtcDateTime


class TotpFactor(Base):
    """An authenticator app, by the secret it shares with us, sealed.

    `confirmed_at` None is one that is being set up, in the login session with the hash `session` alone.
    `last_step` is the newest time step whose code
    was used: that one and older ones open nothing any more (RFC 6238 section 5.2).
    """

    __tablename__ = "totp_factors"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    member: Mapped[UUID] = mapped_column(index=True)
    session: Mapped[str | None] = mapped_column(String(64))
    secret: Mapped[str] = mapped_column(String(300))
    last_step: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Passkey(Base):
    """A WebAuthn credential: `credential` is its id as base64url, `public_key` as COSE wrote it."""

    __tablename__ = "passkeys"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    member: Mapped[UUID] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(String(60))
    credential: Mapped[str] = mapped_column(String(1400), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    transports: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PasskeyChallenge(Base):
    """A challenge that one session was given for one purpose; taken once, within minutes."""

    __tablename__ = "passkey_challenges"

    challenge: Mapped[str] = mapped_column(String(100), primary_key=True)
    session: Mapped[str] = mapped_column(String(64))
    purpose: Mapped[str] = mapped_column(String(16))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class RecoveryCode(Base):
    """A code that works once, by its hash; 120 random bits need no slow one (ASVS 5.0 6.5.2)."""

    __tablename__ = "recovery_codes"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    member: Mapped[UUID] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
