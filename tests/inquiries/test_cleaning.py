"""After a redaction no byte of the passage is on the disk: the database, its log, the kept mail."""

import sqlite3
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select

from clevenio.database import Database
from clevenio.inquiries import answers, cleaning, redaction
from clevenio.inquiries.models import Inquiry, Redaction
from clevenio.inquiries.redaction import Chosen
from clevenio.jobs import Jobs
from clevenio.mail import Folder
from clevenio.outbox import deliver_due
from tests.inquiries.conftest import HEALTH, TEXT
from tests.support.application import form_token
from tests.support.factories import NOW

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
NEEDLES = (b"diabetes", b"DIABETES", b"Diabetes")


@pytest.fixture
def holding(database, settings):
    """Which files of the installation hold the passage."""

    def found(needles=NEEDLES):
        path = database.url.database
        paths = [Path(f"{path}{end}") for end in ("", "-wal", "-shm")]
        paths += [file for file in settings.data.rglob("*") if file.is_file()]
        return sorted(
            {
                each.name
                for each in paths
                if each.exists() and any(needle in each.read_bytes() for needle in needles)
            }
        )

    return found


@pytest.fixture
def redact(database, settings):
    def act(member, inquiry, *passages, now=NOW):
        with database.session() as session:
            text = session.get_one(Inquiry, inquiry).message
            chosen = Chosen(redaction.version(text), frozenset(), passages or (HEALTH,))
            removed = redaction.redact(session, settings, member, inquiry, chosen, "sensitive", now)
            session.commit()
            return removed

    return act


def cleaned(database):
    with database.session(write=False) as session:
        return session.scalars(select(Redaction.cleaned_at)).all()


def test_the_passage_is_in_no_file(answering, redact, holding, database, settings):
    member, inquiry = answering(TEXT)
    Jobs(settings.queue_url, settings.data).nudge("mail")
    assert holding()
    cleaning.clean(settings, database, redact(member, inquiry), NOW)
    assert holding() == []
    assert cleaned(database) == [NOW]


def test_a_page_that_removes_it_cleans_the_disk_as_well(answering, holding, sign_in_staff, database):
    _, inquiry = answering(TEXT)
    client, path = sign_in_staff("support"), f"/staff/inquiries/{inquiry}/redaction"
    page = client.get(path)
    data = {
        "csrf_token": form_token(page),
        "version": redaction.version(TEXT),
        "passage": HEALTH,
        "reason": "sensitive",
    }
    assert client.post(path, data={**data, "act": "remove"}).status_code == 303
    assert holding() == []
    assert len(cleaned(database)) == 1


def test_a_long_passage_across_pages_of_the_file_goes_from_what_rows_left_behind(
    answering, redact, holding, database, settings
):
    long = " ".join(f"diabetes{number}" for number in range(350))
    member, inquiry = answering(f"Hello. {long}")
    connection = database.engine.raw_connection()
    connection.cursor().execute("PRAGMA secure_delete=OFF")
    connection.cursor().execute("CREATE TABLE leftovers (text TEXT)")
    connection.cursor().execute("INSERT INTO leftovers VALUES (?)", (f"{'x' * 2000}{long}",))
    connection.commit()
    connection.cursor().execute("DROP TABLE leftovers")
    connection.commit()
    connection.cursor().execute("PRAGMA secure_delete=ON")
    connection.close()
    cleaning.clean(settings, database, redact(member, inquiry, long), NOW)
    assert holding() == []


def test_a_kept_mail_that_repeats_it_goes_and_others_stay(
    answering, redact, holding, database, settings, mailbox
):
    member, inquiry = answering(TEXT)
    for text in (f"You wrote: {HEALTH}", "Begin here."):
        with database.session() as session:
            answers.send(session, settings, member, inquiry, uuid4(), text, NOW)
            session.commit()
    deliver_due(database, Folder(settings.data / "mail"), lambda: NOW)
    assert len([name for name in holding() if name.endswith(".eml")]) == 1
    kept = len(mailbox.all())
    cleaning.clean(settings, database, redact(member, inquiry), NOW)
    assert holding() == []
    assert len(mailbox.all()) == kept - 1


def test_a_mail_that_waits_no_longer_holds_it(answering, redact, holding, database, settings):
    member, inquiry = answering(TEXT)
    with database.session() as session:
        answers.send(session, settings, member, inquiry, uuid4(), f"You wrote: {HEALTH}", NOW)
        session.commit()
    cleaning.clean(settings, database, redact(member, inquiry), NOW)
    assert holding() == []


def test_whoever_is_interrupted_is_followed_by_a_tick(answering, redact, holding, database, settings):
    member, inquiry = answering(TEXT)
    redact(member, inquiry)
    cleaning.go_on(settings, database, NOW + timedelta(minutes=1))
    assert cleaned(database) == [None]
    later = NOW + timedelta(minutes=2)
    cleaning.go_on(settings, database, later)
    assert cleaned(database) == [later]
    assert holding() == []


@pytest.mark.parametrize("error", [OSError("no space"), sqlite3.OperationalError("disk I/O error")])
def test_trouble_with_the_disk_only_delays_it_and_tells_nothing(
    answering, redact, database, settings, monkeypatch, caplog, error
):
    member, inquiry = answering(TEXT)
    removed = redact(member, inquiry)

    def fails(*_):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(Database, "settle", fails)
        cleaning.clean(settings, database, removed, NOW)
    assert cleaned(database) == [None]
    assert "diabetes" not in caplog.text.lower()
    cleaning.go_on(settings, database, NOW + timedelta(minutes=2))
    assert cleaned(database) != [None]
