"""The append-only ledger that decides about everything that leaves the system.

Features hold what to do, never whether: they ask `permits` about one subject, or join with
`permitted`. The last decision wins, silence is no, and a withdrawal is a row like any other.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias, cast
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import (
    ColumnElement,
    Connection,
    Pool,
    RootTransaction,
    Select,
    bindparam,
    case,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session

from clevenio import bulk, chain
from clevenio.consent.links import around, around_many
from clevenio.consent.models import (
    BROWSERS,
    NOT_SOUGHT,
    SOUGHT,
    Basis,
    Channel,
    Decision,
    Head,
    Notice,
    Standing,
    State,
)
from clevenio.consent.notices import BROWSER_KINDS, Wording
from clevenio.database import connection_of, insert_ignoring
from clevenio.registry import load

__all__ = [
    "BROWSERS",
    "Act",
    "Basis",
    "Channel",
    "Decided",
    "Decision",
    "Permit",
    "Recorded",
    "State",
    "agreed_among",
    "archive",
    "choices_shown",
    "decisions_of",
    "evidenced",
    "history",
    "latest",
    "permits",
    "permitted",
    "position",
    "record",
    "record_all",
    "standing",
    "stands_among",
    "wordings",
]

CHUNK = 5_000

# Made once: building a statement costs more than running it.
_notice_id = Notice.__table__.c.id
_kept_notices = select(_notice_id).where(_notice_id.in_(bindparam("ids", expanding=True)))
# Wordings once seen in a database, which never go away again; they need not be looked for a second time.
_archived: WeakKeyDictionary[Pool, set[str]] = WeakKeyDictionary()
# What a transaction added itself: it may yet be rolled back, so it is looked for again.
_added: WeakKeyDictionary[RootTransaction, set[str]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Act:
    """What one subject decided at once, about several purposes perhaps, by one wording.

    `evidence` says how it can be shown: `confirmed_by`, `given_at`, `source`. It names nobody.
    `is_new` says that the subject's identifier was made for this act, so the ledger need not look for it.
    """

    subject: UUID
    decisions: Mapping[str, State]
    notice: Wording
    language: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    is_new: bool = False


class Recorded(NamedTuple):
    """A decision as plain values: the fields of its row without its number, which is the database's to give."""

    subject: UUID
    sequence: int
    at: datetime
    purpose: str
    state: str
    basis: str
    channel: str
    notice: str
    language: str
    evidence: Mapping[str, Any]
    hash: str


_LATEST = (
    select(*(Decision.__table__.c[name] for name in Recorded._fields))
    .join(Standing, (Standing.subject == Decision.subject) & (Standing.sequence == Decision.sequence))
    .where(Standing.subject == bindparam("subject"))
)

# A decision, whether it was read or has just been made.
Decided: TypeAlias = Decision | Recorded


@dataclass(frozen=True)
class Permit:
    """The ledger's answer. True when allowed; `decision` is the row that says so, or that forbids it."""

    allowed: bool
    basis: Basis | None
    decision: Decision | None

    def __bool__(self) -> bool:
        return self.allowed


def record(
    session: Session,
    subject: UUID,
    decisions: Mapping[str, State],
    *,
    channel: Channel,
    language: str,
    notice: Wording,
    now: datetime,
    basis: Basis = Basis.CONSENT,
    evidence: Mapping[str, Any] | None = None,
) -> list[Recorded]:
    """Append what one subject decided; returns the rows that were added. See `record_all`."""
    act = Act(subject, decisions, notice, language, evidence or {})
    return record_all(session, [act], channel=channel, now=now, basis=basis)


def record_all(
    session: Session | Connection,
    acts: Sequence[Act],
    *,
    channel: Channel,
    now: datetime,
    basis: Basis = Basis.CONSENT,
) -> list[Recorded]:
    """Append the acts of many subjects, each at most once, and keep their standing.

    A grant that is not the person's own act (an import, or a basis other than consent) never
    replaces a refusal, a withdrawal or a consent that stands; such decisions are left out of
    what is returned. Raises `ValueError` for a purpose that the registry does not know.
    """
    known = load().decidable
    unknown = {purpose for act in acts for purpose in act.decisions} - set(known)
    if unknown:
        raise ValueError(f"not decidable: {', '.join(sorted(unknown))}")
    # Rows go straight to their tables: the session would only look for objects that are not there.
    connection = connection_of(session)
    recorded: list[Recorded] = []
    for start in range(0, len(acts), CHUNK):
        recorded += _record(connection, acts[start : start + CHUNK], channel, now, basis)
    return recorded


