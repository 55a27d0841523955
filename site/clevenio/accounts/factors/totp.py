"""Codes of an authenticator app (TOTP, RFC 6238), each of which works once."""

import hmac
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import pyotp
import segno
from sqlalchemy import Select, delete, or_, select, update
from sqlalchemy.orm import Session

from clevenio.accounts.factors import sealing
from clevenio.accounts.factors.models import TotpFactor

SECONDS = 30
DIGITS = 6
# One step either way, for clocks that differ (RFC 6238 section 5.2).
WINDOW = (-1, 0, 1)


def begin(session: Session, keys: Sequence[str], member: UUID, now: datetime) -> str:
    """The secret of an app that is being set up, in base32: the same until it is confirmed."""
    waiting = session.scalars(_of(member).where(TotpFactor.confirmed_at.is_(None))).first()
    secret = sealing.unseal(keys, waiting.secret) if waiting else None
    if secret is None:
        secret = pyotp.random_base32()
        _forget(session, member, is_confirmed=False)
        session.add(TotpFactor(member=member, secret=sealing.seal(keys, secret), created_at=now))
        session.flush()
    return secret


def confirm(session: Session, keys: Sequence[str], member: UUID, code: str, now: datetime) -> bool:
    """Put the app that is being set up into force, in place of the one before, by a code it shows."""
    waiting = session.scalars(_of(member).where(TotpFactor.confirmed_at.is_(None))).first()
    if waiting is None or not _use(session, keys, waiting, code, now):
        return False
    _forget(session, member, is_confirmed=True)
    waiting.confirmed_at = now
    session.flush()
    return True


def verify(session: Session, keys: Sequence[str], member: UUID, code: str, now: datetime) -> bool:
    """Whether this is a code of the member's app that was not used before; it is used by that."""
    found = of(session, member)
    return found is not None and _use(session, keys, found, code, now)


def of(session: Session, member: UUID) -> TotpFactor | None:
    """The member's app, once it is in force."""
    return session.scalars(_of(member).where(TotpFactor.confirmed_at.is_not(None))).first()


def remove(session: Session, member: UUID) -> None:
    """Forget the app, and one that is being set up."""
    session.execute(delete(TotpFactor).where(TotpFactor.member == member))


def address(secret: str, account: str, issuer: str) -> str:
    """What the QR code holds and an app opens: an `otpauth://` address."""
    return pyotp.TOTP(secret, digits=DIGITS, interval=SECONDS).provisioning_uri(
        name=account, issuer_name=issuer
    )


def picture(address: str, title: str) -> str:
    """The QR code of an address as SVG for the page itself: no style, no script, no address to load."""
    code = segno.make(address, error="m")
    # Dark on white in dark mode too: not every camera reads the reverse.
    return code.svg_inline(scale=4, border=4, omitsize=True, light="#fff", svgclass="qr", title=title)


def _of(member: UUID) -> Select[TotpFactor]:
    return select(TotpFactor).where(TotpFactor.member == member)


def _forget(session: Session, member: UUID, *, is_confirmed: bool) -> None:
    state = TotpFactor.confirmed_at.is_not(None) if is_confirmed else TotpFactor.confirmed_at.is_(None)
    session.execute(delete(TotpFactor).where(TotpFactor.member == member, state))


def _use(session: Session, keys: Sequence[str], factor: TotpFactor, code: str, now: datetime) -> bool:
    """Use a code up, by a conditional update: of two at once one wins, and no older step follows."""
    secret = sealing.unseal(keys, factor.secret)
    if secret is None or len(code) != DIGITS or not (code.isascii() and code.isdigit()):
        return False
    made, current = pyotp.TOTP(secret, digits=DIGITS, interval=SECONDS), int(now.timestamp()) // SECONDS
    steps = [current + drift for drift in WINDOW]
    for step in [step for step in steps if hmac.compare_digest(made.generate_otp(step), code)]:
        used = session.scalar(
            update(TotpFactor)
            .where(
                TotpFactor.id == factor.id, or_(TotpFactor.last_step.is_(None), TotpFactor.last_step < step)
            )
            .values(last_step=step, used_at=now)
            .returning(TotpFactor.id)
        )
        if used is not None:
            if not sealing.is_current(keys, factor.secret):
                factor.secret = sealing.seal(keys, secret)
            return True
    return False
