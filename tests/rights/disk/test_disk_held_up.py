"""What holds up the writing of PostgreSQL's disk: nothing is said to be done before it is."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from clevenio import rewriting
from clevenio.health import Verdict
from clevenio.inquiries import cleaning, redaction
from clevenio.inquiries import operations as inquiries
from clevenio.inquiries.models import Inquiry, Redaction
from clevenio.inquiries.operations import Message
from clevenio.inquiries.redaction import Chosen
from clevenio.people.addresses import address
from clevenio.rights import completion, disk, disk_findings
from clevenio.rights.models import Request, State, UnderWay
from tests.rights.disk.conftest import NIGHT, RIGHTS, in_folder
from tests.support.factories import NOW
from tests.support.staff import make_member


@pytest.fixture
def elsewhere(server):
    """A connection to another database of the server, in a transaction."""
    engine = create_engine(server.set(database="postgres"))
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_a_writer_in_another_database_is_waited_for(acts, erased, granted, elsewhere, monkeypatch, files):
    """It makes our own snapshot as old as itself, and VACUUM copies what died since."""
    monkeypatch.setattr(rewriting.rewrite, "__defaults__", (0,))
    elsewhere.execute(text("SELECT pg_current_xact_id()"))
    acts.go_on()
    assert acts.request(erased).state == State.OPEN
    elsewhere.rollback()
    acts.go_on()
    assert acts.request(erased).state == State.DONE
    assert files() == []


def test_what_another_database_prepared_is_waited_for(
    acts, erased, granted, elsewhere, as_operator, monkeypatch, files
):
    monkeypatch.setattr(rewriting.rewrite, "__defaults__", (0,))
    elsewhere.execute(text("CREATE TABLE prepared (n integer)"))
    elsewhere.execute(text("PREPARE TRANSACTION 'elsewhere'"))
    acts.go_on()
    assert acts.request(erased).state == State.OPEN
    as_operator("ROLLBACK PREPARED 'elsewhere'")
    acts.go_on()
    assert acts.request(erased).state == State.DONE
    assert files() == []


def test_a_reader_in_another_database_holds_up_nothing(acts, erased, granted, elsewhere, monkeypatch, files):
    monkeypatch.setattr(rewriting.rewrite, "__defaults__", (0,))
    elsewhere.execution_options(isolation_level="REPEATABLE READ")
    elsewhere.execute(text("SELECT 1 FROM pg_class LIMIT 1"))
    acts.go_on()
    assert acts.request(erased).state == State.DONE
    assert files() == []


@pytest.fixture
def removed(database, settings):
    """A redaction whose process ended before it cleaned: a kept mail repeats the passage still."""
    with database.session() as session:
        member = make_member(session, "answers@example.com", "support")
        message = Message("Aino", address("aino@example.com"), "Hello. I have diabetes. Bye.", None)
        inquiry = inquiries.send(session, settings, message, "en", NOW).id
        session.flush()
        said = session.get_one(Inquiry, inquiry).message
        chosen = Chosen(redaction.version(said), frozenset(), ("I have diabetes.",))
        made = redaction.redact(session, settings, member, inquiry, chosen, "sensitive", NOW)
        session.flush()
        session.get_one(Redaction, made.id).files = ["kept.eml"]
        session.commit()
    kept(settings).parent.mkdir(parents=True, exist_ok=True)
    kept(settings).write_text("I have diabetes.")
    return made


def kept(settings):
    return settings.data / "mail" / "kept.eml"


def cleaned(database, removed):
    with database.session(write=False) as session:
        return session.get_one(Redaction, removed.id).cleaned_at


def test_a_redaction_is_clean_when_its_table_was_written_anew(database, settings, removed):
    cleaning.clean(settings, database, removed, NOW)
    assert (cleaned(database, removed), kept(settings).exists()) == (None, False)
    disk.go_on(settings, database, NOW)
    assert cleaned(database, removed) == NOW


def test_a_redaction_is_not_clean_before_its_kept_mail_is_gone(database, settings, removed):
    disk.go_on(settings, database, NOW + timedelta(minutes=1))
    assert cleaned(database, removed) is None
    later = NOW + timedelta(minutes=5)
    cleaning.go_on(settings, database, later)
    assert not kept(settings).exists()
    disk.go_on(settings, database, later)
    assert cleaned(database, removed) == later


def test_trouble_with_a_kept_mail_only_delays_it(database, settings, removed):
    kept(settings).unlink()
    kept(settings).mkdir()
    cleaning.clean(settings, database, removed, NOW)
    disk.go_on(settings, database, NOW)
    assert cleaned(database, removed) is None


def test_where_the_log_is_all_that_is_left_a_tick_looks_at_nothing(
    acts, erased, database, settings, monkeypatch
):
    acts.go_on()
    acts.go_on(NOW + completion.READABLE)
    seen = []
    monkeypatch.setattr(completion, "_go_on", lambda *arguments: seen.append(arguments))
    acts.go_on(NOW + timedelta(days=2))
    assert seen == []
    with database.session(write=False) as session:
        assert session.get_one(UnderWay, erased).log_emptied_at is None


def test_a_request_that_was_let_go_waits_for_no_log(acts, erased, database, as_operator):
    acts.go_on()
    acts.go_on(NOW + completion.READABLE)
    with database.session() as session:
        session.delete(session.get_one(Request, erased))
        session.commit()
    acts.go_on(NIGHT + timedelta(days=3))
    with database.session(write=False) as session:
        assert session.get(UnderWay, erased) is None
        assert not disk.is_log_waiting(session)


def files_of(database, *tables):
    """In which file each table stands: another one whenever it was written anew."""
    query = text("SELECT pg_relation_filenode(CAST(:name AS regclass))")
    with database.engine.connect() as connection:
        return [connection.scalar(query, {"name": name}) for name in tables]


def examined(settings, database, now=NOW):
    return {each.name: each for each in disk_findings.examine(settings, database, now)}


@pytest.mark.parametrize("is_table", [True, False])
def test_where_one_is_not_ours_none_is_written(
    acts, erased, as_operator, database, settings, caplog, is_table
):
    as_operator("ALTER DATABASE site OWNER TO test")
    if is_table:
        as_operator("ALTER TABLE people OWNER TO test", f"GRANT {RIGHTS} ON people TO site", database="site")
    ours = ["people"] if is_table else []
    before = files_of(database, *disk.tables())
    acts.go_on()
    assert files_of(database, *disk.tables()) == before
    assert disk.run(database, NOW).forbidden == [rewriting.STATISTICS, *ours]
    assert acts.request(erased).state == State.OPEN
    assert rewriting.STATISTICS in caplog.text
    found = examined(settings, database)["erasures"]
    assert (found.verdict, "ALTER DATABASE site OWNER TO site" in found.text) == (Verdict.BAD, True)
    as_operator("ALTER DATABASE site OWNER TO site")
    acts.go_on()
    assert acts.request(erased).state == State.DONE


@pytest.fixture
def busy(database, monkeypatch):
    """Somebody reads the table of people until the connection is rolled back."""
    monkeypatch.setattr(rewriting, "LOCK_SECONDS", 0.05)
    engine = create_engine(database.url)
    with engine.connect() as connection:
        connection.execute(text("LOCK TABLE people IN ACCESS SHARE MODE"))
        yield connection
    engine.dispose()


def test_what_was_written_is_not_written_again_for_a_table_in_use(
    acts, erased, granted, busy, database, settings, relay, files, caplog
):
    course = disk.Course()
    others = [table for table in disk.tables() if table != "people"]

    def go_on():
        completion.go_on(settings, database, NOW, course=course)
        return files_of(database, *others)

    before = go_on()
    assert "people" in caplog.text
    later = acts.ask(acts.customer("kaarlo@example.com"))
    acts.begin(later)
    acts.deliver(relay)
    assert go_on() == before
    assert acts.request(erased).state == State.OPEN
    busy.rollback()
    assert go_on() == before
    assert (acts.request(erased).state, acts.request(later).state) == (State.DONE, State.OPEN)
    assert in_folder(files(), "base") == []
    assert go_on() != before
    assert acts.request(later).state == State.DONE


def test_a_worker_that_is_to_end_begins_no_other_table(acts, erased, granted, database, settings, files):
    course = disk.Course(lambda: True)
    completion.go_on(settings, database, NOW, course=course)
    assert acts.request(erased).state == State.OPEN
    assert len(course.left) == len(disk.tables()) - 1
    course.is_ending = lambda: False
    completion.go_on(settings, database, NOW, course=course)
    assert acts.history(erased)[-3:] == ["tables_rewritten", "log_emptied", "done"]
    assert files() == []


def test_a_large_log_waits_for_the_quiet_hour(acts, erased, granted, database, settings, files, monkeypatch):
    monkeypatch.setattr(disk, "SMALL_LOG", 0)
    acts.go_on()
    assert acts.history(erased)[-2:] == ["tables_rewritten", "done"]
    assert in_folder(files(), "pg_wal")
    assert "pg_wal" not in examined(settings, database)
    acts.go_on(NIGHT)
    assert acts.history(erased)[-2:] == ["done", "log_emptied"]
    assert files() == []


def test_the_size_of_the_log_is_what_emptying_it_writes(granted, database, server):
    segments = [path for path in (Path(server.query["host"]).rglob("pg_wal/*")) if len(path.name) == 24]
    assert rewriting.log_size(database) == 2 * sum(path.stat().st_size for path in segments) > 0


def test_without_its_rights_the_log_takes_no_time(database):
    assert rewriting.log_size(database) == 0


@pytest.mark.parametrize("name", ["size", "empty_log"])
def test_trouble_with_the_server_does_not_end_the_tick(acts, erased, database, monkeypatch, caplog, name):
    if name == "empty_log":
        acts.go_on()

    def fails(*_):
        raise OperationalError("SELECT 1", {}, Exception("no space"))

    monkeypatch.setattr(rewriting, name, fails)
    acts.go_on(NOW if name == "size" else NIGHT)
    assert "could not be written away" in caplog.text
