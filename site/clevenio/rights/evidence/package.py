"""The file of an answer: a zip whose every byte is told by what is in it, and whose content the audit trail names.

It is stored, not deflated, so that it can be made anew from its parts and compared.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zipfile import ZIP_STORED

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio import audit, audit_marks, chain, content
from clevenio.audit import AuditEntry
from clevenio.consent.readable import STATES
from clevenio.consent.receipts import name
from clevenio.i18n import current_language, environment
from clevenio.rights.access.file import archive, as_json, readable
from clevenio.rights.evidence.answers import Answer
from clevenio.rights.evidence.questions import QUESTIONS
from clevenio.seals import Kept
from clevenio.settings import Settings

ANSWER, LEDGER, PAGE, HOW, TRAIL, SUMS = (
    "answer.json",
    "ledger.json",
    "index.html",
    "how-to-check.txt",
    "trail.json",
    "SHA256SUMS",
)
# Of these the entry of the audit trail holds the hashes.
NAMED = (ANSWER, LEDGER, PAGE, HOW)


@dataclass(frozen=True)
class Prepared:
    """The parts of a file whose entry is in the trail, with the hash before it."""

    answer: Answer
    parts: Mapping[str, bytes]
    entry: AuditEntry
    previous: str
    now: datetime

    @property
    def name(self) -> str:
        """How the file is called: by its question and its entry, never by whom it is about."""
        return f"evidence-{self.answer.question.value}-{self.entry.sequence}.zip"


def prepare(
    session: Session, answer: Answer, actor: str, action: str, reason: str, now: datetime
) -> Prepared:
    """Make the parts and put the export on record; the caller commits, and then calls `finished`."""
    language = current_language()
    template = environment(language).get_template("rights/evidence/file.html")
    page = template.render(
        answer=answer,
        asked=str(QUESTIONS[answer.question]),
        readable=readable,
        purpose=name,
        states=STATES,
    )
    parts = {
        PAGE: page.encode(),
        ANSWER: as_json(answer.document),
        LEDGER: as_json(answer.proof),
        HOW: content.folder(f"evidence/how-to-check.{language}.txt").read_bytes(),
    }
    details = {"question": answer.question.value, "sha256": {name: _sum(parts[name]) for name in NAMED}}
    entry = audit.record(
        session,
        actor=actor,
        action=action,
        now=now,
        subject=answer.subject,
        reason=reason,
        details=details,
    )
    before = select(AuditEntry.hash).where(AuditEntry.sequence == entry.sequence - 1)
    return Prepared(answer, parts, entry, session.scalar(before) or chain.START, now)


def finished(settings: Settings, made: Prepared) -> bytes:
    """The file, once its entry is committed and the mark after it made."""
    keys = [settings.suppression_key]
    mark = audit_marks.newest(settings.data / "seals", keys)
    trail = {"entry": _entry(made), "mark": _mark(mark)}
    parts = {**made.parts, TRAIL: as_json(trail)}
    return bundle({**parts, SUMS: sums(parts)}, made.now)


def bundle(parts: Mapping[str, bytes], now: datetime) -> bytes:
    """The zip of these parts: the same bytes for the same parts."""
    return archive(parts, now, ZIP_STORED)


def sums(parts: Mapping[str, bytes]) -> bytes:
    """What `sha256sum -c` reads."""
    return "".join(f"{_sum(part)}  {name}\n" for name, part in parts.items()).encode("ascii")


def _sum(part: bytes) -> str:
    return hashlib.sha256(part).hexdigest()


def _entry(made: Prepared) -> dict[str, Any]:
    entry = made.entry
    covered = {**entry.fields(), "at": chain.moment(entry.at)}
    return {**covered, "previous": made.previous, "hash": entry.hash}


def _mark(mark: Kept | None) -> dict[str, Any] | None:
    return {**mark.content, "signature": mark.signature} if mark else None
