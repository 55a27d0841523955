"""Passkeys (WebAuthn Level 3) of members: made, used, counted, removed."""

import json
import re
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import itsdangerous
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from clevenio.accounts.factors import challenges
from clevenio.accounts.factors.challenges import NoAnswerError, Purpose, Site
from clevenio.accounts.factors.models import Passkey
from clevenio.errors import Refused

MOST = 10


def of(session: Session, member: UUID) -> Sequence[Passkey]:
    """The passkeys of a member, oldest first."""
    return session.scalars(
        select(Passkey).where(Passkey.member == member).order_by(Passkey.created_at, Passkey.id)
    ).all()


def registration_options(
    session: Session, site: Site, login: str, member: UUID, account: str, now: datetime
) -> str:
    """What the browser needs to make a passkey, as JSON; the challenge is kept for this session."""
    from clevenio.accounts.factors import ceremonies  # noqa: PLC0415 - a start does not wait for the library

    challenge = challenges.make(session, login, Purpose.REGISTRATION, now)
    return ceremonies.creation_options(site, member.bytes, account, challenge, of(session, member))


def register(
    session: Session, site: Site, login: str, member: UUID, answer: str, name: str, now: datetime
) -> Passkey:
    """Keep a new passkey. Raises `Refused` for what is no answer to a challenge of this session."""
    from clevenio.accounts.factors import ceremonies  # noqa: PLC0415 - as above

    if len(of(session, member)) >= MOST:
        raise Refused("There are ten passkeys already. Remove one that you do not use.")
    challenge = _challenge(session, login, Purpose.REGISTRATION, answer, now)
    made = ceremonies.created(site, answer, challenge)
    if session.scalar(select(Passkey.id).where(Passkey.credential == made.id)) is not None:
        raise NoAnswerError
    passkey = Passkey(
        member=member,
        name=name,
        credential=made.id,
        public_key=made.public_key,
        sign_count=made.sign_count,
        transports=list(made.transports),
        created_at=now,
    )
    session.add(passkey)
    session.flush()
    return passkey


def sign_in_options(session: Session, site: Site, login: str, member: UUID, now: datetime) -> str:
    """What the browser needs to ask for one of the member's passkeys, as JSON."""
    from clevenio.accounts.factors import ceremonies  # noqa: PLC0415 - as above

    challenge = challenges.make(session, login, Purpose.SIGN_IN, now)
    return ceremonies.request_options(site, challenge, of(session, member))


def verify(session: Session, site: Site, login: str, member: UUID, answer: str, now: datetime) -> bool:
    """Whether a passkey of this member signed a challenge of this session.

    A counter that does not grow, where there is one, is a copied key: refused (WebAuthn 6.1.1).
    """
    from clevenio.accounts.factors import ceremonies  # noqa: PLC0415 - as above

    try:
        challenge = _challenge(session, login, Purpose.SIGN_IN, answer, now)
        credential = str(json.loads(answer)["id"])
        if not _IDENTIFIER.fullmatch(credential):
            return False
        found = session.scalars(
            select(Passkey).where(Passkey.credential == credential, Passkey.member == member)
        ).one_or_none()
        if found is None:
            return False
        count = ceremonies.signed(site, answer, challenge, found)
    except (NoAnswerError, ValueError, KeyError, TypeError):
        return False
    grows = Passkey.sign_count < count if count else Passkey.sign_count == 0
    counted = session.scalar(
        update(Passkey)
        .where(Passkey.id == found.id, grows)
        .values(sign_count=count, used_at=now)
        .returning(Passkey.id)
    )
    return counted is not None


def remove(session: Session, member: UUID, key: UUID | None = None) -> bool:
    """Forget one passkey of a member, or all of them; whether there was any."""
    which = [Passkey.member == member] + ([Passkey.id == key] if key else [])
    return bool(session.scalars(delete(Passkey).where(*which).returning(Passkey.id)).all())


_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,1400}")


def _challenge(session: Session, login: str, purpose: Purpose, answer: str, now: datetime) -> bytes:
    """The challenge that an answer names, used up by this. Raises `Refused` for one we did not give."""
    try:
        client = json.loads(itsdangerous.base64_decode(json.loads(answer)["response"]["clientDataJSON"]))
        challenge = itsdangerous.base64_decode(client["challenge"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, itsdangerous.BadData) as problem:
        raise NoAnswerError from problem
    if not challenges.take(session, login, purpose, challenge, now):
        raise NoAnswerError
    return challenge
