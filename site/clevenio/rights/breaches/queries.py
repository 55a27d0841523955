"""The register of breaches as it stands, what waits in it, and whether anything in it was edited."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from clevenio.audit import AuditEntry, last_cut
from clevenio.due import Due
from clevenio.errors import Missing
from clevenio.i18n import gettext as _
from clevenio.rights.breaches.models import Addition, Aspect, Breach
from clevenio.rights.breaches.standing import Standing, Step
from clevenio.rights.breaches.words import STEPS, length


def locked(session: Session, breach: UUID) -> Standing:
    """An entry that nobody else adds to until the transaction ends. Raises `Missing`."""
    found = session.get(Breach, breach, with_for_update=True, populate_existing=True)
    if found is None:
        raise Missing("There is no such entry in the register.")
    query = select(Addition).where(Addition.breach == breach).order_by(Addition.id)
    return Standing(found, session.scalars(query).all())


def register(session: Session) -> list[Standing]:
    """Every entry: what waits by when it is due, then what is closed, the latest first."""
    found = _standings(session, true())
    waiting = sorted((each for each in found if not each.is_closed), key=lambda each: each.steps[0].at)
    return [*waiting, *(each for each in found if each.is_closed)]


def _standings(session: Session, which: ColumnElement[bool]) -> list[Standing]:
    """The entries of such breaches, the latest first."""
    breaches = session.scalars(select(Breach).where(which).order_by(Breach.opened_at.desc(), Breach.id)).all()
    additions: defaultdict[UUID, list[Addition]] = defaultdict(list)
    about = select(Addition).where(Addition.breach.in_(select(Breach.id).where(which)))
    for addition in session.scalars(about.order_by(Addition.id)) if breaches else ():
        additions[addition.breach].append(addition)
    return [Standing(breach, additions[breach.id]) for breach in breaches]


def next_steps(session: Session) -> list[tuple[Standing, Step]]:
    """The next thing to do about each entry that is open, where a limit of the law runs first."""
    closed = select(Addition.breach).where(Addition.aspect == Aspect.CLOSED.value)
    found = [(each, each.steps[0]) for each in _standings(session, Breach.id.not_in(closed)) if each.steps]
    return sorted(found, key=lambda pair: (not pair[1].is_urgent, pair[1].at))


def due(session: Session, now: datetime) -> Iterator[Due]:
    """What waits for the privacy officer, an incident a line. A limit of the law comes before everything."""
    for standing, step in next_steps(session):
        yield Due(
            _line(standing, now),
            str(STEPS[step.aspect]),
            "breaches_staff.one",
            step.at,
            {"breach_id": str(standing.breach.id)},
            is_urgent=step.is_urgent,
        )


def _line(standing: Standing, now: datetime) -> str:
    title, left = standing.title, length(standing.left(now))
    if standing.is_over(now):
        return _("Data breach, 72 hours over by %(length)s: %(title)s", title=title, length=left)
    if standing.is_clock_running:
        return _("Data breach, %(length)s left: %(title)s", title=title, length=left)
    return _("Data breach: %(title)s", title=title)


def urgent(session: Session) -> list[Step]:
    """What the law has us do about open entries now, one thing an entry, for the daily mail."""
    return [step for _standing, step in next_steps(session) if step.is_urgent]


def edited(session: Session, standing: Standing) -> bool:
    """Whether an addition is not as it was when it was made, by the hash that the audit trail keeps of it.

    Of those whose entry has served its time nobody can tell any more.
    """
    query = select(AuditEntry.details).where(AuditEntry.action == "breach.add")
    breach = str(standing.breach.id)
    kept = {details["hash"] for details in session.scalars(query) if details["breach"] == breach}
    cut = last_cut(session)
    made = {each.digest(): each.at for each in standing.additions}
    unseen = (made[digest] for digest in made.keys() - kept)
    return not kept <= made.keys() or any(cut is None or at >= cut.before for at in unseen)
