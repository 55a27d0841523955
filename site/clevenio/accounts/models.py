"""Accounts, signups that wait for their mail to be opened, sessions, and what was agreed to."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clevenio.database import Base, UtcDateTime
from clevenio.people.models import Person


class Account(Base):
    """A customer's way in. Who it is, their address and language are the person's, kept once.

    `last_used_at` is when it was used last, to the day: the usage log itself forgets sooner.
    """

    __tablename__ = "accounts"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id), unique=True)
    password: Mapped[str] = mapped_column(String(200))
    verified_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)


class Signup(Base):
    """A signup until its address is verified; then, or after seven days, the row goes.

    `profile` holds normalised fields of a person, `ticked` the purposes of the boxes that were
    ticked, and `wording` the content of the notice that stood beside them, word for word, because
    the registry may say something else by the time the mail is opened. `texts` is the date of the
    version of each legal text that was accepted or shown with it.
    """

    __tablename__ = "signups"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    email: Mapped[str] = mapped_column(String(320))
    address_key: Mapped[str] = mapped_column(String(320), index=True)
    profile: Mapped[dict[str, str | None]] = mapped_column(JSON)
    password: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(2))
    ticked: Mapped[list[str]] = mapped_column(JSON)
    wording: Mapped[dict[str, Any]] = mapped_column(JSON)
    texts: Mapped[dict[str, str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class MailRequest(Base):
    """An account mail that somebody asked for by typing an address, until the worker has looked.

    The answer to a form comes before anybody looks whether the address is known, so it cannot tell.
    `kind` says which mail, `about` the row that it is about where there is one, `due_at` when to look
    again where that failed, `attempts` how often it did; at `failed_at` it had failed for good, and waits
    for staff.
    """

    __tablename__ = "mail_requests"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    kind: Mapped[str] = mapped_column(String(16))
    email: Mapped[str] = mapped_column(String(320))
    language: Mapped[str] = mapped_column(String(2))
    about: Mapped[UUID | None]
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AddressChange(Base):
    """A change of an account's address, in force once both addresses have confirmed it.

    One that staff began, because the old mailbox is said to be gone, takes the new address alone.
    `ended_at` with an `outcome` closes it: moved, stopped, replaced by a newer one, or taken, where
    somebody else came to have the address meanwhile. `email` is emptied where the new address's reader
    stops it. The row goes when its links have expired.
    """

    __tablename__ = "address_changes"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    account_id: Mapped[UUID] = mapped_column(ForeignKey(Account.id), index=True)
    email: Mapped[str] = mapped_column(String(320))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    old_confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    new_confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    by_staff: Mapped[bool] = mapped_column(default=False, server_default=false())
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str | None] = mapped_column(String(16))
    account: Mapped[Account] = relationship(lazy="joined", innerjoin=True)


class LoginSession(Base):
    """One login of a customer or of staff, by the SHA-256 of its random id.

    `kind` is account or staff, `member` that member's id. `ends_at` is the absolute limit; how long
    it may rest unused depends on the kind. A row that has ended stays ended, whoever has the cookie, and
    goes once the registry's period for its kind is over.
    `confirmed_at` is when they last proved in full who they are: customers at the login, staff by
    their second factor; until then a session of staff is only half in.
    """

    __tablename__ = "login_sessions"
    __table_args__ = (Index("ix_login_sessions_member", "kind", "member"),)

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    member: Mapped[UUID]
    browser: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Agreement(Base):
    """A text that a customer accepted, or a notice they were shown: which version, when. Append-only.

    `kind` is accepted or shown, for to have been informed is no consent. `version` is the date in the
    name of the text's file, `digest` the SHA-256 of that file in this language, `facts` what filled
    its open places then: who the other party was. Person and account are named by id alone, so the row
    outlives an erasure and still names nobody. One row for each account and version.
    """

    __tablename__ = "agreements"
    __table_args__ = (UniqueConstraint("account", "text", "version"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    person: Mapped[UUID] = mapped_column(index=True)
    account: Mapped[UUID | None]
    text: Mapped[str] = mapped_column(String(16))
    version: Mapped[str] = mapped_column(String(10))
    language: Mapped[str] = mapped_column(String(2))
    kind: Mapped[str] = mapped_column(String(16))
    digest: Mapped[str] = mapped_column(String(64))
    facts: Mapped[dict[str, str]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class AgreementRemoval(Base):
    """Whose agreements the transaction may remove, after their period; never seen from outside it."""

    __tablename__ = "agreement_removal_permits"

    person: Mapped[UUID] = mapped_column(primary_key=True)


class Announcement(Base):
    """That an account was told by mail of a version of a legal text; goes with the account."""

    __tablename__ = "announcements"

    account: Mapped[UUID] = mapped_column(ForeignKey(Account.id, ondelete="CASCADE"), primary_key=True)
    text: Mapped[str] = mapped_column(String(16), primary_key=True)
    version: Mapped[str] = mapped_column(String(10), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
