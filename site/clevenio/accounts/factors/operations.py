"""Passing a second factor, whichever a member has, and what is known of those they have."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from clevenio.accounts.factors import challenges, passkeys, recovery, totp
from clevenio.accounts.factors.models import Passkey, TotpFactor
from clevenio.settings import Settings


class Method(StrEnum):
    """How somebody proved themselves."""

    APP = "app"
    PASSKEY = "passkey"
    RECOVERY_CODE = "recovery code"


@dataclass(frozen=True)
class Answer:
    """What came back: a typed code, or what a passkey signed, as the browser's JSON."""

    code: str = ""
    passkey: str = ""


def site(settings: Settings) -> challenges.Site:
    """Who asks for passkeys."""
    return challenges.Site(settings.controller_name, settings.base_url)


def verify(
    session: Session, settings: Settings, login: str, member: UUID, answer: Answer, now: datetime
) -> Method | None:
    """By what the member proved themselves; None where the answer is wrong, used, old or another's.

    `login` is the hash of the session that was asked. What is right is used up.
    """
    if answer.passkey:
        found = passkeys.verify(session, site(settings), login, member, answer.passkey, now)
        return Method.PASSKEY if found else None
    typed = "".join(answer.code.split())
    if totp.verify(session, settings.secret_keys, member, typed.replace("-", ""), now):
        return Method.APP
    return Method.RECOVERY_CODE if recovery.use(session, member, typed, now) else None


def has_any(session: Session, member: UUID) -> bool:
    """Whether the member has a second factor; recovery codes alone are none."""
    app = exists().where(TotpFactor.member == member, TotpFactor.confirmed_at.is_not(None))
    key = exists().where(Passkey.member == member)
    return bool(session.scalar(select(app | key)))


def reset(session: Session, member: UUID) -> None:
    """Forget every factor and code: whoever it is sets up anew."""
    totp.remove(session, member)
    passkeys.remove(session, member)
    recovery.remove(session, member)
