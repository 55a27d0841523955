"""What the rights of people take: one's own file, an erasure among many, and a page of a long queue."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from bench import site
from bench.databases import each_database
from bench.measure import Figure, cpu_seconds, median, seconds
from bench.population import NOW, fill
from clevenio import bulk, outbox
from clevenio.accounts import sessions
from clevenio.app import create_app
from clevenio.database import Database
from clevenio.mail import Folder
from clevenio.outbox import Mail
from clevenio.people.models import Person
from clevenio.people.staff_members import Role
from clevenio.rights import completion, disk, erasure, subjects
from clevenio.rights.access.file import access_file
from clevenio.rights.models import Asker, Channel, Identity, Kind, Request, State
from clevenio.settings import Settings
from tests.support.staff import make_member

ROWS_OF_ONE = 10_000
REQUESTS = 100_000
TRIES = 5


def run(size: int) -> Iterator[Figure]:
    """Among `size` people: the file of one with many rows, the erasure of others; then the queue."""
    for name, url in each_database():
        with site.settings(url) as settings:
            app = create_app(settings)
            database: Database = app.extensions["clevenio"].database
            fill(database, size, settings.suppression_key)
            with database.session() as session:
                people = list(session.scalars(select(Person).order_by(Person.id).limit(2 * TRIES + 1)))
                _write_to(session, people[0])
                yield _access(name, session, settings, people[0])
                yield _erasure(name, session, settings, people[1 : TRIES + 1], size)
                yield from _whole_erasure(name, database, session, settings, people[TRIES + 1 :], size)
            yield from _queue(name, app, database)
            database.close()


def _write_to(session: Session, person: Person) -> None:
    mails = [
        {
            "id": uuid4(), "person": person.id, "kind": "account", "sender": "a@example.com",
            "recipient": person.email_ascii, "subject": "Hello", "message": b"", "created_at": NOW,
            "state": "sent", "attempts": 1, "due_at": NOW,
        }
        for _ in range(ROWS_OF_ONE)
    ]  # fmt: skip
    session.execute(insert(Mail), mails)
    session.commit()


def _access(name: str, session: Session, settings: Settings, person: Person) -> Figure:
    subject = subjects.of_person(session, settings, person)
    took = median(lambda: seconds(lambda: access_file(session, settings, subject, "fi", NOW)), 3)
    return Figure("rights.access", ROWS_OF_ONE, name, took, "s", None, None, "<=2")


def _erasure(name: str, session: Session, settings: Settings, people: list[Person], size: int) -> Figure:
    """From the press of the button to the commit; the slowest of a few."""
    made = [_request(Kind.ERASURE, number, person.id) for number, person in enumerate(people)]
    session.execute(insert(Request), made)
    session.commit()

    def erase(request: UUID) -> Callable[[], None]:
        def work() -> None:
            erasure.begin(session, settings, request, "staff:bench", NOW)
            session.commit()

        return work

    took = max(seconds(erase(each["id"])) for each in made)
    return Figure("rights.erasure", size, name, took, "s", None, None, "<=1")


def _whole_erasure(
    name: str, database: Database, session: Session, settings: Settings, people: list[Person], size: int
) -> Iterator[Figure]:
    """The same to its end, `done`: the answer leaves, the log is emptied, the disk searched; the slowest of a few.

    Where the address is left in the file, that is written anew as well. PostgreSQL's disk comes after: written anew
    for all of them together, how long that takes and how long the table is locked that takes the longest.
    """
    made = [_request(Kind.ERASURE, number, person.id) for number, person in enumerate(people)]
    session.execute(insert(Request), made)
    session.commit()
    relay = Folder(settings.data / "mail")
    disk.SMALL = 0  # as if large, at any size: the quiet hour is below

    def finish() -> None:
        outbox.deliver_due(database, relay, lambda: NOW)
        completion.go_on(settings, database, NOW)

    # Those that were begun for the figure before this one have their rest before them as well.
    finish()

    def erase(request: UUID) -> Callable[[], None]:
        def work() -> None:
            erasure.begin(session, settings, request, "staff:bench", NOW)
            session.commit()
            finish()

        return work

    took = max(seconds(erase(each["id"])) for each in made)
    if not database.is_sqlite:
        report = disk.run(database, NOW)
        completion.go_on(settings, database, NOW)
        longest = max(report.tables, key=lambda written: written.seconds)
        whole = sum(written.seconds for written in report.tables)
        yield Figure("rights.rewriting", size, name, whole, "s", None, None, "<=300")
        yield Figure(
            f"rights.rewriting.{longest.table}", size, name, longest.seconds, "s", None, None, "<=60"
        )
    session.expire_all()
    if any(session.get_one(Request, each["id"]).is_waiting for each in made):
        raise RuntimeError("an erasure did not come to its end")
    session.commit()
    yield Figure("rights.erasure_whole", size, name, took, "s", None, None, "<=1")


def _queue(name: str, app: Flask, database: Database) -> Iterator[Figure]:
    """A page of the queue as a privacy officer asks for it, the first and the last of those that wait."""
    client = app.test_client()
    with database.write() as connection:
        made = [_request(Kind.ACCESS, number, uuid4()) for number in range(REQUESTS)]
        bulk.add(connection, Request, tuple(made[0]), [tuple(each.values()) for each in made])
    with database.session() as session:
        now = app.extensions["clevenio"].clock()
        member = make_member(session, "officer@example.com", Role.PRIVACY_OFFICER, now=now)
        half_in = sessions.start(session, sessions.Kind.STAFF, member.id, now, "Firefox, Linux")
        token = sessions.confirm(session, half_in, now)
        session.commit()
    with client.session_transaction("/staff/requests") as cookie:
        cookie["_user_id"], cookie["_fresh"] = token, True

    def look(number: int) -> Callable[[], None]:
        def work() -> None:
            answer = client.get("/staff/requests", query_string={"page": number})
            if answer.status_code != 200 or b"/staff/requests/" not in answer.data:
                raise RuntimeError(f"the queue answered with {answer.status}")

        return work

    for page, number in (("first", 1), ("last", REQUESTS)):
        work = look(number)
        work()
        took = median(partial(cpu_seconds, work)) * 1000
        yield Figure(f"rights.queue_{page}", REQUESTS, name, took, "ms of CPU", None, None, "<=100")


def _request(kind: Kind, number: int, subject: UUID) -> dict[str, Any]:
    """One that was confirmed by its mailed link and waits."""
    received = NOW - timedelta(minutes=number)
    return {
        "id": uuid4(), "submission": uuid4(), "kind": kind.value, "asker": Asker.PERSON.value,
        "channel": Channel.PAGE.value, "subject": subject, "key": "k", "language": "fi",
        "received_at": received, "recorded_at": received, "identity": Identity.LINK.value,
        "state": State.OPEN.value,
    }  # fmt: skip
