"""The person we know by name, and what must never reach one again."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import JSON, Index, String, TextClause, event, text
from sqlalchemy.engine import Connection
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column

from clevenio.database import Base, UtcDateTime
from clevenio.people import shelves
from clevenio.people.addresses import match_key


def _match_key(context: DefaultExecutionContext) -> str:
    """What follows from the address, whoever writes the row."""
    parameters: dict[str, str] = context.get_current_parameters()  # type: ignore[no-untyped-call]
    return match_key(parameters["address_key"])


def _few(name: str, columns: tuple[str, ...], condition: TextClause) -> Index:
    """An index of those alone of whom a condition holds."""
    return Index(name, *columns, sqlite_where=condition, postgresql_where=condition)


class Person(Base):
    """A person with an address. The id is random, so no order of it tells when somebody came.

    `email` is as typed (NFC, Unicode domain), `address_key` its lower-case form, `email_ascii` the
    form that mail takes, `mailbox_key` the most canonical form, under which two spellings of one
    mailbox meet, and `match_key` the one under which those meet of whom some platform makes one digest. `phone` is E.164, `country` ISO 3166-1 alpha-2. `name` is a whole name that came
    undivided; it is never split. `role_said_at` is when the person said which role they have at which
    company; None where they did not say so themselves. `restricted_at` and `frozen_at` follow from
    `people.restrictions`: data that is kept and not used, and that nobody may log in to either. `objected_at` is
    since when nothing is written into the usage log about them, because they objected to it (`people.usage`).
    """

    __tablename__ = "people"
    # Kept in the order of ids, as the ledger's standing is, so that joining them reads both along.
    __table_args__ = (
        Index("ix_people_role", "role"),
        Index("ix_people_company", "company"),
        # Few have one.
        _few("ix_people_advertising_id", ("advertising_id",), text("advertising_id IS NOT NULL")),
        # Few spell their mailbox otherwise; whoever does not is found by the address (`people.canonical`).
        _few(
            "ix_people_spelled_otherwise", ("mailbox_key", "address_key"), text("address_key != mailbox_key")
        ),
        _few("ix_people_matched_otherwise", ("match_key", "address_key"), text("address_key != match_key")),
        # All that counting an audience reads of everybody, in the order of ids.
        Index("ix_people_identifiers", "id", "phone", "advertising_id"),
        # Few are restricted, and much asks who.
        _few("ix_people_restricted_at", ("restricted_at",), text("restricted_at IS NOT NULL")),
        *shelves.indexes_of("email_suppression"),
        *shelves.indexes_of("phone_suppression"),
        {"sqlite_with_rowid": False},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    email: Mapped[str] = mapped_column(String(320))
    address_key: Mapped[str] = mapped_column(String(320), unique=True)
    email_ascii: Mapped[str] = mapped_column(String(320))
    mailbox_key: Mapped[str] = mapped_column(String(320))
    match_key: Mapped[str] = mapped_column(String(320), default=_match_key, server_default=text("''"))
    first_name: Mapped[str | None] = mapped_column(String(100))
    last_name: Mapped[str | None] = mapped_column(String(100))
    name: Mapped[str | None] = mapped_column(String(200))
    phone: Mapped[str | None] = mapped_column(String(16), index=True)
    company: Mapped[str | None] = mapped_column(String(200))
    website: Mapped[str | None] = mapped_column(String(300))
    website_domain: Mapped[str | None] = mapped_column(String(253))
    role: Mapped[str | None] = mapped_column(String(32))
    role_other: Mapped[str | None] = mapped_column(String(100))
    role_said_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    country: Mapped[str | None] = mapped_column(String(2))
    postal_code: Mapped[str | None] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(2))
    advertising_id: Mapped[str | None] = mapped_column(String(36))
    source: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    restricted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    objected_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    frozen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    email_suppression: Mapped[str] = mapped_column(String(64))
    phone_suppression: Mapped[str | None] = mapped_column(String(64))

    @property
    def full_name(self) -> str:
        """The name to write in a list or a greeting; empty where none is known."""
        return self.name or " ".join(part for part in (self.first_name, self.last_name) if part)


@event.listens_for(Person, "after_insert")
def _note(_mapper: object, connection: Connection, person: Person) -> None:
    shelves.note(connection, [person.id])


class Suppression(Base):
    """An identifier that nothing may be sent to, kept as a keyed hash. Append-only.

    `scope` is a purpose, or `all`. A later row with `lifted` true, made by the person's own
    confirmed return, takes an earlier one back; a phone's is never taken back like that.
    """

    __tablename__ = "suppressions"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(String(64), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    scope: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(32))
    lifted: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Link(Base):
    """What a mailed link may do. The link itself carries only the handle and its signature.

    `purpose` is the signer's, one of `links.LIFETIME`. `data` is what the act needs. `expires_at` None never expires; a one-use link is consumed by a conditional update.
    """

    __tablename__ = "links"

    handle: Mapped[str] = mapped_column(String(20), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(16))
    person: Mapped[UUID | None] = mapped_column(index=True)
    data: Mapped[dict[str, object]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
