"""Identifiers that somebody has left: encrypted, until the rooms above have seen who was given them.

A platform finds a person by digests alone. Whoever changes a phone number or an address would leave the digest of
the old one there for good, if nobody knew any more what it was made of. Any door may change it, so it is noted
here, where all of them pass.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String, Text, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from clevenio.database import Base, RowNumber, UtcDateTime
from clevenio.signing import Cipher

PURPOSE = "former_identifiers"
# By what an advertising platform may know a person, and where it is stored.
FIELDS = {"email": "address_key", "phone": "phone", "advertising_id": "advertising_id"}


class FormerIdentifier(Base):
    """A person had another value until `at`. `field` is one of `FIELDS`.

    `sealed` is the value, encrypted by the suppression key, because that one never leaves its ring; None once what
    platforms need has been made of it. The row stays: files up to then had another value than the person has now.
    """

    __tablename__ = "former_identifiers"
    # Rows stay; those still to be settled are few.
    __table_args__ = (
        Index(
            "ix_former_identifiers_to_settle",
            "id",
            sqlite_where=text("sealed IS NOT NULL"),
            postgresql_where=text("sealed IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    person: Mapped[UUID] = mapped_column(index=True)
    field: Mapped[str] = mapped_column(String(16))
    sealed: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    def value(self, key: str) -> str:
        """What it was, while that is sealed here. `key` is the suppression key."""
        return Cipher((key,), PURPOSE).decrypt((self.sealed or "").encode("ascii")).decode("utf-8")


def note(
    session: Session,
    key: str,
    person: UUID,
    before: Mapping[str, str | None],
    after: Mapping[str, str | None],
    now: datetime,
) -> None:
    """Keep what a change takes away: identifiers by `FIELDS` as they were, and as they are now."""
    left = {field: value for field, value in before.items() if value and after.get(field) != value}
    if left:
        cipher = Cipher((key,), PURPOSE)
        session.add_all(
            FormerIdentifier(
                person=person, field=field, sealed=cipher.encrypt(value.encode()).decode("ascii"), at=now
            )
            for field, value in left.items()
        )
