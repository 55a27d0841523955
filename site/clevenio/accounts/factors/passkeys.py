"""Passkeys (WebAuthn Level 3): which site asks, and what it takes for an answer."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

import webauthn
from cryptography.exceptions import UnsupportedAlgorithm
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from clevenio.accounts.factors import challenges
from clevenio.accounts.factors.challenges import Purpose
from clevenio.accounts.factors.models import Passkey
from clevenio.errors import Refused

MOST = 10
# What the library raises for bytes that are no answer at all, besides its own errors.
_BROKEN = (
    WebAuthnException,
    UnsupportedAlgorithm,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
)


class NoAnswerError(Refused):
    """What came from the browser is no answer to a challenge of ours."""

    def __init__(self) -> None:
        super().__init__("The passkey did not answer as it should. Try again.")


@dataclass(frozen=True)
class Site:
    """Who asks: host and origin come from the configured base address, never from a request."""

    name: str
    base_url: str

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).hostname or ""


def of(session: Session, member: UUID) -> Sequence[Passkey]:
    """The passkeys of a member, oldest first."""
    return session.scalars(
        select(Passkey).where(Passkey.member == member).order_by(Passkey.created_at, Passkey.id)
    ).all()


def registration_options(
    session: Session, site: Site, login: str, member: UUID, account: str, now: datetime
) -> str:
    """What the browser needs to make a passkey, as JSON; the challenge is kept for this session."""
    return webauthn.options_to_json(
        webauthn.generate_registration_options(
            rp_id=site.host,
            rp_name=site.name,
            user_id=member.bytes,
            user_name=account,
            challenge=challenges.make(session, login, Purpose.REGISTRATION, now),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.PREFERRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=_descriptors(of(session, member)),
        )
    )


def register(
    session: Session, site: Site, login: str, member: UUID, answer: str, name: str, now: datetime
) -> Passkey:
    """Keep a new passkey. Raises `Refused` for what is no answer to a challenge of this session."""
    if len(of(session, member)) >= MOST:
        raise Refused("There are ten passkeys already. Remove one that you do not use.")
    challenge = _challenge(session, login, Purpose.REGISTRATION, answer, now)
    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.base_url,
            require_user_verification=True,
        )
        transports = json.loads(answer)["response"].get("transports") or []
        known = [AuthenticatorTransport(each).value for each in transports if each in _TRANSPORTS]
    except _BROKEN as problem:
        raise NoAnswerError from problem
    credential = bytes_to_base64url(made.credential_id)
    if session.scalar(select(Passkey.id).where(Passkey.credential == credential)) is not None:
        raise NoAnswerError
    passkey = Passkey(
        member=member,
        name=name,
        credential=credential,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        transports=known,
        created_at=now,
    )
    session.add(passkey)
    session.flush()
    return passkey


def sign_in_options(session: Session, site: Site, login: str, member: UUID, now: datetime) -> str:
    """What the browser needs to ask for one of the member's passkeys, as JSON."""
    return webauthn.options_to_json(
        webauthn.generate_authentication_options(
            rp_id=site.host,
            challenge=challenges.make(session, login, Purpose.SIGN_IN, now),
            allow_credentials=_descriptors(of(session, member)),
            user_verification=UserVerificationRequirement.REQUIRED,
        )
    )


def verify(session: Session, site: Site, login: str, member: UUID, answer: str, now: datetime) -> bool:
    """Whether a passkey of this member signed a challenge of this session.

    A counter that does not grow, where there is one, is a copied key: refused (WebAuthn 6.1.1).
    """
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
        proof = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.base_url,
            credential_public_key=found.public_key,
            credential_current_sign_count=found.sign_count,
            require_user_verification=True,
        )
    except (Refused, *_BROKEN):
        return False
    count = proof.new_sign_count
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
_TRANSPORTS = {each.value for each in AuthenticatorTransport}


def _descriptors(found: Sequence[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=base64url_to_bytes(each.credential),
            transports=[AuthenticatorTransport(transport) for transport in each.transports] or None,
        )
        for each in found
    ]


def _challenge(session: Session, login: str, purpose: Purpose, answer: str, now: datetime) -> bytes:
    """The challenge that an answer names, used up by this. Raises `Refused` for one we did not give."""
    try:
        client = json.loads(base64url_to_bytes(json.loads(answer)["response"]["clientDataJSON"]))
        challenge = base64url_to_bytes(client["challenge"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
        raise NoAnswerError from problem
    if not challenges.take(session, login, purpose, challenge, now):
        raise NoAnswerError
    return challenge
