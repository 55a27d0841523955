"""Challenges for passkeys: kept here, for one session and purpose, five minutes, taken once."""

import secrets
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete
from sqlalchemy.orm import Session
from webauthn.helpers import bytes_to_base64url

from clevenio.accounts.factors.models import PasskeyChallenge
from clevenio.sweeps import Sweep

LIFETIME = timedelta(minutes=5)


class Purpose(StrEnum):
    """What a challenge is for; an answer to one is no answer to the other."""

    REGISTRATION = "registration"
    SIGN_IN = "sign-in"


def make(session: Session, login: str, purpose: Purpose, now: datetime) -> bytes:
    """A new challenge for the login session with this hash."""
    challenge = secrets.token_bytes(32)
    row = PasskeyChallenge(
        challenge=bytes_to_base64url(challenge), session=login, purpose=purpose, expires_at=now + LIFETIME
    )
    session.add(row)
    session.flush()
    return challenge


def take(session: Session, login: str, purpose: Purpose, challenge: bytes, now: datetime) -> bool:
    """Use a challenge up; False where it was never given to this session, or was taken, or is old."""
    taken = session.scalar(
        delete(PasskeyChallenge)
        .where(
            PasskeyChallenge.challenge == bytes_to_base64url(challenge),
            PasskeyChallenge.session == login,
            PasskeyChallenge.purpose == purpose,
            PasskeyChallenge.expires_at > now,
        )
        .returning(PasskeyChallenge.challenge)
    )
    return taken is not None


SWEEPS = (
    Sweep(
        "technical", "challenges", PasskeyChallenge, lambda _start, now: PasskeyChallenge.expires_at <= now
    ),
)
