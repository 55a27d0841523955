import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import OperationalError, ProgrammingError

READ = text("SELECT count(*) FROM audit_heads")
WRITE = text("INSERT INTO audit_heads (id, sequence, hash) VALUES (7, 1, 'x')")


def test_a_database_is_migrated_and_of_the_kind_that_was_asked_for(database, backend):
    assert database.engine.dialect.name == backend
    with database.session(write=False) as session:
        assert session.scalar(text("SELECT count(*) FROM alembic_version")) == 1


@pytest.mark.parametrize("turn", ["first", "second"])
def test_what_one_test_commits_no_other_sees(database, turn):
    with database.session() as session:
        assert session.scalar(READ) == 0
        session.execute(WRITE)
        session.commit()


def test_another_session_sees_only_what_was_committed(database, other_session):
    with database.session() as session:
        session.execute(WRITE)
        with other_session() as other:
            assert other.scalar(READ) == 0
        session.commit()
    with other_session() as other:
        assert other.scalar(READ) == 1


def test_an_empty_database_has_no_tables(empty_database):
    assert inspect(empty_database.engine).get_table_names() == []
    with (
        empty_database.session(write=False) as session,
        pytest.raises((OperationalError, ProgrammingError)),
    ):
        session.scalar(READ)
