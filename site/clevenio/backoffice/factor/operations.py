"""Judging a second factor of staff: counted, written down, told to its owner where it looks wrong."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clevenio import audit
from clevenio.accounts import guessing
from clevenio.accounts.factors import operations as factors
from clevenio.accounts.factors import recovery
from clevenio.accounts.factors.operations import Answer, Method
from clevenio.backoffice.operations import held
from clevenio.backoffice.security import mails
from clevenio.errors import Problem, Refused
from clevenio.people.staff_members import StaffMember
from clevenio.settings import Settings
from clevenio.signing import keyed_hash


class TooMany(Problem):
    """There were too many wrong answers lately; this one was not looked at."""

    def __init__(self) -> None:
        super().__init__("There were too many tries. Wait up to an hour, then try again.")


@dataclass(frozen=True)
class Asked:
    """Who is asked: a member of staff, in the session with this hash, from this network.

    `device` is the number under which their browser is known, if it is.
    """

    member: UUID
    login: str
    network: str
    device: str | None = None


def prove(session: Session, settings: Settings, asked: Asked, answer: Answer, now: datetime) -> Method:
    """By what the member proved themselves; the answer is used up by that.

    Raises `TooMany`, and `Refused` in the same words whatever was wrong. The caller commits in each
    case: a wrong answer is counted and written down.
    """
    key, whose = settings.secret_keys[0], str(asked.member)
    tried = guessing.Try(guessing.FACTORS, key, whose, asked.network, now, asked.device)
    if not tried.begin(session):
        raise TooMany
    method = factors.verify(session, settings, asked.login, asked.member, answer, now)
    member = session.get_one(StaffMember, asked.member)
    if method is None:
        _refuse(session, settings, asked, now)
        if tried.is_spent(session):
            mails.queue(session, settings, member, mails.Event.GUESSED, now)
        raise Refused("This is not right, or it was used already. Take a new code, or your passkey.")
    tried.succeed(session)
    if method is Method.RECOVERY_CODE:
        left = recovery.left(session, member.id)
        mails.queue(session, settings, member, mails.Event.RECOVERY_CODE_USED, now, left=left)
    return method


def enter(session: Session, member_id: UUID, method: Method, now: datetime) -> None:
    """Write down that somebody came in."""
    if (member := held(session, member_id)) is not None:
        member.last_used_at = now
    _record(session, member_id, "staff.login", now, by=method.value)


def confirm(session: Session, member_id: UUID, method: Method, now: datetime) -> None:
    """Write down that somebody proved themselves once more."""
    # The member before the trail, as everywhere: two who lock both in another order wait for ever.
    held(session, member_id)
    _record(session, member_id, "staff.confirm", now, by=method.value)


def _refuse(session: Session, settings: Settings, asked: Asked, now: datetime) -> None:
    key = settings.suppression_key
    audit.record(
        session,
        actor=f"staff:{asked.member}",
        action="staff.factor_refused",
        subject=audit.subject_hash(key, asked.member),
        details={"network": keyed_hash(key, "network of a refusal", asked.network)[:16]},
        now=now,
    )


def _record(session: Session, member: UUID, action: str, now: datetime, **details: object) -> None:
    audit.record(session, actor=f"staff:{member}", action=action, details=details, now=now)
