import os
import stat
import subprocess
import sys

import pytest

from clevenio import served
from clevenio.errors import BadInput
from clevenio.settings import Settings

KEY = "k" * 32


def read(tmp_path, **values):
    return Settings.from_env(
        {"CLEVENIO_DATA": str(tmp_path), **{f"CLEVENIO_{k}": v for k, v in values.items()}}
    )


def test_nothing_but_a_folder_is_needed_locally(tmp_path):
    settings = read(tmp_path)
    assert settings.database_url == f"sqlite:///{tmp_path}/clevenio.db"
    assert settings.base_url == "http://localhost:8000"
    assert settings.smtp_url is None


def test_without_an_address_it_is_this_machines_by_the_port_that_is_set_or_serves_the_folder(tmp_path):
    served.keep(tmp_path, 8123)
    assert read(tmp_path).base_url == "http://localhost:8123"
    assert read(tmp_path).port == 8000
    assert read(tmp_path, PORT="9000").base_url == "http://localhost:9000"
    assert read(tmp_path, BASE_URL="https://www.example.com").base_url == "https://www.example.com"
    served.keep(tmp_path, 8124)
    assert read(tmp_path).base_url == "http://localhost:8124"


@pytest.mark.parametrize("kept", ["", "eighty", "99999", "-1", "\xff"])
def test_a_kept_port_that_is_none_is_as_if_there_were_none(tmp_path, kept):
    (tmp_path / "port").write_text(kept, encoding="latin-1")
    assert read(tmp_path).base_url == "http://localhost:8000"


def test_local_keys_are_made_once_and_readable_by_their_owner_alone(tmp_path):
    first, second = read(tmp_path), read(tmp_path)
    assert first.secret_keys == second.secret_keys
    assert first.secret_keys[0] != first.mail_keys[0] != first.suppression_key
    for path in (tmp_path / "keys").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_secret_may_stand_in_a_file(tmp_path):
    file = tmp_path / "secret"
    file.write_text(f"{KEY}\n")
    settings = Settings.from_env({"CLEVENIO_DATA": str(tmp_path), "CLEVENIO_SECRET_KEYS_FILE": str(file)})
    assert settings.secret_keys == (KEY,)


def test_a_ring_of_keys_is_separated_by_commas_newest_first(tmp_path):
    assert read(tmp_path, MAIL_KEYS=f"{'n' * 32}, {KEY}").mail_keys == ("n" * 32, KEY)


def test_keys_are_never_shown(tmp_path):
    settings = read(tmp_path, SECRET_KEYS=KEY)
    assert KEY not in repr(settings)


def test_postgresql_addresses_are_taken_as_people_write_them(tmp_path):
    for scheme in ("postgres", "postgresql", "postgresql+psycopg"):
        assert read(tmp_path, DATABASE_URL=f"{scheme}://h/db").database_url == "postgresql+psycopg://h/db"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "-1"),
        ("MODE", "prod"),
        ("DATABASE_URL", "mysql://h/db"),
        ("SMTP_URL", "mail.example.com"),
        ("BASE_URL", "www.example.com"),
        ("BASE_URL", "https://www.example.com/site"),
        ("DEFAULT_LANGUAGE", "sv"),
        ("SECRET_KEYS", "short"),
        ("AUDIENCE_MINIMUM", "many"),
        ("SUPPRESSION_KEY", ","),
        ("PORT", "0"),
        ("PORT", "99999"),
        ("BASE_URL", "http://[bad"),
        ("BASE_URL", "http://x:port"),
        ("BASE_URL", "https://user@www.example.com"),
        ("SMTP_URL", "smtp://h:abc"),
        ("SMTP_URL", "smtp://[bad"),
        ("TIME_ZONE", "Mars/Base"),
        ("TIME_ZONE", "../etc/passwd"),
        ("MAIL_FROM", "nonsense"),
        ("MAIL_FROM", "Clevenio news@example.com"),
        ("ACCOUNT_FROM", "a@example.com, b@example.com"),
        ("REPLY_TO", "a@b@example.com"),
        ("BOUNCE_ADDRESS", "a@example.com\nBcc: b@example.com"),
        ("DATABASE_URL", "postgresql://["),
        ("DATABASE_URL", "postgresql://h:abc/db"),
        ("DATABASE_URL", "sqlite:site.db"),
        ("DATABASE_URL", "sqlite://"),
        ("QUEUE_URL", "amqp://h"),
        ("QUEUE_URL", "redis://["),
        ("DATA", "~nobody-of-this-name/x"),
        ("PERIODS", "inquiry"),
        ("PERIODS", "inquiry=a year"),
        ("PERIODS", "inquiry=-1"),
        ("TAGS", "google_analytics"),
    ],
)
def test_a_wrong_value_is_refused_by_name(tmp_path, name, value):
    with pytest.raises(BadInput, match=f"CLEVENIO_{name}") as refusal:
        read(tmp_path, **{name: value})
    assert "\n" not in str(refusal.value)
    assert list(tmp_path.iterdir()) == []


