"""The page of settings: every one, where it comes from, and no secret."""

import os
import re
from pathlib import Path

import pytest

from clevenio import doctor, health
from clevenio.backoffice.settings_shown import CHECKS, fingerprint, shown, without_password
from clevenio.settings import NAMES, PREFIX, Settings
from clevenio.web.hosts import front, is_refused
from tests.support.factories import SUPPRESSION_KEY

ON_SQLITE = pytest.mark.parametrize("backend", ["sqlite"])
NEW, OLD = "the newest key of this installation made up", "an older key of this installation made up"
PASSWORD = "hunter2-made-up"


def settings_of(tmp_path, **values):
    given = {"DATA": str(tmp_path / "data"), "BASE_URL": "http://clevenio.example", **values}
    return Settings.from_env({PREFIX + name: value for name, value in given.items()})


def read(tmp_path, **values):
    return {each.name: each for each in shown(settings_of(tmp_path, **values))}


@pytest.fixture
def extra_settings():
    return {
        "SECRET_KEYS": f"{NEW},{OLD}",
        "WEBHOOK_SECRET": PASSWORD,
        "CONTROLLER_NAME": "<script>x</script>",
    }


def test_every_setting_is_there_and_says_what_it_does(tmp_path):
    found = read(tmp_path)
    assert list(found) == list(NAMES)
    assert [name for name, each in found.items() if not each.meaning or not each.origin] == []


def test_it_says_where_each_comes_from(tmp_path):
    path = tmp_path / "keys"
    path.write_text(f"{NEW},{OLD}")
    found = read(tmp_path, PORT="9000", SECRET_KEYS_FILE=str(path))
    assert found["PORT"].origin == "Environment variable"
    assert found["SECRET_KEYS"].origin == "File named by the environment"
    assert found["MAIL_KEYS"].origin == "Made by the site, kept in the data folder"
    assert found["TIME_ZONE"].origin == "Default"


def test_of_keys_it_shows_how_many_their_fingerprints_and_their_day(tmp_path):
    found = read(tmp_path, SECRET_KEYS=f"{NEW},{OLD}")
    path = tmp_path / "data" / "keys" / "mail_keys"
    os.utime(path, (1_780_000_000, 1_780_000_000))
    found = read(tmp_path, SECRET_KEYS=f"{NEW},{OLD}")
    assert found["SECRET_KEYS"].value == f"set, 2 keys, fingerprint {fingerprint(NEW)} {fingerprint(OLD)}"
    assert found["MAIL_KEYS"].value.startswith("set, 1 key, made on 28\u00a0May 2026, fingerprint ")
    assert NEW not in str(found)
    assert path.read_text() not in str(found)


@pytest.mark.parametrize(
    ("address", "seen"),
    [
        (f"postgresql+psycopg://clevenio:{PASSWORD}@db/name", "postgresql+psycopg://clevenio:…@db/name"),
        (f"postgresql+psycopg://db/name?password={PASSWORD}", "postgresql+psycopg://db/name?…"),
        (
            f"postgresql+psycopg://clevenio:{PASSWORD}/d#e?f@db/name",
            "postgresql+psycopg://clevenio:…@db/name",
        ),
        (f"postgresql+psycopg://clevenio:a@b{PASSWORD}@db/name", "postgresql+psycopg://…@db/name"),
        (f"postgresql+psycopg://clevenio:a@b/{PASSWORD}@db/name", "postgresql+psycopg://…@db/name"),
        (f"postgresql+psycopg://cle/venio:{PASSWORD}@db/name", "postgresql+psycopg://…@db/name"),
        (f"postgresql+psycopg://db?password={PASSWORD}", "postgresql+psycopg://db?…"),
        (f"postgresql://clevenio:a/{PASSWORD}@queue/name", "postgresql://…@queue/name"),
        (f"smtp://user:{PASSWORD}@relay.example.com:587", "smtp://…@relay.example.com:587"),
        (f"redis://:{PASSWORD}@queue:6379/0", "redis://…@queue:6379/0"),
        (f"redis://:a#b?{PASSWORD}@queue:6379/0", "redis://…"),
        (f"redis://queue:6379/0?password=a@{PASSWORD}", "redis://…"),
        (f"smtp://u:a@b:{PASSWORD}@relay.example.com", "smtp://…@relay.example.com"),
        (f"clevenio:{PASSWORD}@db", "…"),
        ("smtp://relay.example.com", "smtp://relay.example.com"),
        ("sqlite:////srv/data/clevenio.db", "sqlite:////srv/data/clevenio.db"),
    ],
)
def test_an_address_is_shown_without_its_password(address, seen):
    assert without_password(address) == seen
    assert PASSWORD not in without_password(address)


def test_it_says_which_hosts_may_be_named_where_none_is_set(tmp_path):
    meaning = read(tmp_path)["TRUSTED_HOSTS"].meaning
    assert "the base address and this machine" in meaning
    answers = front(lambda environ, _start: [str(is_refused(environ)).encode()], settings_of(tmp_path))
    hosts = ("clevenio.example", "localhost", "elsewhere.example")
    refused = {host: answers({"HTTP_HOST": host, "PATH_INFO": "/"}, None) for host in hosts}
    assert refused == {
        "clevenio.example": [b"False"],
        "localhost": [b"False"],
        "elsewhere.example": [b"True"],
    }


@ON_SQLITE
def test_the_page_shows_no_secret_and_what_the_doctor_finds(sign_in_staff, settings):
    page = sign_in_staff("administrator").get("/staff/settings").text
    secrets = [NEW, OLD, PASSWORD, SUPPRESSION_KEY, *settings.mail_keys]
    assert [each for each in secrets if each in page] == []
    assert "<code>TIME_ZONE</code>" in page
    assert "It can be read and written." in page
    assert "There is an administrator." in page


@ON_SQLITE
def test_nothing_on_the_page_changes_anything(sign_in_staff):
    client = sign_in_staff("administrator")
    assert client.post("/staff/settings", data={"TIME_ZONE": "UTC"}).status_code == 405


@ON_SQLITE
def test_a_value_is_shown_as_text(sign_in_staff):
    page = sign_in_staff("administrator").get("/staff/settings").text
    assert "<script>x" not in page
    assert "&lt;script&gt;x&lt;/script&gt;" in page


@ON_SQLITE
def test_the_doctor_speaks_the_readers_language_whoever_looked_before(sign_in_staff):
    boss = sign_in_staff("administrator")
    for language, words in (
        ("en", ("Free space", "It can be read and written.", "There is an administrator.")),
        ("fi", ("Levytila", "Lukeminen ja kirjoittaminen onnistuvat.", "Pääkäyttäjä on olemassa.")),
        ("en", ("Database", "It can be read and written.")),
    ):
        page = boss.get("/staff/settings", headers={"Accept-Language": language}).text
        assert [word for word in words if word not in page] == []


def test_every_check_of_the_doctor_has_a_name_for_people():
    sources = [Path(module.__file__).read_text(encoding="utf-8") for module in (doctor, health)]
    names = {name for source in sources for name in re.findall(r'(?:Finding|_guarded)\(\s*"(\w+)"', source)}
    assert {"settings", "clock", "schema"} <= names
    assert set(CHECKS) == names
