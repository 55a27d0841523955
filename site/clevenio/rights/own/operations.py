"""What whoever is logged in asks about their own data, and takes back."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from clevenio import once
from clevenio.errors import Missing
from clevenio.people.models import Person
from clevenio.rights import at_once, identity, mails, queries, restricting
from clevenio.rights.at_once import AT_ONCE
from clevenio.rights.models import Asker, Channel, Identity, Kind, Request, State, Submission
from clevenio.rights.requests import PERSON, SYSTEM, end, locked, require_unfinished, write
from clevenio.settings import Settings


def ask(
    session: Session,
    settings: Settings,
    person_id: UUID,
    kinds: Collection[Kind],
    details: str | None,
    language: str,
    now: datetime,
) -> list[Request]:
    """Take requests of the account's holder: what needs no answer is done at once, the rest is open.

    A doubled post is one act. An erasure is asked for by `requests.ask_for_erasure`.
    """
    person = session.get_one(Person, person_id, with_for_update=True, populate_existing=True)
    at_once.for_person(session, kinds, person, language, now)
    # What was asked again after the first had ended is no doubled post.
    over = str(queries.answered(session, person.email_suppression))
    fields = {"person": str(person_id), "kinds": ",".join(kinds), "details": details or "", "over": over}
    if not once.first_time(session, settings.secret_keys[0], "own request", fields, now):
        return []
    found = write(
        session,
        Submission(id=uuid4(), details=details),
        person.id,
        person.email_suppression,
        kinds,
        channel=Channel.ACCOUNT,
        language=language,
        received_at=now,
        actor=PERSON,
        now=now,
    )
    for request in found:
        if request.kind in AT_ONCE:
            end(session, request, State.DONE, SYSTEM, now)
        else:
            identity.take_up(session, settings, request, Identity.LOGIN, PERSON, now)
    mails.queue_for_officers(session, settings, [request for request in found if request.is_waiting], now)
    return found


def take_back(session: Session, settings: Settings, person: UUID, request_id: UUID, now: datetime) -> Request:
    """End a request because the person no longer wants it. Raises `Missing` for any that is not theirs.

    Raises `Refused` where it has ended, or its erasure has begun.
    """
    request = locked(session, request_id)
    if request.subject != person or request.asker != Asker.PERSON:
        raise Missing("There is no such request.")
    require_unfinished(session, request)
    restricting.release(session, settings, request, PERSON, now)
    end(session, request, State.WITHDRAWN, PERSON, now)
    return request
