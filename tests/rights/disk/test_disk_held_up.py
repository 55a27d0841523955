"""What holds up the writing of PostgreSQL's disk: nothing is said to be done before it is."""

from datetime import timedelta

import pytest
from sqlalchemy import create_engine, text

from clevenio import rewriting
from clevenio.inquiries import cleaning, redaction
from clevenio.inquiries import operations as inquiries
from clevenio.inquiries.models import Inquiry, Redaction
from clevenio.inquiries.operations import Message
from clevenio.inquiries.redaction import Chosen
from clevenio.people.addresses import address
from clevenio.rights import completion, disk
from clevenio.rights.models import Request, State, UnderWay
from tests.rights.disk.conftest import NIGHT
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
