"""What staff wrote about somebody's requests in words of their own, and what of it an erasure leaves.

A request is kept for three years without name and address (GDPR Art. 5(2)), and a note may have a name in it. So one stays
only where whoever erases has read it and leaves it, and without the names that we know; a rule reads nothing, and leaves none.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from clevenio.rights.holdings import names_in, requests_of
from clevenio.rights.models import Event, Request
from clevenio.rights.names import beginning, pattern
from clevenio.rights.noting import without
from clevenio.rights.recipients.models import Task
from clevenio.rights.subjects import Subject

# Acts whose note is a code or a day; answers go with what was asked.
CODED = ("restricted", "ended", "posted", "phoned", "answer", "answer_by_other")
MARK = "…"


@dataclass(frozen=True)
class Remark:
    """One note, with the row it stands in; `kind` is that of its request, None for what a recipient was not told.

    `may_name` says that a word in it begins like a name of the person.
    """

    row: Event | Task
    at: datetime
    kind: str | None
    text: str
    may_name: bool

    @property
    def id(self) -> str:
        """What a form calls it."""
        return f"{'event' if isinstance(self.row, Event) else 'task'}:{self.row.id}"


def about(session: Session, subject: Subject) -> list[Remark]:
    """Every note about somebody's requests that is in words of staff, the oldest first."""
    names = names_of(session, subject)
    return sorted(_found(session, subject, names), key=lambda each: each.at)


def _found(session: Session, subject: Subject, names: Collection[str]) -> Iterator[Remark]:
    for event, kind in session.execute(_events(subject)):
        if event.note:
            yield Remark(event, event.at, kind, event.note, _may_name(event.note, names))
    for task in session.scalars(select(Task).where(Task.subject == subject.id, Task.reason.is_not(None))):
        if task.reason:
            at = task.closed_at or task.opened_at
            yield Remark(task, at, None, task.reason, _may_name(task.reason, names))


def _events(subject: Subject) -> Select[Event, str]:
    return (
        select(Event, Request.kind)
        .join(Request, Request.id == Event.request)
        .where(
            Request.id.in_(requests_of(subject)),
            Event.actor.like("staff:%"),
            Event.act.not_in(CODED),
            Event.note.is_not(None),
        )
        .order_by(Event.id)
    )


def names_of(session: Session, subject: Subject) -> tuple[str, ...]:
    """The words by which somebody is called, in their own row and where they wrote to us, the longest first.

    Ask before an erasure acts, for it takes the names along.
    """
    person = subject.person
    own = (person.name, person.first_name, person.last_name) if person else ()
    whole = " ".join(part for part in (*own, *names_in(session, subject)) if part)
    words = {word for word in re.split(r"[^\w-]+", whole) if len(word) > 1}
    parts = {part for word in words for part in word.split("-") if len(part) > 1}
    return tuple(sorted(words | parts, key=lambda word: (-len(word), word)))


def _may_name(text: str, names: Collection[str]) -> bool:
    looked_for = (rf"\b{beginning(name)}|{pattern(name)}" for name in names)
    return any(re.search(each, text, re.IGNORECASE) for each in looked_for)


def forget(
    session: Session,
    remarks: Collection[Remark],
    addresses: tuple[str, ...],
    names: Collection[str],
    left: Collection[str],
) -> None:
    """Remove each note but those `left`, and from these the addresses, then the names, which may be a part of them."""

    def cleaned(text: str | None, remark: Remark) -> str | None:
        return _without(without(text, addresses), names) if remark.id in left else None

    for remark in remarks:
        if isinstance(remark.row, Event):
            remark.row.note = cleaned(remark.row.note, remark)
        else:
            remark.row.reason = cleaned(remark.row.reason, remark)
    session.flush()


def _without(text: str | None, names: Collection[str]) -> str | None:
    for name in names:
        text = re.sub(pattern(name), MARK, text, flags=re.IGNORECASE) if text else text
    return text
