import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import String, func, null, select, text
from sqlalchemy.orm import Mapped, mapped_column

from clevenio.database import Base, Database, UtcDateTime, insert_ignoring, inserted
from tests.support.databases import new_postgresql


class Note(Base):
    """A table of this test alone."""

    __tablename__ = "test_notes"

    key: Mapped[str] = mapped_column(String(20), primary_key=True)
    text: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


Base.metadata.remove(Base.metadata.tables["test_notes"])
NOW = datetime(2026, 6, 1, 7, 30, tzinfo=UTC)


@pytest.fixture
def notes(empty_database):
    Note.__table__.create(empty_database.engine)
    return empty_database


def row(key="a", text="one", at=NOW):
    return {"key": key, "text": text, "at": at}


def test_a_moment_comes_back_in_utc_whatever_zone_it_was_in(notes):
    helsinki = datetime(2026, 6, 1, 10, 30, 0, 5, tzinfo=timezone(timedelta(hours=3)))
    with notes.session() as session:
        insert_ignoring(session, Note, [row(at=helsinki)])
        session.commit()
        found = session.scalars(select(Note.at)).one()
    assert found == helsinki
    assert found.tzinfo is UTC


def test_a_moment_without_a_zone_is_refused(notes):
    with notes.session() as session, pytest.raises(Exception, match="without a time zone"):
        insert_ignoring(session, Note, [row(at=datetime(2026, 6, 1))])  # noqa: DTZ001


def test_moments_compare_as_moments(notes):
    with notes.session() as session:
        insert_ignoring(session, Note, [row("a"), row("b", at=NOW + timedelta(microseconds=1))])
        assert session.scalars(select(Note.key).where(Note.at > NOW)).all() == ["b"]


def test_ignoring_keeps_what_is_there(notes):
    with notes.session() as session:
        insert_ignoring(session, Note, [row()])
        insert_ignoring(session, Note, [row(text="two")])
        assert session.scalar(select(Note.text)) == "one"


def test_inserted_says_whether_a_row_went_in(notes):
    with notes.session() as session:
        assert [inserted(session, Note, row()), inserted(session, Note, row())] == [True, False]


def test_what_nobody_committed_is_gone(notes):
    with notes.session() as session:
        insert_ignoring(session, Note, [row()])
    with notes.session(write=False) as session:
        assert session.scalars(select(Note)).all() == []


def test_sqlite_syncs_every_commit_and_overwrites_what_it_deletes(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'x.db'}")
    with database.session() as session:
        read = {
            name: session.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "secure_delete")
        }
    database.close()
    assert read == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1}


def test_a_search_of_the_file_keeps_the_locks_without_which_commits_are_lost(tmp_path):
    """A process that closed a descriptor of the file would have none left, and another would remove its log."""
    path = tmp_path / "locked.db"
    database = Database(f"sqlite:///{path}")
    program = "import sqlite3, sys; print(*sqlite3.connect(sys.argv[1]).execute(sys.argv[2]))"

    def elsewhere(statement):
        done = subprocess.run(
            [sys.executable, "-c", program, path, statement], capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    with database.write() as connection:
        connection.execute(text("CREATE TABLE kept (number INTEGER)"))
    assert database.scrub([b"nobody@example.com"])
    assert elsewhere("SELECT count(*) FROM kept") == "(0,)"
    with database.write() as connection:
        connection.execute(text("INSERT INTO kept VALUES (7)"))
    assert elsewhere("SELECT number FROM kept") == "(7,)"
    database.close()


def test_a_reading_session_never_waits_for_a_writing_one(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'x.db'}")
    Note.__table__.create(database.engine)
    with database.session() as writing, database.session(write=False) as reading:
        insert_ignoring(writing, Note, [row()])
        assert reading.scalars(select(Note)).all() == []
    database.close()


def test_a_glance_reads_what_is_committed_and_leaves_later_sessions_their_transactions(notes):
    with notes.session() as session:
        insert_ignoring(session, Note, [row()])
        session.commit()
    with notes.glance() as connection:
        assert connection.scalars(select(Note.text)).all() == ["one"]
    with notes.session() as session:
        insert_ignoring(session, Note, [row("b", text="never committed")])
    with notes.glance() as connection:
        assert connection.scalars(select(Note.text)).all() == ["one"]


def test_lower_case_knows_more_than_ascii(database):
    with database.session(write=False) as session:
        assert session.scalar(select(func.lower("ÄITI@Example.com"))) == "äiti@example.com"
        assert session.scalar(select(func.lower(null()))) is None


def test_a_connection_that_its_server_dropped_at_rest_is_opened_again(postgresql_server, monkeypatch):
    with new_postgresql(postgresql_server) as url, closing(Database(url)) as database:
        with database.session() as first, database.session() as second:
            dropped = [session.scalar(select(func.pg_backend_pid())) for session in (first, second)]
        monkeypatch.setattr("clevenio.database.RESTED_SECONDS", 0)
        with closing(Database(url)) as other, other.session() as session:
            session.execute(
                text("SELECT pg_terminate_backend(pid) FROM unnest(:pids) AS pid"), {"pids": dropped}
            )
        with database.session() as first, database.session() as second:
            opened = [session.scalar(select(func.pg_backend_pid())) for session in (first, second)]
    assert not set(opened) & set(dropped)


def test_a_connection_that_is_in_use_is_not_asked_at_every_turn(postgresql_server):
    with new_postgresql(postgresql_server) as url, closing(Database(url)) as database:
        asked = []
        for _ in range(3):
            with database.session() as session:
                session.scalar(select(1))
            database.engine.dialect.do_ping = asked.append
    assert asked == []
