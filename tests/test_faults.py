"""Whatever the database complains about, no log and no terminal repeats what people typed."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from clevenio.app import cli
from clevenio.database import Database
from tests.support.factories import make_person

ADDRESS = "aino.malli@example.fi"
DOUBLE = "INSERT INTO staff_copy (address) VALUES (:address)"


@pytest.fixture
def add_twice(database):
    """Runs into a unique constraint with an address."""
    with database.engine.begin() as connection:
        connection.execute(
            text("CREATE TABLE staff_copy (address TEXT, CONSTRAINT uq_staff_copy UNIQUE (address))")
        )

    def add_twice(*_):
        with database.session() as session:
            for _number in range(2):
                session.execute(text(DOUBLE), {"address": ADDRESS})

    return add_twice


def test_the_name_of_the_constraint_is_told_and_not_the_value(database, add_twice):
    with pytest.raises(DBAPIError) as caught:
        add_twice()
    told = str(caught.value) + str(caught.value.orig) + repr(caught.value.orig)
    assert ADDRESS not in told
    assert "staff_copy" in told
    if not database.is_sqlite:
        assert "SQLSTATE 23505, table staff_copy, constraint uq_staff_copy" in told


@pytest.mark.parametrize("backend", ["postgresql"])
@pytest.mark.parametrize("kind", ["uuid", "integer", "json", "timestamptz"])
def test_a_value_that_cannot_be_read_is_not_repeated(database, kind):
    with database.session() as session, pytest.raises(DBAPIError) as caught:
        session.execute(text(f"SELECT CAST(CAST(:address AS text) AS {kind})"), {"address": ADDRESS})
    assert "aino" not in f"{caught.value} {caught.value.orig!r}"
    assert "SQLSTATE 22" in str(caught.value)


@pytest.mark.parametrize("backend", ["postgresql"])
def test_what_the_driver_cannot_send_is_not_repeated(database):
    with database.session() as session, pytest.raises(DBAPIError) as caught:
        session.execute(text("SELECT CAST(:address AS text)"), {"address": f"{ADDRESS}\0"})
    assert ADDRESS not in f"{caught.value} {caught.value.orig!r}"


@pytest.mark.parametrize("backend", ["sqlite"])
def test_text_that_cannot_be_decoded_is_not_repeated(database):
    with database.session() as session, pytest.raises(DBAPIError) as caught:
        session.scalar(text(f"SELECT CAST(x'{ADDRESS.encode().hex()}ff' AS TEXT)"))
    assert ADDRESS not in f"{caught.value} {caught.value.orig!r}"


def test_a_server_that_is_gone_is_still_named():
    database = Database("postgresql+psycopg://nobody@127.0.0.1:9/none")
    with database.session() as session, pytest.raises(DBAPIError, match="refused"):
        session.execute(text("SELECT 1"))
    database.close()


@pytest.mark.parametrize("is_wrapped", [False, True])
def test_no_page_that_breaks_writes_an_address_into_the_log(app, client, add_twice, caplog, is_wrapped):
    @app.get("/broken")
    def broken():
        try:
            add_twice()
        except DBAPIError as error:
            if is_wrapped:
                raise RuntimeError("an operation broke") from error
            raise

    assert client.get("/broken").status_code == (500 if is_wrapped else 503)
    assert ADDRESS not in caplog.text
    assert "IntegrityError" in caplog.text
    assert "in broken" in caplog.text


def test_an_address_key_that_is_taken_stays_out_of_the_log(app, client, database, caplog):
    @app.get("/broken")
    def broken():
        with database.session() as session:
            make_person(session, ADDRESS)
            make_person(session, ADDRESS)

    assert client.get("/broken").status_code == 503
    assert "people" in caplog.text
    assert "aino" not in caplog.text


def test_no_command_says_an_address_either(app, add_twice, monkeypatch, capsys):
    monkeypatch.setattr(cli, "create_app", lambda: app)
    monkeypatch.setattr("clevenio.consent.ledger.history", add_twice)
    with pytest.raises(SystemExit):
        cli.main(["consent", "history", "00000000-0000-4000-8000-000000000000"], prog_name="clevenio")
    out, err = capsys.readouterr()
    assert "The database does not answer" in err
    assert ADDRESS not in out + err
