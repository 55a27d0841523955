from pathlib import Path

import psycopg
import pytest

from tests.support import postgres
from tests.support.components import missing


def connect(url):
    return psycopg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False))


@pytest.fixture(autouse=True)
def own_binaries(monkeypatch):
    if postgres.binaries() is None:
        missing("PostgreSQL")
    monkeypatch.delenv(postgres.OWN_URL, raising=False)


def test_a_server_answers_and_leaves_nothing_behind():
    with postgres.running() as url, connect(url) as connection:
        row = connection.execute("SELECT current_setting('data_directory'), version()").fetchone()
        home = Path(row[0]).parent
        assert row[1].startswith("PostgreSQL")
        assert home.exists()
    assert not home.exists()


def test_settings_are_chosen_by_the_test_that_needs_them():
    with postgres.running(settings=("fsync=on",)) as url, connect(url) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("on",)


def test_a_server_that_cannot_start_says_why():
    with pytest.raises(RuntimeError, match="nonsense"), postgres.running(settings=("nonsense=1",)):
        pass


def test_a_server_named_by_the_environment_is_used_as_it_is(monkeypatch):
    monkeypatch.setenv(postgres.OWN_URL, "postgresql://me:secret@localhost/postgres")
    with postgres.running() as url:
        assert url.drivername == "postgresql+psycopg"
        assert url.password == "secret"
