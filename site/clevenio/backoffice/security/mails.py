"""Mails to staff about their own access: an invitation, and what happened to it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from clevenio import outbox
from clevenio.people.staff_members import StaffMember
from clevenio.settings import Settings


class Event(StrEnum):
    """What happened; the template has the words."""

    APP_ADDED = "app_added"
    APP_REMOVED = "app_removed"
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    CODES_RENEWED = "codes_renewed"
    RECOVERY_CODE_USED = "recovery_code_used"
    FACTORS_RESET = "factors_reset"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 # nosec B105 - the name of an event
    GUESSED = "guessed"
    ROLES_CHANGED = "roles_changed"
    ACCESS_CLOSED = "access_closed"
    ACCESS_OPENED = "access_opened"


def queue_invitation(
    session: Session, settings: Settings, member: StaffMember, path: str, now: datetime
) -> None:
    """Mail the one-time link to whoever is invited, in this transaction."""
    link, is_new = settings.base_url + path, member.activated_at is None
    _queue(session, settings, member, "invitation", "invitation", now, link=link, is_new=is_new)


def queue_reset(session: Session, settings: Settings, member: StaffMember, path: str, now: datetime) -> None:
    """Mail the link that sets a new password, in this transaction."""
    _queue(session, settings, member, "security", "reset", now, link=settings.base_url + path)


def queue(
    session: Session,
    settings: Settings,
    member: StaffMember,
    event: Event,
    now: datetime,
    **facts: object,
) -> None:
    """Tell a member of staff, in their language, in this transaction.

    `facts` are what the template's words need: `left` counts recovery codes, `before` and `after` are roles.
    """
    link = f"{settings.base_url}/staff/security"
    _queue(
        session, settings, member, "security", "security", now, link=link, event=event.value, at=now, **facts
    )


def _queue(
    session: Session,
    settings: Settings,
    member: StaffMember,
    kind: str,
    name: str,
    now: datetime,
    **values: object,
) -> None:
    outbox.queue_account_mail(
        session,
        settings,
        f"backoffice/mail/{name}.html",
        kind=kind,
        to=member.email_ascii,
        language=member.language,
        now=now,
        person=None,
        **values,
    )
