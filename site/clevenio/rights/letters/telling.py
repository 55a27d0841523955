"""What staff do with a letter: take its enclosure, make that anew, and write down that it was posted or said."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clevenio.errors import Missing, Refused
from clevenio.rights import requests, subjects
from clevenio.rights.access import operations as files
from clevenio.rights.access.models import DataFile
from clevenio.rights.letters.models import Letter
from clevenio.rights.letters.operations import ANSWER, locked
from clevenio.rights.models import Kind, Request
from clevenio.settings import Settings


def trail(
    session: Session, settings: Settings, letter: Letter, actor: str, action: str, now: datetime
) -> None:
    """An act of staff on a letter in the audit trail."""
    request = session.get_one(Request, letter.request)
    requests.trail(session, settings, request, actor, action, now, letter=str(letter.id))


def told(
    session: Session, settings: Settings, letter_id: UUID, day: date, actor: str, now: datetime
) -> Letter:
    """Write down on which day it was posted or said; its text and where it went are forgotten, and whose it was.

    Written down twice with one day it is one act. Raises `Refused` for another day.
    """
    letter = locked(session, letter_id)
    if letter.told_on == day:
        return letter
    if letter.told_on is not None:
        raise Refused("This was written down already.")
    letter.told_on, letter.actor, letter.place, letter.text, letter.file = day, actor, None, None, None
    request = session.get_one(Request, letter.request)
    requests.note(session, request, actor, "posted" if letter.is_posted else "phoned", now, day.isoformat())
    session.flush()
    requests.forget_whose(session, request.submission)
    trail(session, settings, letter, actor, "rights.told", now)
    return letter


def enclosure(session: Session, letter: Letter, now: datetime) -> DataFile | None:
    """The copy of the data that goes with a letter, while it waits."""
    return files.find(session, letter.file, now) if letter.file else None


def take(session: Session, settings: Settings, letter_id: UUID, actor: str, now: datetime) -> DataFile:
    """The copy, for whoever encloses it or reads from it. Raises `Missing` where its time is over."""
    # By the letter, not by whose it is: whoever asked by an address alone may have come to be known since.
    letter = locked(session, letter_id)
    file = enclosure(session, letter, now)
    if file is None:
        raise Missing("There is no such file, or its three days are over.")
    file.fetched_at = now
    trail(session, settings, letter, actor, "rights.take_file", now)
    return file


def may_be_made(session: Session, settings: Settings, letter: Letter, now: datetime) -> bool:
    """Whether a copy belongs to a letter that is still to be told, and none waits: its time is over, or none was made."""
    request = session.get_one(Request, letter.request)
    return (
        letter.told_on is None
        and letter.template == ANSWER
        and Kind(request.kind) in files.MAKERS
        and request.outcome is None
        and enclosure(session, letter, now) is None
        and subjects.of_request(session, settings, request) is not None
    )


def make(session: Session, settings: Settings, letter_id: UUID, actor: str, now: datetime) -> Letter:
    """Make the copy of the data for a letter, anew if its time is over; one that waits stays. Raises `Refused`."""
    found = session.get(Letter, letter_id)
    # In the order of whoever changes where the answers go: the request first.
    request = requests.locked(session, found.request) if found else None
    letter = locked(session, letter_id)
    if request is None or enclosure(session, letter, now) is not None:
        return letter
    subject = subjects.of_request(session, settings, request)
    if subject is None or not may_be_made(session, settings, letter, now):
        raise Refused("No copy of the data belongs to this letter, or nobody is known behind it any more.")
    letter.file = files.keep(session, settings, subject, Kind(request.kind), request.language, now).id
    trail(session, settings, letter, actor, "rights.make_file", now)
    return letter
