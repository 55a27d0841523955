"""Which requests there are, and which wait for somebody."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from heapq import merge
from uuid import UUID

from sqlalchemy import ScalarSelect, Select, func, select
from sqlalchemy.orm import Session

from clevenio.due import Due
from clevenio.i18n import format_date, ngettext
from clevenio.i18n import gettext as _
from clevenio.paging import SIZE, Page, page_of
from clevenio.people.restrictions import Restriction
from clevenio.rights import clocks, restricting
from clevenio.rights.models import (
    COPIES,
    VERIFIED,
    WAITING,
    Asker,
    Event,
    Keep,
    Kind,
    Request,
    State,
    Submission,
    UnderWay,
)

SOON = timedelta(days=3)
UNVERIFIED = (State.RECEIVED, State.UNVERIFIED)
# In which states there may be many at once.
MANY = (State.OPEN, State.UNVERIFIED)
ENDED = tuple(state for state in State if state not in WAITING)
# Several states that are one list. What nobody has checked has a list of its own.
LISTS = {"": VERIFIED, "unverified": UNVERIFIED, "ended": ENDED}


@dataclass(frozen=True)
class Wanted:
    """Which requests are looked for: one of `LISTS` or a state, a kind, and who looks after them."""

    state: str = ""
    kind: str = ""
    member: UUID | None = None
    is_unassigned: bool = False


@dataclass(frozen=True)
class Tally:
    """How many requests of one list wait: all, past their day, and due within three days."""

    waiting: int
    overdue: int
    soon: int


@dataclass(frozen=True)
class Counts:
    """How many requests wait to be answered, and how many that nobody has checked: each a list of its own."""

    to_answer: Tally
    unverified: Tally


def counts(session: Session, now: datetime) -> Counts:
    """The numbers above the queue, each of a list that shows exactly those.

    Counted state by state in stretches of the index that do not overlap, so that each entry is read once.
    """
    today = clocks.day_of(now)
    late, soon = _first_received(today), _first_received(today + SOON + timedelta(days=1))
    asked = [
        _count(state, since, before)
        for state in WAITING
        for since, before in ((None, late[state]), (late[state], soon[state]), (soon[state], None))
    ]
    found = iter(session.execute(select(*asked)).one())
    by_state = {state: (next(found), next(found), next(found)) for state in WAITING}
    return Counts(
        *(
            Tally(
                waiting=sum(sum(by_state[state]) for state in states),
                overdue=sum(by_state[state][0] for state in states),
                soon=sum(by_state[state][1] for state in states),
            )
            for states in (VERIFIED, UNVERIFIED)
        )
    )


@dataclass(frozen=True)
class Overdue:
    """How many requests are past their day: of those that wait to be answered, and of those that nobody has checked."""

    to_answer: int
    unverified: int

    @property
    def total(self) -> int:
        """Both together."""
        return self.to_answer + self.unverified


def overdue(session: Session, now: datetime) -> Overdue:
    """How many requests are past their day; no other is counted."""
    late = _first_received(clocks.day_of(now))
    found = session.execute(select(*(_count(state, None, late[state]) for state in WAITING))).one()
    by_state = dict(zip(WAITING, found, strict=True))
    return Overdue(*(sum(by_state[state] for state in states) for states in (VERIFIED, UNVERIFIED)))


def _count(state: State, since: datetime | None, before: datetime | None) -> ScalarSelect[int]:
    """How many requests of a state were received in a stretch of time."""
    query = select(func.count()).where(Request.state == state.value)
    if since is not None:
        query = query.where(Request.received_at >= since)
    if before is not None:
        query = query.where(Request.received_at < before)
    return query.scalar_subquery()


def answered(session: Session, key: str) -> int:
    """How many requests of an address, by its suppression key, have ended, of those that wanted an answer."""
    wanted = Request.kind.not_in((Kind.DIRECT_MARKETING, Kind.WITHDRAWAL))
    query = select(func.count()).where(Request.key == key, Request.state.in_(ENDED), wanted)
    return session.scalar(query) or 0


def _first_received(day: date) -> dict[State, datetime]:
    """From which moment of receipt on a request is due on a day or later, by its state."""
    promise = clocks.start_of(day - clocks.PROMISE)
    extended = clocks.start_of(clocks.first_received(day, clocks.MONTHS_EXTENDED))
    return {state: extended if state is State.EXTENDED else promise for state in WAITING}


def queue(session: Session, wanted: Wanted, number: int) -> Page[Request]:
    """A page of what is looked for: what waits by its due date, what has ended the latest first."""
    states = LISTS.get(wanted.state) or (State(wanted.state),)
    query = select(Request)
    if wanted.kind:
        query = query.where(Request.kind == wanted.kind)
    if wanted.member is not None:
        query = query.where(Request.assigned_to == wanted.member)
    elif wanted.is_unassigned:
        query = query.where(Request.assigned_to.is_(None))
    if states[0] in WAITING:
        return _by_due(session, query, states, number)
    found = query.where(Request.state.in_(states)).order_by(Request.ended_at.desc(), Request.id)
    return page_of(session, found, number)


def _by_due(session: Session, query: Select[Request], states: Sequence[State], number: int) -> Page[Request]:
    """Requests of one state are read in the order of their receipt; those of rare ones, few, are merged in.

    An extended request is due later than others of its day, so the order is theirs only state by state.
    """
    main = next((state for state in MANY if state in states), states[0])
    rare = [state.value for state in states if state is not main]
    few = sorted(session.scalars(query.where(Request.state.in_(rare))), key=_order) if rare else []
    many = query.where(Request.state == main.value)
    of_many = session.scalar(many.with_only_columns(func.count())) or 0
    total = len(few) + of_many
    pages = max(1, -(-total // SIZE))
    number = max(1, min(number, pages))
    first = (number - 1) * SIZE
    skipped = max(0, first - len(few))
    rows = _in_order_of_receipt(session, many, of_many, skipped, SIZE + len(few))
    # Of the rare ones those before the rows that were skipped to; none was skipped on the first pages.
    before = sum(_order(each) < _order(rows[0]) for each in few) if skipped else 0
    merged = list(merge(few[before:], rows, key=_order))
    start = first - skipped - before
    return Page(merged[start : start + SIZE], number, pages, total)


def _in_order_of_receipt(
    session: Session, query: Select[Request], total: int, first: int, size: int
) -> list[Request]:
    """So many of `total` rows, from the `first` on; counted from the nearer end, as what is skipped is read."""
    size = min(size, total - first)
    after = total - first - size
    order = (Request.received_at, Request.id)
    if first <= after:
        return list(session.scalars(query.order_by(*order).limit(size).offset(first)))
    backwards = (column.desc() for column in order)
    return list(session.scalars(query.order_by(*backwards).limit(size).offset(after)))[::-1]


def _order(request: Request) -> tuple[date, datetime]:
    return request.due, request.received_at


def due(session: Session, now: datetime) -> Iterator[Due]:
    """What waits for the privacy officer: what is to be answered, then what nobody has checked.

    Of each what is overdue and what is not, each as one thing to do.
    """
    found, today = counts(session, now), clocks.day_of(now)
    yield from _to_answer(session, found.to_answer, today)
    yield from _to_check(session, found.unverified, today)
    yield from _to_tell(session)


def urgent(session: Session, now: datetime) -> Iterator[Due]:
    """What is past its day, each with the list that shows it: what stands above every page of a privacy officer."""
    found = overdue(session, now)
    if found.to_answer:
        yield _late(session, found.to_answer)
    if found.unverified:
        yield _late_to_check(session, found.unverified)


def _late(session: Session, number: int) -> Due:
    text = ngettext(
        "%(num)s request about personal data is overdue.",
        "%(num)s requests about personal data are overdue.",
        number,
    )
    first = clocks.end_of(_next(session, VERIFIED, {}))
    return Due(text, _("Answer the requests"), "requests_staff.queue", first, is_urgent=True)


def _late_to_check(session: Session, number: int) -> Due:
    text = ngettext(
        "%(num)s request that nobody has checked is overdue.",
        "%(num)s requests that nobody has checked are overdue.",
        number,
    )
    first = clocks.end_of(_next(session, UNVERIFIED, {}))
    act = _("See what nobody has checked")
    return Due(text, act, "requests_staff.queue", first, _UNCHECKED, is_urgent=True)


_UNCHECKED = {"state": "unverified"}


def _to_answer(session: Session, found: Tally, today: date) -> Iterator[Due]:
    if found.overdue:
        yield _late(session, found.overdue)
    if rest := found.waiting - found.overdue:
        day = _next(session, VERIFIED, _first_received(today))
        text = ngettext(
            "%(num)s request about personal data waits, due on %(day)s.",
            "%(num)s requests about personal data wait, the first due on %(day)s.",
            rest,
            day=format_date(day),
        )
        yield Due(text, _("See the requests"), "requests_staff.queue", clocks.end_of(day))


def _to_check(session: Session, found: Tally, today: date) -> Iterator[Due]:
    if found.overdue:
        yield _late_to_check(session, found.overdue)
    if rest := found.waiting - found.overdue:
        day = _next(session, UNVERIFIED, _first_received(today))
        text = ngettext(
            "%(num)s request is not checked yet, due on %(day)s.",
            "%(num)s requests are not checked yet, the first due on %(day)s.",
            rest,
            day=format_date(day),
        )
        act = _("See what nobody has checked")
        yield Due(text, act, "requests_staff.queue", clocks.end_of(day), _UNCHECKED)


def _to_tell(session: Session) -> Iterator[Due]:
    """Restrictions that were to end, where the word of it reached nobody."""
    query = select(func.count(), func.min(Restriction.since)).where(restricting.untold())
    number, since = session.execute(query).one()
    if number:
        text = ngettext(
            "%(num)s restriction was to end, and the person could not be told.",
            "%(num)s restrictions were to end, and those concerned could not be told.",
            number,
        )
        yield Due(text, _("See restricted data"), "requests_staff.restricted", since)


def _next(session: Session, states: Sequence[State], since: Mapping[State, datetime]) -> date:
    """The first due date of what waits in some states, of what was received since then. There is at least one."""
    days = []
    for state in states:
        query = select(Request).where(Request.state == state.value).order_by(Request.received_at)
        if state in since:
            query = query.where(Request.received_at >= since[state])
        days += [request.due for request in session.scalars(query.limit(1))]
    return min(days)


def guardians_due(session: Session, now: datetime) -> Iterator[Due]:
    """What waits for support: frozen data whose light check nobody has written down."""
    found = [each for each in waiting(session, Asker.GUARDIAN) if each.state == State.UNVERIFIED]
    if found:
        text = ngettext(
            "%(num)s guardian’s message waits for its light check.",
            "%(num)s guardians’ messages wait for their light check.",
            len(found),
        )
        is_late = found[0].is_overdue(now)
        when = clocks.end_of(found[0].due)
        yield Due(text, _("Check the messages"), "guardians_staff.messages", when, is_urgent=is_late)


def waiting(session: Session, asker: Asker | None = None) -> list[Request]:
    """Everything that waits, what is due first at the top."""
    query = select(Request).where(Request.state.in_(WAITING))
    if asker is not None:
        query = query.where(Request.asker == asker.value)
    # The days are computed, and so the order is, too.
    return sorted(session.scalars(query), key=_order)


def ended(session: Session, page: int, asker: Asker) -> Page[Request]:
    """A page of requests of such askers that have ended, the latest first."""
    query = select(Request).where(Request.state.not_in(WAITING), Request.asker == asker.value)
    return page_of(session, query.order_by(Request.ended_at.desc(), Request.id), page)


def of_person(session: Session, subject: UUID) -> Sequence[Request]:
    """What a person has asked themselves, the newest first."""
    query = select(Request).where(Request.subject == subject, Request.asker == Asker.PERSON.value)
    return session.scalars(query.order_by(Request.received_at.desc(), Request.kind)).all()


def copy_waits(session: Session, subject: UUID) -> bool:
    """Whether somebody has asked for their data, as theirs to ask, and has not been answered."""
    query = select(Request.id).where(
        Request.subject == subject,
        Request.kind.in_(COPIES),
        Request.asker == Asker.PERSON.value,
        Request.state.in_(VERIFIED),
    )
    return session.scalar(query.limit(1)) is not None


def waiting_by(session: Session, key: str) -> UUID | None:
    """Whoever has a request that waits, by what their requests are found by; the first of them."""
    query = select(Request.subject).where(
        Request.key == key, Request.asker == Asker.PERSON.value, Request.state.in_(WAITING)
    )
    return session.scalar(query.order_by(Request.recorded_at, Request.id).limit(1))


def together_with(session: Session, request: Request) -> Sequence[Request]:
    """The other requests of the same message."""
    query = select(Request).where(Request.submission == request.submission, Request.id != request.id)
    return session.scalars(query.order_by(Request.kind)).all()


def submission(session: Session, request: Request) -> Submission | None:
    """What was written in the message that brought a request."""
    return session.get(Submission, request.submission)


def history(session: Session, request: UUID) -> Sequence[Event]:
    """What happened to a request, the oldest first."""
    return session.scalars(select(Event).where(Event.request == request).order_by(Event.id)).all()


def under_way(session: Session, request: UUID) -> UnderWay | None:
    """What is left of an erasure that has begun."""
    return session.get(UnderWay, request)


def erased_at(session: Session, key: str) -> Sequence[UUID]:
    """The ids of whoever was erased with a mailbox, by its suppression key, as long as the trail names them."""
    query = select(Keep.subject).where(Keep.key == key, Keep.holding == "trail")
    return session.scalars(query.order_by(Keep.id)).all()


def keeps(session: Session, subject: UUID) -> Sequence[Keep]:
    """What was kept of somebody erased."""
    return session.scalars(select(Keep).where(Keep.subject == subject).order_by(Keep.until)).all()
