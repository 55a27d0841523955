"""Codes of an authenticator app (TOTP, RFC 6238), each of which works once."""

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import pyotp
import segno
from sqlalchemy import Select, and_, delete, or_, select, update
from sqlalchemy.orm import Session

from clevenio.accounts.factors import sealing
from clevenio.accounts.factors.models import TotpFactor
from clevenio.sweeps import Sweep

SECONDS = 30
DIGITS = 6
# One step either way, for clocks that differ (RFC 6238 section 5.2).
WINDOW = (-1, 0, 1)
# From the page with the secret to the code that confirms it.
LIFETIME = timedelta(minutes=15)


def begin(session: Session, keys: Sequence[str], member: UUID, login: str, now: datetime) -> str:
    """The secret of an app that is being set up, in base32: the same until it is confirmed or too old.

    It is for the login session with this hash alone: who noted one elsewhere waits in vain for its
    owner to confirm it.
    """
    waiting = _waiting(session, member, login, now)
    secret = sealing.unseal(keys, waiting.secret) if waiting else None
    if secret is None:
        secret = pyotp.random_base32()
        session.execute(delete(TotpFactor).where(TotpFactor.member == member, TotpFactor.session == login))
        row = TotpFactor(member=member, session=login, secret=sealing.seal(keys, secret), created_at=now)
        session.add(row)
        session.flush()
    return secret


def confirm(
    session: Session, keys: Sequence[str], member: UUID, login: str, code: str, now: datetime
) -> bool:
    """Put the app that is being set up into force, in place of all others, by a code it shows."""
    waiting = _waiting(session, member, login, now)
    if waiting is None or not _use(session, keys, waiting, code, now):
        return False
    session.execute(delete(TotpFactor).where(TotpFactor.member == member, TotpFactor.id != waiting.id))
    waiting.session, waiting.confirmed_at = None, now
    session.flush()
    return True


def is_waiting(session: Session, member: UUID, login: str, now: datetime) -> bool:
    """Whether an app is being set up in the login session with this hash, and not too old."""
    return _waiting(session, member, login, now) is not None


def go_on(session: Session, before: str, after: str) -> None:
    """The login session with one hash goes on under another, and with it what is being set up there."""
    session.execute(update(TotpFactor).where(TotpFactor.session == before).values(session=after))


def forget_waiting(session: Session, member: UUID) -> None:
    """Forget what is being set up, wherever that is."""
    session.execute(delete(TotpFactor).where(TotpFactor.member == member, TotpFactor.confirmed_at.is_(None)))


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


def _waiting(session: Session, member: UUID, login: str, now: datetime) -> TotpFactor | None:
    return session.scalars(
        _of(member).where(
            TotpFactor.confirmed_at.is_(None),
            TotpFactor.session == login,
            TotpFactor.created_at > now - LIFETIME,
        )
    ).first()


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


SWEEPS = (
    Sweep(
        "technical",
        "totp",
        TotpFactor,
        lambda _start, now: and_(TotpFactor.confirmed_at.is_(None), TotpFactor.created_at <= now - LIFETIME),
    ),
)
