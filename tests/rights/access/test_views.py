"""The copy of one's own data in the account: made with the password, fetched for three days, by nobody else."""

from io import BytesIO
from zipfile import ZipFile

import pytest
from sqlalchemy import func, select

from clevenio.rights.access.machines import SCHEMAS
from clevenio.rights.access.models import DataFile
from clevenio.rights.retention.rules import retention
from tests.support.accounts import PASSWORD
from tests.support.application import form_token, new_client

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
PATHS = {"en": "/en/account/data/copy", "fi": "/fi/tili/omat-tiedot/kopio"}


def make(client, language="en", **data):
    path = PATHS[language]
    token = form_token(client.get(path))
    return client.post(path, data={"kind": "access", "password": PASSWORD, "csrf_token": token, **data})


def link(client, language="en"):
    page = client.get(PATHS[language])
    start = page.text.index(f"{PATHS[language]}/")
    return page.text[start : page.text.index('"', start)]


@pytest.fixture
def client(sign_in_account):
    return sign_in_account("aino@example.com")


@pytest.mark.parametrize("language", ["fi", "en"])
@pytest.mark.parametrize("kind", ["access", "portability"])
def test_a_copy_is_made_and_fetched(client, language, kind):
    assert make(client, language, kind=kind).status_code == 303
    response = client.get(link(client, language))
    assert response.mimetype == "application/zip"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Content-Disposition"].endswith('.zip"')
    with ZipFile(BytesIO(response.data)) as bundle:
        assert "aino@example.com" in bundle.read("data.json").decode()
        assert f'lang="{language}"' in bundle.read("index.html").decode()


def test_the_page_is_kept_by_no_cache_and_teaches(client):
    page = client.get(PATHS["en"])
    assert page.headers["Cache-Control"] == "no-store"
    assert "It is made at once." in page.text


@pytest.mark.parametrize(
    "data", [{"password": "not the password"}, {"password": ""}, {"kind": "everything"}, {"csrf_token": ""}]
)
def test_without_password_kind_and_token_nothing_is_made(client, database, data):
    assert make(client, **data).status_code in (400, 422)
    with database.session(write=False) as session:
        assert session.scalar(select(func.count()).select_from(DataFile)) == 0


def test_somebody_elses_file_is_no_file(client, sign_in_account, app):
    make(client)
    path = link(client)
    other = sign_in_account("eino@example.com")
    assert other.get(path).status_code == 404
    assert new_client(app).get(path).status_code in (302, 303)


def test_a_newer_copy_takes_the_place_of_the_older(client, database, clock):
    make(client)
    clock.advance(minutes=11)
    first = link(client)
    make(client)
    assert client.get(first).status_code == 404
    with database.session(write=False) as session:
        assert session.scalar(select(func.count()).select_from(DataFile)) == 1


def test_after_three_days_nobody_gets_it_and_it_goes(client, app, database, clock, settings, sign_in_account):
    make(client)
    path = link(client)
    clock.advance(hours=71)
    client.post("/en/login", data={"email": "aino@example.com", "password": PASSWORD})
    assert client.get(path).status_code == 200
    clock.advance(hours=1)
    assert client.get(path).status_code == 404
    [line] = [
        each for each in retention(settings, database).run("system", clock.now) if each.sweep == "data_files"
    ]
    assert (line.rule, line.gone) == ("data_file", 1)


@pytest.mark.parametrize("name", ["access-1", "portability-1"])
def test_the_schema_is_public_and_has_no_session(app, name):
    response = new_client(app).get(f"/schemas/{name}.json")
    assert response.status_code == 200
    assert response.data == SCHEMAS[name]
    assert "Set-Cookie" not in response.headers
    assert new_client(app).get("/schemas/other-1.json").status_code == 404
