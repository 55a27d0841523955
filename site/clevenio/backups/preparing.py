"""Makes an unpacked backup fit to be used: told what happened since, so far as somebody outside knows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from sqlalchemy import func, select

from clevenio import audit, audit_marks, audit_sealing, migrations
from clevenio.backups import keyring, revoked, sweeping, unsent, witnesses
from clevenio.backups.revoked import Revoked
from clevenio.backups.unsent import Uncertain
from clevenio.backups.witnesses import Known
from clevenio.consent import sealing
from clevenio.database import Database
from clevenio.errors import Refused
from clevenio.people import outside
from clevenio.people.outside import Merged
from clevenio.rights import completion, disk
from clevenio.rights.models import WAITING, Channel, Request
from clevenio.settings import Settings

SHOWN = 5


class Wish(Protocol):
    """What is asked of whoever makes it ready."""

    @property
    def mail_waits(self) -> bool: ...

    @property
    def despite_findings(self) -> bool: ...


@dataclass(frozen=True)
class Prepared:
    """What was done: rows learnt from outside, people erased again, what was ended, how far ledger and trail reach.

    `findings` are what does not fit and was accepted, `unread` lines of the ledgers outside that were not believed.
    """

    learnt: Merged
    erased: int
    withdrawn: int
    uncertain: Uncertain | None
    revoked: Revoked
    decisions: Known
    entries: Known
    findings: tuple[str, ...]
    unread: tuple[str, ...]


def prepare(
    settings: Settings, others: Sequence[Path], backup_at: str, wish: Wish, now: datetime
) -> Prepared:
    """Bring the staged database up to date; `others` are folders of seals that may know more.

    Raises `Refused` where ledger or trail are not whole, or not what those folders know, unless `despite_findings`.
    """
    database = Database(settings.database_url)
    try:
        migrations.upgrade(database)
        return _prepare(settings, database, others, backup_at, wish, now)
    finally:
        database.close()


def _prepare(
    settings: Settings, database: Database, others: Sequence[Path], backup_at: str, wish: Wish, now: datetime
) -> Prepared:
    folder, keys = settings.data / "seals", [settings.suppression_key]
    sealing.keep_outside(database, folder)
    audit_sealing.keep_outside(database, folder)
    with database.session(write=False) as session:
        decisions, other_decisions = witnesses.decisions(session, folder, others, keys)
        entries, other_entries = witnesses.entries(session, folder, others, keys)
        findings = [*witnesses.whole(session, folder, keys), *other_decisions, *other_entries]
    if findings and not wish.despite_findings:
        raise Refused(
            "What the backup holds is not whole (findings: %(count)s): %(first)s. To restore it all the same, add "
            "--despite-findings.",
            count=len(findings),
            first="; ".join(findings[:SHOWN]),
        )
    everywhere = [folder, *others]
    with database.session() as session:
        learnt = outside.merge(session, everywhere, keys)
        uncertain = None if wish.mail_waits else unsent.settle(session, now)
        ended = revoked.revoke(session, now)
        erased = sweeping.erase_again(session, settings, learnt.erased, now)
        withdrawn = sweeping.withdraw_again(session, learnt.suppressed, backup_at, now)
        details = {
            "backup_at": backup_at,
            "erased": erased,
            "decisions": decisions.here,
            "entries": entries.here,
        }
        audit.record(session, actor="command", action="backup.restore", details=details, now=now)
        session.commit()
    completion.go_on(settings, database, now)
    if not database.is_sqlite:
        # Whatever its size: nobody waits for its tables yet.
        disk.run(database, now)
        completion.go_on(settings, database, now)
    _require_erased(database)
    unread = tuple(words for each in everywhere for words in outside.faults(each, keys))
    note = {
        "at": now.isoformat(),
        "backup_at": backup_at,
        "decisions": {"here": decisions.here, "known": decisions.known},
        "entries": {"here": entries.here, "known": entries.known},
    }
    witnesses.keep(folder, others, keys[0], note, now)
    outside.write_anew(database, folder, keys)
    audit_marks.mark(database, folder, keys, now)
    keyring.remember(settings)
    if not database.settle():
        raise Refused("Somebody else reads the restored database; try again.")
    return Prepared(learnt, erased, withdrawn, uncertain, ended, decisions, entries, tuple(findings), unread)


def _require_erased(database: Database) -> None:
    """Raises `Refused` where an erasure that was done before could not be carried to its end again."""
    with database.session(write=False) as session:
        query = select(func.count()).select_from(Request)
        left = session.scalar(query.where(Request.channel == Channel.RESTORE, Request.state.in_(WAITING)))
    if left:
        raise Refused("People could not be erased again (%(count)s); the log says why.", count=left)
