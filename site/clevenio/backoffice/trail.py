"""The audit trail for those who oversee it: narrowed, opened, taken along as a file."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Select, Text, and_, cast, func, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from clevenio import audit, chain
from clevenio.audit import AuditEntry
from clevenio.audit_sealing import last_check
from clevenio.due import Due
from clevenio.errors import Missing
from clevenio.i18n import format_number, ngettext
from clevenio.i18n import gettext as _
from clevenio.paging import within
from clevenio.people import suppression
from clevenio.people.addresses import Address
from clevenio.people.staff_members import StaffMember
from clevenio.rights import queries as requests
from clevenio.rights import subjects, trail_words

PAGE = 50
OVERSEEING = "overseeing access"
# What shows many people at once, each with the list of them in its details.
LISTS = (*(action for action in trail_words.ACTIONS if action.endswith(".list")), "audit.export")


class Holds(FunctionElement[bool]):
    """Whether a text holds another, as it is: ten times faster than LIKE, which folds cases."""

    type = Boolean()
    inherit_cache = True


@compiles(Holds, "sqlite")
def _instr(element: Holds, compiler: SQLCompiler, **options: Any) -> str:
    return f"instr({compiler.process(element.clauses, **options)}) > 0"


@compiles(Holds)
def _strpos(element: Holds, compiler: SQLCompiler, **options: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **options)}) > 0"


@dataclass(frozen=True)
class Wanted:
    """What is looked for. `subject` is a hash as the trail has it, so that no address says who it is.

    Several, with dots between, are all the people that ever had one address.
    """

    actor: str = ""
    action: str = ""
    reason: str = ""
    since: date | None = None
    until: date | None = None
    subject: str = ""

    @property
    def subjects(self) -> list[str]:
        """Each hash that is looked for."""
        return self.subject.split(".") if self.subject else []

    def parts(self) -> dict[str, str]:
        """What was chosen, as the query of an address holds it."""
        named = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: str(value) for name, value in named.items() if value}


def entries(wanted: Wanted) -> Select[AuditEntry]:
    """The entries that are looked for, the newest first."""
    query = select(AuditEntry).order_by(AuditEntry.sequence.desc())
    for name in ("actor", "action", "reason"):
        if value := getattr(wanted, name):
            query = query.where(getattr(AuditEntry, name) == value)
    query = within(query, AuditEntry.at, wanted.since, wanted.until)
    if wanted.subjects:
        # Whoever looks through a list sees many people; the entry then holds all of them.
        held = or_(*(Holds(cast(AuditEntry.details, Text), subject) for subject in wanted.subjects))
        among = and_(AuditEntry.action.in_(LISTS), held)
        query = query.where(or_(AuditEntry.subject.in_(wanted.subjects), among))
    return query


@dataclass(frozen=True)
class Opened:
    """One entry, and whether its hash follows from the entry before it."""

    entry: AuditEntry
    fits: bool
    subjects: list[str]


def opened(session: Session, sequence: int) -> Opened:
    """An entry by its number. Raises `Missing`."""
    near = select(AuditEntry).where(AuditEntry.sequence.in_((sequence - 1, sequence)))
    found = {entry.sequence: entry for entry in session.scalars(near)}
    if sequence not in found:
        raise Missing("There is no such entry.")
    entry = found[sequence]
    before = found[sequence - 1].hash if sequence - 1 in found else chain.START
    people = [entry.subject] if entry.subject else entry.details.get("subjects", [])
    return Opened(entry, chain.link(before, entry.fields()) == entry.hash, list(people))


def subjects_of(session: Session, key: str, address: Address, actor: str, now: datetime) -> list[str]:
    """How the trail names the person with this address, and whoever had it and was erased; oldest first.

    That somebody asked is an entry about each, or about nobody.
    """
    ids = list(requests.erased_at(session, suppression.email_key(key, address.mailbox_key)))
    present = subjects.known_at(session, address)
    if present is not None and present not in ids:
        ids.append(present)
    hashes = [audit.subject_hash(key, each) for each in ids]
    looked_for: list[str | None] = [*hashes] or [None]
    for hashed in looked_for:
        audit.record(session, actor=actor, action="audit.find", subject=hashed, reason=OVERSEEING, now=now)
    return hashes


def export(session: Session, wanted: Wanted, actor: str, now: datetime) -> int:
    """Write down that the entries looked for leave as a file; how many they are, this one not counted."""
    rows = session.scalar(select(func.count()).select_from(entries(wanted).order_by(None).subquery())) or 0
    narrowed = {name: value for name, value in wanted.parts().items() if name != "subject"}
    audit.record(
        session,
        actor=actor,
        action="audit.export",
        subject=wanted.subjects[0] if len(wanted.subjects) == 1 else None,
        reason=OVERSEEING,
        details={
            "rows": rows,
            **narrowed,
            **({"subjects": wanted.subjects} if len(wanted.subjects) > 1 else {}),
        },
        now=now,
    )
    return rows


def rows(session: Session, wanted: Wanted) -> Iterator[list[object]]:
    """The entries looked for as rows of a table, the oldest first; people stay hashes there, too."""
    query = entries(wanted).order_by(None).order_by(AuditEntry.sequence)
    for entry in session.scalars(query.execution_options(yield_per=1000)):
        at = entry.at.isoformat(timespec="seconds")
        yield [
            entry.sequence,
            at,
            entry.actor,
            entry.action,
            trail_words.sentence(entry),
            entry.subject,
            trail_words.reason(entry),
            chain.canonical(entry.details),
            entry.hash,
        ]


def actors(session: Session) -> dict[str, str]:
    """Everybody who may have acted, by actor: members of staff by address, then the machine itself."""
    members = session.execute(select(StaffMember.id, StaffMember.email).order_by(StaffMember.email))
    machine = {"command": _("The command line"), "system": _("The site itself"), "pull": _("A pull address")}
    machine["person"] = _("The person themselves")
    return {**{f"staff:{member}": email for member, email in members}, **machine}


def due(session: Session, now: datetime) -> Iterator[Due]:
    """A trail that is not whole, which comes before everything else."""
    check = last_check(session)
    if check and check.findings:
        number = len(check.findings)
        text = ngettext(
            "The audit trail is not whole: %(num)s thing is wrong with it.",
            "The audit trail is not whole: %(num)s things are wrong with it.",
            number,
            num=format_number(number),
        )
        yield Due(text, _("Look at the trail"), "trail_staff.entries", check.done_at or now, is_urgent=True)
