"""What an administrator does about the access of others; each act is written down with whom it is about."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio import audit
from clevenio.accounts import sessions
from clevenio.accounts.factors import operations as factors
from clevenio.accounts.sessions import Kind
from clevenio.backoffice import operations as backoffice
from clevenio.backoffice.roles import put
from clevenio.backoffice.security import mails
from clevenio.errors import BadInput, Missing, Refused
from clevenio.people import staff_access
from clevenio.people.addresses import Address, address
from clevenio.people.staff_members import Role, StaffMember, active
from clevenio.settings import Settings


class LastAdministratorError(Refused):
    """The access of the last administrator stays, whoever asks for it to end."""

    def __init__(self) -> None:
        super().__init__(
            "This is the last administrator. Make somebody else one first, or nobody could give access any more."
        )


class Saved(StrEnum):
    """What became of a member's roles by saving them: an offer may end though the roles are the same."""

    SAME = "same roles"
    CHANGED = "roles"
    OFFER_ENDED = "roles-offer"


def find(session: Session, member: UUID) -> StaffMember:
    """A member of staff. Raises `Missing`."""
    found = session.get(StaffMember, member)
    if found is None:
        raise Missing("There is nobody like this on the staff.")
    return found


def invite(
    session: Session,
    settings: Settings,
    to: Address,
    roles: Iterable[Role],
    language: str,
    actor: str,
    now: datetime,
) -> StaffMember:
    """Invite somebody new by mail. Raises `BadInput` where the address is on the staff, or without a role."""
    chosen = _some(roles)
    if session.scalar(select(StaffMember.id).where(StaffMember.address_key == to.key)) is not None:
        raise BadInput("This address is on the staff already. Open it in the list to invite it again.")
    path = backoffice.invite(session, settings, to, chosen, actor, now)
    member = session.scalars(select(StaffMember).where(StaffMember.address_key == to.key)).one()
    member.language = language
    mails.queue_invitation(session, settings, member, path, now)
    return member


def invite_again(
    session: Session, settings: Settings, member: StaffMember, actor: str, now: datetime
) -> None:
    """Mail a new link, which sets a new password; older ones do nothing any more."""
    if member.disabled_at is not None:
        raise Refused("This access is closed. Open it first, then invite again.")
    path = backoffice.invite(session, settings, address(member.email), (), actor, now)
    mails.queue_invitation(session, settings, member, path, now)


def change_roles(
    session: Session,
    settings: Settings,
    member: StaffMember,
    roles: Iterable[Role],
    actor: str,
    now: datetime,
) -> Saved:
    """Give a member exactly these roles, and tell them; an open offer of others ends.

    Raises `Refused` for the last administrator's own.
    """
    chosen = {role.value for role in _some(roles)}
    if Role.ADMINISTRATOR in chosen:
        # Nobody uses a link of theirs meanwhile.
        backoffice.held(session, member.id)
    else:
        _hold_unless_last(session, settings, member, now)
    has_ended = backoffice.end_offer(session, settings, member, actor, now)
    if chosen == member.roles:
        return Saved.OFFER_ENDED if has_ended else Saved.SAME
    put(session, settings, member, chosen, actor, now)
    return Saved.OFFER_ENDED if has_ended else Saved.CHANGED


def disable(session: Session, settings: Settings, member: StaffMember, actor: str, now: datetime) -> None:
    """Close a member's access at once: sessions end, an open invitation does nothing any more."""
    _hold_unless_last(session, settings, member, now)
    if member.activated_at is not None and member.disabled_at is None:
        mails.queue(session, settings, member, mails.Event.ACCESS_CLOSED, now)
    member.disabled_at, member.invitation = member.disabled_at or now, None
    sessions.end_all(session, Kind.STAFF, member.id, now)
    _record(session, settings, member, "staff.disable", actor, now)


def enable(session: Session, settings: Settings, member: StaffMember, actor: str, now: datetime) -> None:
    """Open a member's access again, with the password and the factors they had."""
    if member.activated_at is not None and member.disabled_at is not None:
        mails.queue(session, settings, member, mails.Event.ACCESS_OPENED, now)
    member.disabled_at = None
    _record(session, settings, member, "staff.enable", actor, now)


def end_sessions(
    session: Session, settings: Settings, member: StaffMember, actor: str, now: datetime
) -> None:
    """End whatever sessions a member has open."""
    backoffice.held(session, member.id)
    sessions.end_all(session, Kind.STAFF, member.id, now)
    _record(session, settings, member, "staff.sessions_ended", actor, now)


def reset_factors(
    session: Session, settings: Settings, member: StaffMember, actor: str, now: datetime
) -> None:
    """Forget a member's factors: at the next password they set one up anew. Not for oneself."""
    if actor == f"staff:{member.id}":
        raise Refused("Change your own second factor on your security page.")
    backoffice.held(session, member.id)
    factors.reset(session, member.id)
    sessions.end_all(session, Kind.STAFF, member.id, now)
    _record(session, settings, member, "staff.factors_reset", actor, now)
    mails.queue(session, settings, member, mails.Event.FACTORS_RESET, now)


def _some(roles: Iterable[Role]) -> list[Role]:
    chosen = list(roles)
    if not chosen:
        raise BadInput("Choose at least one role.")
    return chosen


def _hold_unless_last(session: Session, settings: Settings, leaving: StaffMember, now: datetime) -> None:
    """The member as they are by now, held; refused where they are the last administrator.

    Asked again once they are held: until then somebody else could make them one. Asked before as well, so
    that whoever lets administrators go takes all of them in one order, and never waits in a circle.
    """
    _keep_an_administrator(session, settings, leaving, now)
    backoffice.held(session, leaving.id)
    _keep_an_administrator(session, settings, leaving, now)


def _keep_an_administrator(session: Session, settings: Settings, leaving: StaffMember, now: datetime) -> None:
    """Refuse to let the last one go whose access has not ended.

    Two who let each other go at once wait for one another at the first statement. Only a second one
    sees what the other did: PostgreSQL reads a row anew after waiting only where that row changed, and
    a role is another row (documentation, 13.2.1 Read Committed).
    """
    everybody = active(Role.ADMINISTRATOR).with_only_columns(StaffMember.id).order_by(None)
    locked = session.scalars(everybody.order_by(StaffMember.id).with_for_update()).all()
    left = [each.id for each in staff_access.usable(session, settings, (Role.ADMINISTRATOR,), now)]
    if leaving.id in locked and not set(left) - {leaving.id}:
        raise LastAdministratorError


def _record(
    session: Session, settings: Settings, member: StaffMember, action: str, actor: str, now: datetime
) -> None:
    audit.record(
        session,
        actor=actor,
        action=action,
        subject=audit.subject_hash(settings.suppression_key, member.id),
        now=now,
    )
