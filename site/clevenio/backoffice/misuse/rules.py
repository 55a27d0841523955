"""What is unusual: each rule looks at one entry of the audit trail and what was there before it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from clevenio.accounts.models import LoginSession
from clevenio.accounts.sessions import Kind
from clevenio.audit import AuditEntry
from clevenio.backoffice.misuse.thresholds import Thresholds
from clevenio.i18n import local, midnight
from clevenio.people.staff_access import member_of

EXPORTS = ("audience.export", "audience.removal", "audit.export", "evidence.export")
REFUSALS = ("staff.login_refused", "staff.factor_refused", "staff.password_refused")
# Every look-up by an address; one that finds nobody tells something, too.
LOOKUPS = ("people.find", "audience.explain", "agreements.read", "audit.find", "evidence.read")
LOGINS = ("staff.login",)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Finding:
    """What a rule found: by which, what makes it one and the same finding, and its counts."""

    rule: str
    key: str
    details: Mapping[str, int] = field(default_factory=dict)


Rule = Callable[[Session, AuditEntry, Thresholds], Iterator[Finding]]


def exports(session: Session, entry: AuditEntry, limits: Thresholds) -> Iterator[Finding]:
    """Many rows or many exports by one person in a day, at night, or for the first time."""
    day = local(entry.at).date()
    whose = f"{entry.actor} {day}"
    begin = midnight(day)
    before = session.scalars(_by(entry, EXPORTS).where(AuditEntry.at >= begin)).all()
    rows = sum(int(each.details.get("rows", 0)) for each in before)
    if rows >= limits.many_rows:
        yield Finding("many_rows", whose, {"rows": rows})
    if not entry.actor.startswith("staff:"):
        return
    if len(before) >= limits.many_exports:
        yield Finding("many_exports", whose, {"exports": len(before)})
    if limits.is_night(local(entry.at).hour):
        yield Finding("night_export", whose)
    if session.scalar(_by(entry, EXPORTS).with_only_columns(func.count())) == 1:
        yield Finding("first_export", entry.actor)


def lookups(session: Session, entry: AuditEntry, limits: Thresholds) -> Iterator[Finding]:
    """Many people looked up by one person in a day; each look-up that found nobody counts as one more."""
    day = local(entry.at).date()
    today = _by(entry, LOOKUPS).where(AuditEntry.at >= midnight(day))
    found = func.count(AuditEntry.subject.distinct())
    missed = func.count() - func.count(AuditEntry.subject)
    number = session.scalar(today.with_only_columns(found + missed)) or 0
    if number >= limits.many_lookups:
        yield Finding("many_lookups", f"{entry.actor} {day}", {"people": number})


def refusals(session: Session, entry: AuditEntry, limits: Thresholds) -> Iterator[Finding]:
    """Many refusals of one member's access within a day, or from many networks."""
    if entry.subject is None:
        return
    query = select(AuditEntry).where(
        AuditEntry.action.in_(REFUSALS),
        AuditEntry.subject == entry.subject,
        AuditEntry.at > entry.at - DAY,
        AuditEntry.sequence <= entry.sequence,
    )
    recent = session.scalars(query).all()
    networks = len({each.details.get("network") for each in recent})
    whose = f"{entry.subject} {local(entry.at).date()}"
    if len(recent) >= limits.many_refusals:
        yield Finding("many_refusals", whose, {"refusals": len(recent)})
    if networks >= limits.many_networks:
        yield Finding("many_networks", whose, {"networks": networks})


def logins(session: Session, entry: AuditEntry, limits: Thresholds) -> Iterator[Finding]:
    """A login by a recovery code, after a long rest, or from a browser not seen before."""
    if entry.details.get("by") == "recovery code":
        yield Finding("recovery_code", f"{entry.actor} {entry.sequence}")
    before = _by(entry, LOGINS).where(AuditEntry.sequence < entry.sequence)
    last = session.scalar(before.with_only_columns(func.max(AuditEntry.at)))
    if last is None:
        return
    rested = (entry.at - last).days
    if rested >= limits.long_rest_days:
        yield Finding("long_rest", f"{entry.actor} {entry.sequence}", {"days": rested})
    member = member_of(entry.actor)
    if member and _is_new_browser(session, member, entry.at):
        yield Finding("new_browser", f"{entry.actor} {entry.sequence}")


def _is_new_browser(session: Session, member: UUID, at: datetime) -> bool:
    """Whether the session that a login began came from a browser that none of the member's logins had.

    Logins are kept for the registry's period `staff_login`: a browser that rested longer is new again.
    """
    theirs = (LoginSession.kind == Kind.STAFF.value, LoginSession.member == member)
    browser = session.scalar(
        select(LoginSession.browser).where(*theirs, LoginSession.confirmed_at == at).limit(1)
    )
    earlier = select(LoginSession.browser).where(*theirs, LoginSession.confirmed_at < at)
    known = set(session.scalars(earlier.distinct()))
    return browser is not None and bool(known) and browser not in known


def _by(entry: AuditEntry, actions: tuple[str, ...]) -> Select[AuditEntry]:
    """The entries of these actions by whoever made this one, up to it."""
    return select(AuditEntry).where(
        AuditEntry.actor == entry.actor, AuditEntry.action.in_(actions), AuditEntry.sequence <= entry.sequence
    )


# Which rule looks at which entries.
RULES: dict[str, Rule] = {
    **dict.fromkeys(EXPORTS, exports),
    **dict.fromkeys(LOOKUPS, lookups),
    **dict.fromkeys(REFUSALS, refusals),
    **dict.fromkeys(LOGINS, logins),
}