def _record(
    connection: Connection, acts: Sequence[Act], channel: Channel, now: datetime, basis: Basis
) -> list[Recorded]:
    heads = {act.subject: (0, chain.START) for act in acts if act.is_new}
    known = [act.subject for act in acts if not act.is_new]
    stands: dict[tuple[UUID, str], tuple[str, str]] = {}
    if known:
        heads |= _lock_heads(connection, known)
        stands = stands_among(connection, known)
    own_act = channel is not Channel.IMPORT and basis is Basis.CONSENT
    added: list[Recorded] = []
    moment = chain.moment(now)
    # Acts of one file share their evidence.
    canonical = {id(act.evidence): chain.canonical(act.evidence) for act in _unlike(acts)}
    around_one = around_many if len(acts) > 1 else around
    for act in acts:
        subject, written = act.subject, str(act.subject)
        sequence, previous = heads[subject]
        evidence, notice, proof = act.evidence, act.notice.id, canonical[id(act.evidence)]
        for purpose, state in act.decisions.items():
            if state is State.GRANTED and not own_act and _is_settled(stands.get((subject, purpose))):
                continue
            sequence += 1
            before, between, after = around_one(
                moment, proof, state.value, basis.value, channel.value, act.language, notice, purpose
            )
            previous = chain.linked(previous, f"{before}{sequence}{between}{written}{after}")
            said = (purpose, state.value, basis.value, channel.value, notice, act.language)
            added.append(Recorded(subject, sequence, now, *said, evidence, previous))
        heads[subject] = (sequence, previous)
    if added:
        archive(connection, {act.notice.id: act.notice for act in acts}, now)
        # Head and standing follow by the table's own trigger.
        bulk.add(connection, Decision, Recorded._fields, added)
    return added


def _unlike(acts: Sequence[Act]) -> Iterable[Act]:
    """One act for each evidence."""
    return {id(act.evidence): act for act in acts}.values()


def _lock_heads(connection: Connection, subjects: Sequence[UUID]) -> dict[UUID, tuple[int, str]]:
    """Each chain's end, locked until the transaction ends, so that two acts cannot fork a chain."""
    new = [{"subject": subject, "sequence": 0, "hash": chain.START} for subject in sorted(set(subjects))]
    insert_ignoring(connection, Head, new)
    query = select(Head.subject, Head.sequence, Head.hash).where(
        bulk.among(connection, Head.subject, subjects)
    )
    rows = connection.execute(query.order_by(Head.subject).with_for_update())
    return {subject: (sequence, head) for subject, sequence, head in rows}


def stands_among(
    session: Session | Connection, subjects: Collection[UUID]
) -> dict[tuple[UUID, str], tuple[str, str]]:
    """State and basis of what each of these subjects decided last about each purpose, where it did."""
    query = select(Standing.subject, Standing.purpose, Standing.state, Standing.basis)
    query = query.where(bulk.among(session, Standing.subject, subjects))
    rows = connection_of(session).execute(query)
    return {(subject, purpose): (state, basis) for subject, purpose, state, basis in rows}


def agreed_among(session: Session | Connection, subjects: Collection[UUID]) -> dict[UUID, datetime]:
    """When each of these subjects last agreed to something by an act of their own, where a consent like that stands."""
    if not subjects:
        return {}
    query = (
        select(Standing.subject, func.max(Standing.since))
        .join(
            Decision,
            (Decision.subject == Standing.subject) & (Decision.sequence == Standing.sequence),
        )
        .where(
            bulk.among(session, Standing.subject, subjects),
            Standing.state == State.GRANTED.value,
            Standing.basis == Basis.CONSENT.value,
            Decision.channel != Channel.IMPORT.value,
        )
        .group_by(Standing.subject)
    )
    return dict(connection_of(session).execute(query).all())


def _is_settled(stand: tuple[str, str] | None) -> bool:
    """Whether the subject has spoken: refused, withdrawn, or consented."""
    return stand is not None and (stand[0] != State.GRANTED or stand[1] == Basis.CONSENT)


def archive(session: Session | Connection, shown: Mapping[str, Wording], now: datetime) -> None:
    """Keep versions, by their identifiers, as they are shown; those that are kept already stay as they are."""
    connection = connection_of(session)
    archived = _archived.setdefault(connection.engine.pool, set())
    asked = [id_ for id_ in shown if id_ not in archived]
    if not asked:
        return
    kept = set(connection.scalars(_kept_notices, {"ids": asked}))
    own = _added.setdefault(cast(RootTransaction, connection.get_transaction()), set())
    archived |= kept - own
    missing = [(id_, shown[id_]) for id_ in asked if id_ not in kept]
    rows = [
        {"id": id_, "kind": w.kind, "language": w.language, "content": dict(w.content), "created_at": now}
        for id_, w in missing
    ]
    insert_ignoring(connection, Notice, rows)
    own |= {id_ for id_, _ in missing}


