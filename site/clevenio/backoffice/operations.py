"""Staff: inviting them, and letting them in."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio import audit
from clevenio.accounts import passwords, sessions
from clevenio.accounts.devices import Owner
from clevenio.accounts.factors import operations as factors
from clevenio.accounts.factors import totp
from clevenio.accounts.sessions import Identity, Kind
from clevenio.backoffice.roles import put
from clevenio.backoffice.security import mails
from clevenio.errors import BadInput, BadToken, Missing
from clevenio.people import links, staff_access
from clevenio.people.addresses import Address
from clevenio.people.models import Link
from clevenio.people.staff_members import Role, StaffMember, StaffRole, active
from clevenio.settings import Settings
from clevenio.signing import Signer, keyed_hash


def path_of(token: str) -> str:
    """Where an invitation is accepted."""
    return f"/staff/invitation/{token}"


def first_invitation(session: Session, settings: Settings, now: datetime) -> str | None:
    """The path of the first administrator's one-time link; None once there is an administrator.

    The same link at every start until it is used or has expired.
    """
    if session.scalars(active(Role.ADMINISTRATOR).limit(1)).first() is not None:
        return None
    waiting = select(Link).where(Link.purpose == "invite", Link.used_at.is_(None), Link.expires_at > now)
    for link in session.scalars(waiting.order_by(Link.expires_at.desc())):
        if "member" not in link.data:
            return path_of(Signer(settings.secret_keys, "invite").sign(link.handle))
    return path_of(links.make(session, settings.secret_keys, "invite", now))


def invite(
    session: Session,
    settings: Settings,
    to: Address,
    roles: Iterable[Role],
    actor: str,
    now: datetime,
    *,
    resets: bool = False,
) -> str:
    """The path of a one-time link by which this address gets in with these roles.

    Somebody who is in already keeps their roles, and gets these as well once they use the link and not
    before; it then sets a new password, which is how lost access is recovered; with `resets` their
    second factors go as well. A link from before does nothing any more.
    """
    asked = sorted({str(role) for role in roles})
    is_in = (known := _member(session, to.key)) is not None and known.activated_at is not None
    member = _admitted(session, settings, to, () if is_in else asked, now)
    data = {"member": str(member.id), "resets": resets, "roles": asked}
    token = links.make(session, settings.secret_keys, "invite", now, data=data)
    member.invitation = Signer(settings.secret_keys, "invite").unsign(token)
    session.flush()
    audit.record(
        session,
        actor=actor,
        action="staff.recover" if resets else "staff.invite",
        subject=audit.subject_hash(settings.suppression_key, member.id),
        details={"roles": sorted({*member.roles, *asked})},
        now=now,
    )
    return path_of(token)


def invitation(
    session: Session, settings: Settings, token: str, now: datetime
) -> tuple[Link, StaffMember | None]:
    """The link of an invitation that still stands, and whom it invites: None for the first administrator.

    Raises `BadToken`, the same for every reason.
    """
    link = links.find(session, settings.secret_keys, "invite", token, now)
    if link.used_at is not None:
        raise BadToken
    if "member" not in link.data:
        if session.scalars(active(Role.ADMINISTRATOR).limit(1)).first() is not None:
            raise BadToken
        return link, None
    member = session.get(StaffMember, UUID(str(link.data["member"])))
    if member is None or member.invitation != link.handle:
        raise BadToken
    return link, member


def open_invitation(session: Session, settings: Settings, member: StaffMember, now: datetime) -> str | None:
    """The path of the link that lets a member in, as long as it stands."""
    if member.invitation is None:
        return None
    link = session.get(Link, member.invitation)
    if link is None or link.used_at is not None or (link.expires_at is not None and link.expires_at <= now):
        return None
    return path_of(Signer(settings.secret_keys, "invite").sign(link.handle))


def end_offer(session: Session, settings: Settings, member: StaffMember, actor: str, now: datetime) -> bool:
    """End the link that would give a member more roles than they have; False where none stands.

    A link that lets somebody in for the first time gives what they have by then, and one that only sets
    a new password gives nothing: both stand.
    """
    link = session.get(Link, member.invitation) if member.invitation else None
    if link is None or member.activated_at is None or not _promised(link):
        return False
    stood, member.invitation = open_invitation(session, settings, member, now) is not None, None
    if not stood:
        return False
    audit.record(
        session,
        actor=actor,
        action="staff.offer_ended",
        subject=audit.subject_hash(settings.suppression_key, member.id),
        details={"roles": _promised(link)},
        now=now,
    )
    return True


def recover(session: Session, settings: Settings, to: Address, now: datetime) -> str:
    """The path of a one-time link for a member who lost both: it sets a new password and resets the factors.

    They stay as they are until the link is used. Raises `Missing` where nobody has the address.
    """
    if _member(session, to.key) is None:
        raise Missing("Nobody on the staff has this address. `clevenio staff list` shows who is.")
    return invite(session, settings, to, (), "command", now, resets=True)


def kept_password(password: str, email: str) -> str:
    """A password of staff as it is kept. It takes its time, so no transaction is open meanwhile.

    Raises `BadInput` for one that will not do.
    """
    passwords.check(password, email, shortest=passwords.SHORTEST_FOR_STAFF)
    return passwords.hashed(password)


def accept(
    session: Session,
    settings: Settings,
    token: str,
    password: str,
    language: str,
    now: datetime,
    first: Address | None = None,
) -> Identity:
    """Set the password, open the account and use the link up; sessions from before end.

    `password` is a `kept_password`, `first` the address of the first administrator, whose link knows
    none. Raises `BadToken`, and `BadInput` where that address is missing.
    """
    link, member = invitation(session, settings, token, now)
    if member is None:
        if first is None:
            raise BadInput("Type an e-mail address.", reason="empty")
        member = _admitted(session, settings, first, [Role.ADMINISTRATOR], now)
    links.consume(session, link, now)
    held(session, member.id)
    if "member" in link.data and member.invitation != link.handle:
        # Somebody changed their roles, or invited them anew, since we looked.
        raise BadToken
    member.password = password
    totp.forget_waiting(session, member.id)
    if member.activated_at is not None:
        mails.queue(session, settings, member, mails.Event.PASSWORD_CHANGED, now)
        put(session, settings, member, {*member.roles, *_promised(link)}, f"staff:{member.id}", now)
    if link.data.get("resets"):
        factors.reset(session, member.id)
        mails.queue(session, settings, member, mails.Event.FACTORS_RESET, now)
    member.activated_at, member.last_used_at = member.activated_at or now, now
    member.invitation = member.disabled_at = None
    member.language = language
    sessions.end_all(session, Kind.STAFF, member.id, now)
    audit.record(session, actor=f"staff:{member.id}", action="staff.activate", now=now)
    return _identity(member)


def credentials(session: Session, address_key: str) -> tuple[UUID | None, str | None]:
    """Whose password a login is compared with, and what is kept of it; nothing of the kind for a stranger.

    One look, the same for everybody: whether somebody may come in is asked once the password was right.
    """
    kept = select(StaffMember.id, StaffMember.password).where(StaffMember.address_key == address_key)
    found = session.execute(kept).one_or_none()
    return (found.id, found.password) if found else (None, None)


def admit(session: Session, settings: Settings, member_id: UUID, now: datetime) -> Identity | None:
    """Somebody who proved themselves, as they are by now; nobody changes their access until the commit.

    None where they may not sign in (any more), or have not for so long that their access ended.
    """
    member = held(session, member_id)
    if member is None or not _may_sign_in(member):
        return None
    return None if staff_access.rule(session, settings).is_over(member, now) else _identity(member)


def let_in(
    session: Session, settings: Settings, member_id: UUID, compared: str, renewed: str | None, now: datetime
) -> Identity | None:
    """Somebody whose password was right; `renewed` takes the place of the hash that was compared.

    None as for `admit`, and where the password was changed while the comparison took its time.
    """
    found, member = admit(session, settings, member_id, now), session.get(StaffMember, member_id)
    if found is None or member is None or member.password != compared:
        return None
    member.password = renewed or compared
    return found


def held(session: Session, member_id: UUID) -> StaffMember | None:
    """A member as they are by now, and by nobody else's act until the transaction ends.

    Whoever begins a session or ends all of a member's takes this first: one stands behind the other.
    """
    return session.get(StaffMember, member_id, populate_existing=True, with_for_update=True)


def refuse(session: Session, settings: Settings, member: UUID | None, network: str, now: datetime) -> None:
    """Write down that somebody was not let in, alike for every address: known or not, it costs the same.

    The network is kept as a hash that tells it from others, the address not at all.
    """
    key = settings.suppression_key
    audit.record(
        session,
        actor="system",
        action="staff.login_refused",
        subject=audit.subject_hash(key, member) if member else None,
        details={"network": keyed_hash(key, "network of a refusal", network)[:16]},
        now=now,
    )


def identity(session: Session, member_id: UUID) -> Identity | None:
    """Who is behind a member of staff; None where they may not sign in (any more)."""
    member = session.get(StaffMember, member_id)
    return _identity(member) if member and _may_sign_in(member) else None


def owner(session: Session, member_id: UUID) -> Owner:
    """Whose browser one of a member of staff would be."""
    member = session.get(StaffMember, member_id)
    return Owner(Kind.STAFF, member_id, member.password if member else None)


def _promised(link: Link) -> list[str]:
    """The roles that whoever uses an invitation gets; links from before held none."""
    found = link.data.get("roles")
    return [str(role) for role in found] if isinstance(found, list) else []


def _member(session: Session, address_key: str) -> StaffMember | None:
    return session.scalars(select(StaffMember).where(StaffMember.address_key == address_key)).one_or_none()


def _admitted(
    session: Session, settings: Settings, to: Address, roles: Iterable[str], now: datetime
) -> StaffMember:
    """The member with this address, made where there is none, with these roles besides their own."""
    member = _member(session, to.key)
    if member is None:
        member = StaffMember(
            id=uuid4(),
            email=to.email,
            address_key=to.key,
            email_ascii=to.ascii,
            language=settings.default_language,
            invited_at=now,
        )
        session.add(member)
    member.granted += [StaffRole(role=role) for role in sorted(set(roles) - member.roles)]
    session.flush()
    return member


def _may_sign_in(member: StaffMember) -> bool:
    return member.activated_at is not None and member.disabled_at is None


def _identity(member: StaffMember) -> Identity:
    return Identity(member.id, Kind.STAFF, member.email, member.language, member.roles)
