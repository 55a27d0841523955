"""The company's own people: who works in the back office, and as what.

They stand here, below the rooms, because rooms tell them about new signups and inquiries; inviting
them and letting them in is the back office's.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Select, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clevenio.database import Base, UtcDateTime
from clevenio.i18n import lazy_gettext as _l


class Role(StrEnum):
    """What somebody works as. One person may have several; an administrator may open everything."""

    MARKETER = "marketer"
    PRIVACY_OFFICER = "privacy_officer"
    SUPPORT = "support"
    ADMINISTRATOR = "administrator"


ROLES = {
    Role.MARKETER: _l("Marketer"),
    Role.PRIVACY_OFFICER: _l("Privacy officer"),
    Role.SUPPORT: _l("Support"),
    Role.ADMINISTRATOR: _l("Administrator"),
}


class StaffMember(Base):
    """Somebody who may sign in to the back office, once the invitation was accepted.

    `email`, `address_key` and `email_ascii` are the forms of `people.addresses.Address`. `invitation`
    is the handle of the one link that may set a password now: an older one does nothing.
    """

    __tablename__ = "staff_members"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    email: Mapped[str] = mapped_column(String(320))
    address_key: Mapped[str] = mapped_column(String(320), unique=True)
    email_ascii: Mapped[str] = mapped_column(String(320))
    language: Mapped[str] = mapped_column(String(2))
    password: Mapped[str | None] = mapped_column(String(200))
    invitation: Mapped[str | None] = mapped_column(String(20))
    invited_at: Mapped[datetime] = mapped_column(UtcDateTime)
    activated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    granted: Mapped[list["StaffRole"]] = relationship(lazy="selectin", cascade="all, delete-orphan")

    @property
    def roles(self) -> frozenset[str]:
        """The roles, as words."""
        return frozenset(row.role for row in self.granted)


class StaffRole(Base):
    """One role of one member of staff."""

    __tablename__ = "staff_roles"

    member: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(String(32), primary_key=True)


def active(*roles: str) -> Select[StaffMember]:
    """Those who may sign in now and have one of these roles; oldest first."""
    return (
        select(StaffMember)
        .where(
            StaffMember.activated_at.is_not(None),
            StaffMember.disabled_at.is_(None),
            StaffMember.granted.any(StaffRole.role.in_(roles)),
        )
        .order_by(StaffMember.invited_at, StaffMember.id)
    )
