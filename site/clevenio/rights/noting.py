"""What was noted about requests, without the address that somebody may have typed there."""

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio.rights.models import Event, Request


def forget_notes(session: Session, request: Request, forms: tuple[str, ...]) -> None:
    """Take the forms of an address out of what was noted about a request, should somebody have typed it."""
    for event in session.scalars(select(Event).where(Event.request == request.id)):
        event.note = without(event.note, forms)


def without(text: str | None, forms: tuple[str, ...]) -> str | None:
    """A text in which an address, however capitalised, gives way to an ellipsis."""
    for form in filter(None, forms):
        text = re.sub(re.escape(form), "…", text, flags=re.IGNORECASE) if text else text
    return text
