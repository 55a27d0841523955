"""Files that were made for somebody and wait to be fetched."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from clevenio.database import Base, UtcDateTime


class DataFile(Base):
    """One file with somebody's data, for `LIFETIME`; then nobody gets it, and the next run removes it.

    `subject` is whose it is, as requests call them. `kind` is access or portability.
    """

    __tablename__ = "data_files"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    subject: Mapped[UUID] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(2))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    fetched_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