def permits(session: Session, subject: UUID, purpose: str) -> Permit:
    """Whether the subject's last decision lets this purpose happen, and which decision that is."""
    query = (
        select(Decision)
        .join(
            Standing,
            (Standing.subject == Decision.subject) & (Standing.sequence == Decision.sequence),
        )
        .where(Standing.subject == subject, Standing.purpose == purpose)
    )
    decision = session.scalars(query).one_or_none()
    if decision is None:
        return Permit(False, None, None)
    return Permit(decision.state == State.GRANTED, Basis(decision.basis), decision)


def permitted(purpose: str, bases: Iterable[Basis] = Basis) -> Select[UUID]:
    """The subjects whose last decision grants a purpose, as a query to filter by or to join with."""
    return select(Standing.subject).where(
        *_about(purpose),
        Standing.state == State.GRANTED.value,
        Standing.basis.in_([basis.value for basis in bases]),
    )


def in_use(since: datetime) -> Select[UUID]:
    """The subjects to whom something is granted, or who decided anything after a moment."""
    return select(Standing.subject).where(or_(Standing.state == State.GRANTED.value, Standing.since > since))


def standing(purpose: str) -> Select[UUID, str, str, datetime, int, str]:
    """Every subject that decided about a purpose: subject, state, basis, since, sequence, notice."""
    return select(
        Standing.subject,
        Standing.state,
        Standing.basis,
        Standing.since,
        Standing.sequence,
        Standing.notice,
    ).where(*_about(purpose))


def evidenced(purpose: str) -> Select[UUID, str, str, int, str, Mapping[str, Any]]:
    """The same with evidence: subject, state, basis, sequence, notice, evidence.

    That of a consent is its decision and its notice, and null here: nobody need read a million of them.
    """
    evidence = (
        select(Decision.evidence)
        .where(Decision.subject == Standing.subject, Decision.sequence == Standing.sequence)
        .scalar_subquery()
    )
    return select(
        Standing.subject,
        Standing.state,
        Standing.basis,
        Standing.sequence,
        Standing.notice,
        case((Standing.basis != Basis.CONSENT.value, evidence)).label("evidence"),
    ).where(*_about(purpose))


def _about(purpose: str) -> list[ColumnElement[bool]]:
    """The condition on standing, in the words by which its index is found."""
    is_sought = [] if purpose in NOT_SOUGHT else [cast(ColumnElement[bool], SOUGHT)]
    return [Standing.purpose == purpose, *is_sought]


def decisions_of(session: Session, subject: UUID) -> dict[str, State]:
    """The last decision of a subject for each purpose it ever decided about."""
    rows = session.execute(select(Standing.purpose, Standing.state).where(Standing.subject == subject))
    return {purpose: State(state) for purpose, state in rows}


def latest(session: Session | Connection, subject: UUID) -> dict[str, Recorded]:
    """The last decision of a subject for each purpose."""
    rows = (Recorded(*row) for row in connection_of(session).execute(_LATEST, {"subject": subject}))
    return {row.purpose: row for row in rows}


def history(session: Session, subject: UUID) -> list[Decision]:
    """All decisions of a subject, oldest first."""
    return list(
        session.scalars(select(Decision).where(Decision.subject == subject).order_by(Decision.sequence))
    )


def wordings(session: Session, notices: Iterable[str]) -> dict[str, Wording]:
    """Archived versions by identifier."""
    rows = session.scalars(select(Notice).where(Notice.id.in_(set(notices))))
    return {row.id: Wording(row.kind, row.language, row.content) for row in rows}


def choices_shown(session: Session) -> list[tuple[str, Mapping[str, Any]]]:
    """Every version of the choices that was ever shown: its identifier, and what it asked about.

    A placeholder of an embed asks within the choices, so its versions are among them.
    """
    rows = session.execute(select(Notice.id, Notice.content).where(Notice.kind.in_(BROWSER_KINDS)))
    return [(version, content["scope"]) for version, content in rows]


def position(session: Session) -> int:
    """The number of the last row, to say later what was known at a moment; 0 when empty."""
    return session.scalar(select(Decision.id).order_by(Decision.id.desc()).limit(1)) or 0
