"""Compares the file of an answer with this machine: the ledger, the seals and the audit trail as they are now."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from clevenio import audit, audit_marks, audit_sealing
from clevenio.consent import proofs, verification
from clevenio.rights.evidence.checking import Finding, Read
from clevenio.seals import Kept


def compare(session: Session, folder: Path, keys: Sequence[str], read: Read) -> Iterator[Finding]:
    """What is not as the file has it, in words, with where. `folder` holds the seals, `keys` sign them."""
    entry = read.trail["entry"]
    for found in audit_sealing.not_as_seen(session, {int(entry["sequence"]): str(entry["hash"])}):
        yield Finding("audit trail", found.text)
    mark = read.trail["mark"]
    if mark is not None:
        yield from _mark(session, mark, keys)
    for each in read.ledger["chains"]:
        subject = UUID(each["subject"])
        where = f"chain {subject}"
        for number, text in proofs.differences(session, subject, each["decisions"]):
            yield Finding(f"{where}, decision {number}", text)
        for wrong in verification.verify_subject(session, subject):
            yield Finding(where, wrong.text)
    sealed = {row["seal"] for row in read.decisions if row["seal"]}
    for at, text in proofs.seal_differences(session, folder, keys, read.ledger["seals"], sealed):
        yield Finding(f"seal of {at}", text)


def has_lost_entry(session: Session, read: Read) -> bool:
    """Whether the entry that names the file has served its time, so that nobody can compare it any more."""
    cut = audit.last_cut(session)
    return cut is not None and int(read.trail["entry"]["sequence"]) <= cut.sequence


def _mark(session: Session, mark: Mapping[str, Any], keys: Sequence[str]) -> Iterator[Finding]:
    content = {name: value for name, value in mark.items() if name != "signature"}
    if audit_marks.fault(Kept(content, str(mark["signature"])), keys):
        yield Finding("audit trail", "the mark in the file is not signed by this machine’s key")
        return
    for found in audit_sealing.not_as_seen(session, {int(mark["sequence"]): str(mark["hash"])}):
        yield Finding("audit trail", f"{found.text}: the mark of {mark['at']}")
