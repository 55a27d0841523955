"""Challenges for passkeys, and which site asks: kept here, for one session and purpose, five minutes, taken once."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

import itsdangerous
from sqlalchemy import delete
from sqlalchemy.orm import Session

from clevenio.accounts.factors.models import PasskeyChallenge
from clevenio.errors import Refused
from clevenio.sweeps import Sweep

LIFETIME = timedelta(minutes=5)


class Purpose(StrEnum):
    """What a challenge is for; an answer to one is no answer to the other."""

    REGISTRATION = "registration"
    SIGN_IN = "sign-in"


@dataclass(frozen=True)
class Site:
    """Who asks: host and origin come from the configured base address, never from a request."""

    name: str
    base_url: str

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).hostname or ""


class NoAnswerError(Refused):
    """What came from the browser is no answer to a challenge of ours."""

    def __init__(self) -> None:
        super().__init__("The passkey did not answer as it should. Try again.")


def make(session: Session, login: str, purpose: Purpose, now: datetime) -> bytes:
    """A new challenge for the login session with this hash."""
    challenge = secrets.token_bytes(32)
    row = PasskeyChallenge(
        challenge=_kept(challenge), session=login, purpose=purpose, expires_at=now + LIFETIME
    )
    session.add(row)
    session.flush()
    return challenge


def take(session: Session, login: str, purpose: Purpose, challenge: bytes, now: datetime) -> bool:
    """Use a challenge up; False where it was never given to this session, or was taken, or is old."""
    taken = session.scalar(
        delete(PasskeyChallenge)
        .where(
            PasskeyChallenge.challenge == _kept(challenge),
            PasskeyChallenge.session == login,
            PasskeyChallenge.purpose == purpose,
            PasskeyChallenge.expires_at > now,
        )
        .returning(PasskeyChallenge.challenge)
    )
    return taken is not None


def _kept(challenge: bytes) -> str:
    return itsdangerous.base64_encode(challenge).decode("ascii")


SWEEPS = (
    Sweep(
        "technical", "challenges", PasskeyChallenge, lambda _start, now: PasskeyChallenge.expires_at <= now
    ),
)
