"""A new password for a member of staff by a mailed link; the second factor is asked for all the same.

OWASP ASVS 5.0, 6.4.3: forgetting a password bypasses no second factor. So no link goes to whoever has none
yet: an administrator invites them again.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio import audit, limits, once
from clevenio.accounts import sessions
from clevenio.accounts.factors import operations as factors
from clevenio.accounts.factors import totp
from clevenio.accounts.mail_requests import Answer
from clevenio.accounts.models import MailRequest
from clevenio.accounts.sessions import Identity, Kind
from clevenio.backoffice import operations as backoffice
from clevenio.backoffice.security import mails
from clevenio.errors import BadToken
from clevenio.people import links
from clevenio.people.addresses import address
from clevenio.people.models import Link
from clevenio.people.staff_members import StaffMember
from clevenio.settings import Settings

KIND = "staff_reset"
# As long as a link works, so that whoever asks in vain after a stranger did has one in the mailbox.
LINKS = limits.Limit("reset links of a member of staff", 3, links.LIFETIME[KIND] or timedelta())


def path_of(token: str) -> str:
    """Where the new password is set."""
    return f"/staff/new-password/{token}"


def answer(session: Session, settings: Settings, request: MailRequest, now: datetime) -> None:
    """Mail a link that works once, for an hour, where a member of staff has the address and a factor."""
    key = address(request.email).key
    found = session.scalar(select(StaffMember.id).where(StaffMember.address_key == key))
    if found is None or backoffice.admit(session, settings, found, now) is None:
        return
    if not factors.has_any(session, found):
        return
    if not limits.take(session, settings.secret_keys[0], LINKS, str(found), now):
        return
    member = session.get_one(StaffMember, found)
    data = {"member": str(found), "password": _proof(member)}
    token = links.make(session, settings.mail_keys, KIND, now, data=data)
    mails.queue_reset(session, settings, member, path_of(token), now)


# What the worker does about the mails that are asked for here.
ANSWERS: Mapping[str, Answer] = {KIND: answer}


def find(session: Session, settings: Settings, token: str, now: datetime) -> tuple[Link, StaffMember]:
    """A link that still works, and whose it is. Raises `BadToken`, the same for every reason.

    A password that was set since, in whatever way, ends every link from before.
    """
    link = links.find(session, settings.mail_keys, KIND, token, now)
    member_id = UUID(str(link.data["member"]))
    if link.used_at is not None or backoffice.admit(session, settings, member_id, now) is None:
        raise BadToken
    member = session.get_one(StaffMember, member_id)
    if _proof(member) != link.data["password"] or not factors.has_any(session, member_id):
        raise BadToken
    return link, member


def reset(session: Session, settings: Settings, token: str, password: str, now: datetime) -> Identity:
    """Use a link up and set the password, a `kept_password`; every session ends. Raises `BadToken`.

    Who comes back is half in: the second factor is still to come.
    """
    link, member = find(session, settings, token, now)
    links.consume(session, link, now)
    member.password = password
    # No link works any more, so whoever asks anew is sent one.
    limits.forgive(session, settings.secret_keys[0], LINKS, str(member.id))
    once.forget(session, settings.secret_keys[0], KIND, {"email": member.address_key})
    totp.forget_waiting(session, member.id)
    sessions.end_all(session, Kind.STAFF, member.id, now)
    audit.record(session, actor=f"staff:{member.id}", action="staff.password_reset", now=now)
    mails.queue(session, settings, member, mails.Event.PASSWORD_CHANGED, now)
    found = backoffice.admit(session, settings, member.id, now)
    if found is None:
        raise BadToken
    return found


def _proof(member: StaffMember) -> str:
    return hashlib.sha256((member.password or "").encode("utf-8")).hexdigest()
