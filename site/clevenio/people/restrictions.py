"""Addresses whose data is stored and not used (GDPR Art. 18), each with its ground.

A row stands for as long as the restriction lasts, and knows the address, because what waits under it
(a signup, a message) may belong to nobody here yet. `Person.restricted_at` says the same of somebody
we know, so that queries over people need no join.
"""

from collections.abc import Callable, Collection
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, String, UniqueConstraint, and_, delete, func, select, text, update
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column

from clevenio import bulk
from clevenio.database import Base, RowNumber, UtcDateTime, inserted, is_sqlite
from clevenio.errors import BadInput
from clevenio.outbox import Mail, MailState
from clevenio.people.addresses import address
from clevenio.people.models import Person
from clevenio.smtp import RESTRICTED

# The answer to a request is the one mail that a frozen address gets.
ANSWER = "rights"


class Ground(StrEnum):
    """Why data is restricted: Art. 18(1)(a) to (d), and a guardian's message, which comes before all of them.

    What a guardian tells us nobody has checked yet, so it freezes more: no login, and no mail but the answer.
    """

    GUARDIAN = "guardian"
    ACCURACY = "accuracy"
    UNLAWFUL = "unlawful"
    CLAIM = "claim"
    OBJECTION = "objection"


class Restriction(Base):
    """One ground on which an address is restricted; `request` is the one that brought it.

    `told_by` is the mail or letter that tells the person of its end, once that is decided: it stands until that has left.
    """

    __tablename__ = "restrictions"
    __table_args__ = (UniqueConstraint("address_key", "ground"),)

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    address_key: Mapped[str] = mapped_column(String(320))
    ground: Mapped[str] = mapped_column(String(32))
    request: Mapped[UUID] = mapped_column(index=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    told_by: Mapped[UUID | None]


def restrict(session: Session, address_key: str, ground: Ground, request: UUID, now: datetime) -> bool:
    """Restrict an address and whoever has it; False where it is restricted on this ground already."""
    row = {"address_key": address_key, "ground": ground.value, "request": request, "since": now}
    if not inserted(session, Restriction, row):
        return False
    session.flush()
    _mark(session, Person.address_key == address_key)
    return True


def _mark(session: Session, people: ColumnElement[bool]) -> None:
    """Have people say of themselves what stands about their addresses."""
    since = select(func.min(Restriction.since)).where(Restriction.address_key == Person.address_key)
    frozen = since.where(Restriction.ground == Ground.GUARDIAN.value)
    session.execute(
        update(Person)
        .where(people)
        .values(restricted_at=since.scalar_subquery(), frozen_at=frozen.scalar_subquery())
        .execution_options(synchronize_session=False)
    )


def hold(session: Session) -> None:
    """Let no restriction begin or end until the transaction does; SQLite's writers wait for each other anyway."""
    if not is_sqlite(session):
        session.execute(text("LOCK TABLE restrictions IN SHARE MODE"))


def reach(session: Session, people: ColumnElement[bool]) -> None:
    """Restrict those of these people whose address is restricted; of who is restricted already nothing changes.

    For whoever gives people their addresses, within the same transaction.
    """
    hold(session)
    _mark(
        session,
        and_(people, Person.restricted_at.is_(None), Person.address_key.in_(select(Restriction.address_key))),
    )


def lift(session: Session, address_key: str, ground: Ground) -> None:
    """End one ground; the address is free again once no other is left."""
    session.execute(
        delete(Restriction).where(Restriction.address_key == address_key, Restriction.ground == ground.value)
    )
    _mark(session, Person.address_key == address_key)


def of_request(session: Session, request: UUID) -> Restriction | None:
    """The restriction that a request brought; None once it has ended."""
    return session.scalars(select(Restriction).where(Restriction.request == request)).one_or_none()


def of_address(session: Session, address_key: str, ground: Ground) -> Restriction | None:
    """The restriction of an address on a ground."""
    query = select(Restriction).where(
        Restriction.address_key == address_key, Restriction.ground == ground.value
    )
    return session.scalars(query).one_or_none()


def is_restricted(session: Session, address_key: str) -> bool:
    """Whether an address is restricted, be there somebody we know behind it or not."""
    query = select(Restriction.id).where(Restriction.address_key == address_key)
    return session.scalar(query.limit(1)) is not None


def goes_on(session: Session, address_key: str, but_for: Ground) -> bool:
    """Whether an address stays restricted once one ground has ended: on another, whose end is not decided yet."""
    query = select(Restriction.id).where(
        Restriction.address_key == address_key,
        Restriction.ground != but_for.value,
        Restriction.told_by.is_(None),
    )
    return session.scalar(query.limit(1)) is not None


def is_frozen(session: Session, address_key: str) -> bool:
    """Whether a guardian's message stands about an address: then no mail goes there but the answer."""
    return of_address(session, address_key, Ground.GUARDIAN) is not None


def restricted_among(session: Session, address_keys: Collection[str]) -> set[str]:
    """Which of these addresses are restricted."""
    query = select(Restriction.address_key)
    if not (address_keys := bulk.likely(session, query, address_keys)):
        return set()
    return set(session.scalars(query.where(bulk.among(session, Restriction.address_key, address_keys))))


def is_held(address_column: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether the address in a column is restricted: retention leaves such rows alone."""
    return select(Restriction.id).where(Restriction.address_key == func.lower(address_column)).exists()


def was_stored_before(
    address_key: InstrumentedAttribute[str], moment: InstrumentedAttribute[datetime]
) -> ColumnElement[bool]:
    """Whether a row came from an address before that was restricted: such rows are hidden from lists.

    What comes afterwards is a new message, about the restriction perhaps, and somebody has to read it.
    """
    return (
        select(Restriction.id)
        .where(Restriction.address_key == address_key, Restriction.since >= moment)
        .exists()
    )


def withhold(session: Session, address_ascii: str, now: datetime) -> None:
    """Stop what is on its way to an address, all but answers to requests."""
    session.execute(
        update(Mail)
        .where(Mail.recipient == address_ascii, Mail.state == MailState.PENDING, Mail.kind != ANSWER)
        .values(state=MailState.WITHHELD, finished_at=now, reply=RESTRICTED)
    )


def gate(open_session: Callable[[], Session]) -> Callable[[Mail], bool]:
    """For the delivery of mail: whether one may leave, looked at when it is about to."""

    def may_leave(mail: Mail) -> bool:
        if mail.kind == ANSWER:
            return True
        try:
            key = address(mail.recipient).key
        except BadInput:
            key = mail.recipient
        with open_session() as session:
            return not is_frozen(session, key)

    return may_leave
