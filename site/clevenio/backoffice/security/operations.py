"""What a member of staff does about their own access; each act is written down and told by mail."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clevenio import audit
from clevenio.accounts import sessions
from clevenio.accounts.factors import operations as factors
from clevenio.accounts.factors import passkeys, recovery, totp
from clevenio.accounts.sessions import Kind
from clevenio.backoffice.operations import held
from clevenio.backoffice.security import mails
from clevenio.backoffice.security.mails import Event
from clevenio.errors import BadInput, Refused
from clevenio.people.staff_members import StaffMember
from clevenio.people.text import line
from clevenio.settings import Settings
from clevenio.signing import keyed_hash


class NotCurrentError(BadInput):
    """The password that was given as the current one is not."""

    def __init__(self) -> None:
        super().__init__("This is not your current password.")


class LastFactorError(Refused):
    """Without a second factor nobody could sign in again."""

    def __init__(self) -> None:
        super().__init__("This is your only second factor. Set another up first, then remove this one.")


def begin_app(
    session: Session, settings: Settings, member: StaffMember, token: str, now: datetime
) -> tuple[str, str]:
    """The secret of an app to be set up in this session, and the `otpauth://` address that holds it."""
    secret = totp.begin(session, settings.secret_keys, member.id, sessions.hash_of(token), now)
    return secret, totp.address(secret, member.email, settings.controller_name)


def confirm_app(
    session: Session, settings: Settings, member: StaffMember, code: str, token: str, now: datetime
) -> None:
    """Put the app into force by a code it shows. Raises `BadInput`; sessions but this one end."""
    plain, login = "".join(code.split()), sessions.hash_of(token)
    if not totp.is_waiting(session, member.id, login, now):
        raise BadInput("This took too long. Add the new key below to the app, then type the code it shows.")
    if not totp.confirm(session, settings.secret_keys, member.id, login, plain, now):
        raise BadInput("The code is not the one the app shows now. Type the newest one.")
    _changed(session, settings, member, "staff.app_added", Event.APP_ADDED, now, but=token)


def remove_app(session: Session, settings: Settings, member: StaffMember, token: str, now: datetime) -> None:
    """Forget the app. Raises `Refused` where it is the only factor."""
    if not passkeys.of(session, member.id):
        raise LastFactorError
    totp.remove(session, member.id)
    _changed(session, settings, member, "staff.app_removed", Event.APP_REMOVED, now, but=token)


def add_passkey(
    session: Session,
    settings: Settings,
    member: StaffMember,
    answer: str,
    name: str,
    token: str,
    now: datetime,
) -> None:
    """Keep a passkey under a name. Raises `BadInput` for the name, `Refused` for the answer."""
    called = line(name, 60)
    if not called:
        raise BadInput("Give the passkey a name, such as the device it is on.", reason="empty")
    login = sessions.hash_of(token)
    passkeys.register(session, factors.site(settings), login, member.id, answer, called, now)
    _changed(session, settings, member, "staff.passkey_added", Event.PASSKEY_ADDED, now, but=token)


def remove_passkey(
    session: Session, settings: Settings, member: StaffMember, key: UUID, token: str, now: datetime
) -> None:
    """Forget one passkey. Raises `Refused` where it is the only factor."""
    passkeys.remove(session, member.id, key)
    if not factors.has_any(session, member.id):
        raise LastFactorError
    _changed(session, settings, member, "staff.passkey_removed", Event.PASSKEY_REMOVED, now, but=token)


def renew_codes(
    session: Session, settings: Settings, member: StaffMember, token: str, now: datetime
) -> list[str]:
    """Ten new recovery codes, to be shown once."""
    codes = recovery.renew(session, member.id, now)
    _changed(session, settings, member, "staff.codes_renewed", Event.CODES_RENEWED, now, but=token)
    return codes


def change_password(
    session: Session,
    settings: Settings,
    member: StaffMember,
    compared: str | None,
    kept: str,
    token: str,
    now: datetime,
) -> None:
    """Set a new password, which was hashed before; sessions but this one end.

    Raises `BadInput` where the one that was compared is not the current one any more.
    """
    if held(session, member.id) is None or member.password != compared:
        raise NotCurrentError
    member.password = kept
    totp.forget_waiting(session, member.id)
    _changed(session, settings, member, "staff.password_changed", Event.PASSWORD_CHANGED, now, but=token)


def refuse_password(session: Session, settings: Settings, member: UUID, network: str, now: datetime) -> None:
    """Write down that somebody in this member's session did not know the current password."""
    key = settings.suppression_key
    audit.record(
        session,
        actor=f"staff:{member}",
        action="staff.password_refused",
        subject=audit.subject_hash(key, member),
        details={"network": keyed_hash(key, "network of a refusal", network)[:16]},
        now=now,
    )


def _changed(
    session: Session,
    settings: Settings,
    member: StaffMember,
    action: str,
    event: Event,
    now: datetime,
    but: str,
) -> None:
    held(session, member.id)
    sessions.end_all(session, Kind.STAFF, member.id, now, but=but)
    audit.record(session, actor=f"staff:{member.id}", action=action, now=now)
    mails.queue(session, settings, member, event, now)
