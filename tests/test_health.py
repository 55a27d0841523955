import dataclasses
import shutil
from datetime import timedelta

import pytest
from sqlalchemy import event, text

from clevenio import health, outbox
from clevenio.database import Database
from clevenio.health import Verdict, readiness
from tests.support.factories import NOW


def verdicts(settings, database, now=NOW):
    return {finding.name: finding.verdict for finding in readiness(settings, database, now)}


@pytest.fixture
def mail(database):
    """`mail(NOW)`: a mail queued then."""

    def queue(now, **values):
        with database.session() as session:
            made = outbox.queue(
                session,
                kind="test",
                sender="a@example.com",
                recipient="b@example.com",
                subject="",
                message=b"",
                now=now,
            )
            for name, value in values.items():
                setattr(made, name, value)
            session.commit()

    return queue


def test_a_whole_installation_is_good_in_every_respect(settings, database):
    assert verdicts(settings, database) == dict.fromkeys(
        ("database", "space", "schema", "mail"), Verdict.GOOD
    )


def test_a_schema_of_another_revision_is_bad_and_said_with_the_remedy(settings, database):
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    found = {finding.name: finding for finding in readiness(settings, database, NOW)}
    assert found["schema"].verdict is Verdict.BAD
    assert "clevenio db upgrade" in found["schema"].text


def test_a_mail_that_nobody_tries_shows_that_no_worker_runs(settings, database, mail):
    mail(NOW)
    assert verdicts(settings, database, NOW + timedelta(minutes=14))["mail"] is Verdict.GOOD
    assert verdicts(settings, database, NOW + timedelta(minutes=16))["mail"] is Verdict.BAD


def test_a_relay_that_refuses_does_not_make_the_site_unready(settings, database, mail):
    mail(NOW, attempts=2)
    assert verdicts(settings, database, NOW + timedelta(days=1))["mail"] is Verdict.GOOD


def test_a_full_disk_is_bad(settings, database, monkeypatch):
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(health.shutil, "disk_usage", lambda _path: usage._replace(free=99_999_999))
    assert verdicts(settings, database)["space"] is Verdict.BAD


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_missing_file_is_said_and_no_empty_database_appears(settings, tmp_path):
    path = tmp_path / "gone.db"
    database = Database(f"sqlite:///{path}")
    assert verdicts(settings, database)["database"] is Verdict.BAD
    assert not path.exists()


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_database_that_cannot_be_written_is_bad(settings, database, monkeypatch):
    with database.session() as other:
        other.execute(text("UPDATE alembic_version SET version_num = version_num"))
        monkeypatch.setattr("clevenio.database.BUSY_SECONDS", 0)
        impatient = Database(settings.database_url)
        assert verdicts(settings, impatient)["database"] is Verdict.BAD
        impatient.close()


@pytest.mark.parametrize("backend", ["postgresql"])
def test_a_server_that_is_gone_is_bad(settings):
    database = Database("postgresql+psycopg://nobody@127.0.0.1:9/none")
    found = readiness(settings, database, NOW)
    assert found[0].verdict is Verdict.BAD
    database.close()


def test_readiness_is_told_without_versions_or_data(client, clock):
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.text == "database: good\nspace: good\nschema: good\nmail: good\n"
    assert response.headers["Cache-Control"] == "no-store"


def test_asking_often_writes_once_in_a_while(app, client, monkeypatch):
    written = []
    engine = app.extensions["clevenio"].database.engine

    def count(_connection, _cursor, statement, *_):
        written.extend([statement] * statement.startswith("UPDATE"))

    event.listen(engine, "before_cursor_execute", count)
    client.get("/readyz")
    for _ in range(20):
        assert client.get("/readyz").status_code == 200
    assert len(written) == 1
    monkeypatch.setattr(health, "FRESH_SECONDS", -1)
    client.get("/readyz")
    assert len(written) == 2


def test_what_is_bad_makes_the_answer_503(client, database):
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    response = client.get("/readyz")
    assert response.status_code == 503
    assert "schema: bad" in response.text
    assert "0001" not in response.text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_being_alive_touches_nothing(app, client, monkeypatch):
    kit = app.extensions["clevenio"]
    monkeypatch.setattr(kit, "database", None)
    assert (client.get("/livez").status_code, client.get("/livez").text) == (200, "alive\n")


def test_settings_are_no_part_of_a_finding(settings, database):
    secret = dataclasses.replace(settings, smtp_url="smtp://user:hunter2@localhost")
    assert "hunter2" not in str(readiness(secret, database, NOW))
