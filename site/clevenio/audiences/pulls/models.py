"""The addresses and their credentials; of a password nothing is kept that would let anybody in."""

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from clevenio.audiences.models import Segment
from clevenio.database import Base, UtcDateTime


class Pull(Base):
    """One audience that one platform may fetch: a segment as it is on the day, `segment_id` None for everybody.

    `handle` stands in the address, `username` and `password` are what the platform shows; the password is kept
    as its SHA-256, which is enough for 32 random bytes (NIST SP 800-63B 5.1.2.2 asks for more where people choose).
    """

    __tablename__ = "audience_pulls"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    handle: Mapped[str] = mapped_column(String(20), unique=True)
    username: Mapped[str] = mapped_column(String(32))
    password: Mapped[str] = mapped_column(String(64))
    platform: Mapped[str] = mapped_column(String(32))
    segment_id: Mapped[int | None] = mapped_column(ForeignKey(Segment.id))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(64))
    pulled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