def test_a_secret_file_that_is_not_there_is_refused(tmp_path):
    env = {"CLEVENIO_DATA": str(tmp_path), "CLEVENIO_MAIL_KEYS_FILE": str(tmp_path / "nothing")}
    with pytest.raises(BadInput, match="MAIL_KEYS_FILE"):
        Settings.from_env(env)


def test_a_secret_file_that_holds_no_text_is_refused(tmp_path):
    (tmp_path / "key").write_bytes(b"\xff" * 40)
    env = {"CLEVENIO_DATA": str(tmp_path), "CLEVENIO_MAIL_KEYS_FILE": str(tmp_path / "key")}
    with pytest.raises(BadInput, match="MAIL_KEYS_FILE"):
        Settings.from_env(env)


def test_a_key_appears_whole_or_not_at_all(tmp_path, monkeypatch):
    """A second process may look at any moment of the first one's start."""
    seen = []
    synced = os.fsync

    def fsync(handle):
        folder = tmp_path / "keys"
        seen.extend(path.read_text() for path in folder.iterdir() if not path.name.startswith("."))
        synced(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    read(tmp_path)
    assert seen
    assert all(len(text) == 64 for text in seen)


def test_processes_that_start_at_once_agree_on_the_keys(tmp_path):
    code = "from clevenio.settings import Settings; print(Settings.from_env().suppression_key)"
    env = {**os.environ, "CLEVENIO_DATA": str(tmp_path), "PYTHONPATH": "site"}
    started = [
        subprocess.Popen([sys.executable, "-c", code], env=env, stdout=subprocess.PIPE) for _ in range(4)
    ]
    keys = {process.communicate(timeout=60)[0] for process in started}
    assert len(keys) == 1
    assert {path.name for path in (tmp_path / "keys").iterdir()} == {
        "secret_keys",
        "mail_keys",
        "suppression_key",
    }


@pytest.mark.parametrize("arguments", [["db", "upgrade"], ["--help"], ["doctor"]])
def test_the_command_says_a_wrong_setting_in_one_sentence(tmp_path, arguments):
    env = {
        **os.environ,
        "CLEVENIO_DATA": str(tmp_path),
        "CLEVENIO_TIME_ZONE": "Mars/Base",
        "PYTHONPATH": "site",
    }
    done = subprocess.run(
        [sys.executable, "-m", "clevenio", *arguments],
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        "clevenio: CLEVENIO_TIME_ZONE is 'Mars/Base'; it is a name such as Europe/Helsinki.\n"
    )


def test_production_starts_with_nothing_missing(tmp_path):
    with pytest.raises(BadInput) as refusal:
        read(tmp_path, MODE="production")
    for name in ("SECRET_KEYS", "MAIL_KEYS", "SUPPRESSION_KEY", "BASE_URL", "SMTP_URL", "DATABASE_URL"):
        assert f"CLEVENIO_{name}" in str(refusal.value)
