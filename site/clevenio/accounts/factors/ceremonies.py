"""Ceremonies of WebAuthn (Level 3, section 4): what a browser is given to make or use a passkey, and its answer verified.

All that asks the library is here, and read where somebody has a passkey or makes one.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import webauthn
from cryptography.exceptions import UnsupportedAlgorithm
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from clevenio.accounts.factors.challenges import NoAnswerError, Site
from clevenio.accounts.factors.models import Passkey

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
_TRANSPORTS = {each.value for each in AuthenticatorTransport}


@dataclass(frozen=True)
class Credential:
    """A new public key credential: its id as base64url, the key as COSE wrote it, its counter, ways to reach it."""

    id: str
    public_key: bytes
    sign_count: int
    transports: Sequence[str]


def creation_options(
    site: Site, user: bytes, account: str, challenge: bytes, known: Sequence[Passkey]
) -> str:
    """What the browser needs to make a passkey that is none of those `known`, as JSON."""
    return webauthn.options_to_json(
        webauthn.generate_registration_options(
            rp_id=site.host,
            rp_name=site.name,
            user_id=user,
            user_name=account,
            challenge=challenge,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.PREFERRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=_descriptors(known),
        )
    )


def request_options(site: Site, challenge: bytes, known: Sequence[Passkey]) -> str:
    """What the browser needs to ask for one of the `known` passkeys, as JSON."""
    return webauthn.options_to_json(
        webauthn.generate_authentication_options(
            rp_id=site.host,
            challenge=challenge,
            allow_credentials=_descriptors(known),
            user_verification=UserVerificationRequirement.REQUIRED,
        )
    )


def created(site: Site, answer: str, challenge: bytes) -> Credential:
    """The credential that an answer brings. Raises `NoAnswerError`."""
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
    return Credential(
        bytes_to_base64url(made.credential_id), made.credential_public_key, made.sign_count, known
    )


def signed(site: Site, answer: str, challenge: bytes, passkey: Passkey) -> int:
    """The new counter of a passkey that signed the challenge. Raises `NoAnswerError`."""
    try:
        return webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.base_url,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        ).new_sign_count
    except _BROKEN as problem:
        raise NoAnswerError from problem


def _descriptors(known: Sequence[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=base64url_to_bytes(each.credential),
            transports=[AuthenticatorTransport(transport) for transport in each.transports] or None,
        )
        for each in known
    ]
