"""The register of disclosures: who is in it, what somebody may know of it, and what goes in time."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, delete, false, func, or_, select
from sqlalchemy.orm import Session

from clevenio.errors import Missing
from clevenio.paging import Page, page_of
from clevenio.people.holds import held_people
from clevenio.rights import clocks
from clevenio.rights.disclosures.models import Disclosure, Named, Note
from clevenio.rights.subjects import Subject
from clevenio.sweeps import Key, Sweep


def _may_be_known() -> ColumnElement[bool]:
    """Whether no law keeps a disclosure from those it is about, or not any more."""
    ended = select(Note.id).where(Note.disclosure == Disclosure.id, Note.ends_secrecy)
    return or_(Disclosure.secrecy.is_(None), ended.correlate(Disclosure).exists())


def _names(subject: Subject) -> ColumnElement[bool]:
    """Rows of somebody's id; the key of an address counts where nobody was known by it, for it may pass on."""
    unknown = and_(Named.subject.is_(None), Named.key == subject.key)
    return or_(Named.subject == subject.id, unknown)


def _is_about(subject: Subject, names: ColumnElement[bool]) -> ColumnElement[bool]:
    went_along: ColumnElement[bool] = false()
    if subject.since is not None:
        since = clocks.day_of(subject.since)
        went_along = and_(Disclosure.is_about_all, Disclosure.disclosed_on >= since)
    return or_(Disclosure.id.in_(select(Named.disclosure).where(names)), went_along)


def told(subject: Subject) -> ColumnElement[bool]:
    """Which disclosures somebody is told of: those about them that no law keeps from them."""
    return and_(_is_about(subject, _names(subject)), _may_be_known())


def naming(subject: Subject) -> ColumnElement[bool]:
    """Which rows name somebody in a disclosure that they are told of."""
    return and_(_names(subject), Named.disclosure.in_(select(Disclosure.id).where(_may_be_known())))


def noted(subject: Subject) -> ColumnElement[bool]:
    """Which notes are about disclosures that somebody is told of."""
    return Note.disclosure.in_(select(Disclosure.id).where(told(subject)))


def number_told(session: Session, subject: Subject) -> int:
    """How many disclosures somebody is told of."""
    return session.scalar(select(func.count()).select_from(Disclosure).where(told(subject))) or 0


def about(session: Session, subject: Subject) -> Sequence[Disclosure]:
    """Every disclosure about somebody or their address, kept from them or not, for staff; the latest first."""
    names = or_(Named.subject == subject.id, Named.key == subject.key)
    return session.scalars(_latest(select(Disclosure).where(_is_about(subject, names)))).all()


def is_secret(session: Session, disclosure: Disclosure) -> bool:
    """Whether a law keeps it from those it is about, and still does."""
    known = select(Disclosure.id).where(Disclosure.id == disclosure.id, _may_be_known())
    return session.scalar(known) is None


def register(session: Session, page: int) -> Page[Disclosure]:
    """A page of the register, the latest first."""
    return page_of(session, _latest(select(Disclosure)), page)


def everything(session: Session) -> Sequence[Disclosure]:
    """The whole register, the latest first."""
    return session.scalars(_latest(select(Disclosure))).all()


def _latest(query: Select[Disclosure]) -> Select[Disclosure]:
    return query.order_by(Disclosure.asked_on.desc(), Disclosure.recorded_at.desc(), Disclosure.id)


def one(session: Session, disclosure: UUID) -> Disclosure:
    """One entry. Raises `Missing`."""
    found = session.get(Disclosure, disclosure, with_for_update=True, populate_existing=True)
    if found is None:
        raise Missing("There is no such entry in the register.")
    return found


def number_named(session: Session, disclosure: UUID) -> int:
    """How many people an entry names."""
    query = select(func.count()).select_from(Named).where(Named.disclosure == disclosure)
    return session.scalar(query) or 0


def notes(session: Session, disclosure: UUID) -> Sequence[Note]:
    """What was noted later, the oldest first."""
    return session.scalars(select(Note).where(Note.disclosure == disclosure).order_by(Note.id)).all()


def _forget(session: Session, keys: Sequence[Key], _now: datetime) -> None:
    ids = [disclosure for (disclosure,) in keys]
    for column, model in ((Named.disclosure, Named), (Note.disclosure, Note), (Disclosure.id, Disclosure)):
        session.execute(delete(model).where(column.in_(ids)))


SWEEPS = (
    Sweep(
        "disclosure",
        "disclosures",
        Disclosure,
        lambda start, _now: Disclosure.recorded_at <= start,
        lambda: Disclosure.id.in_(select(Named.disclosure).where(Named.subject.in_(held_people()))),
        _forget,
    ),
)
