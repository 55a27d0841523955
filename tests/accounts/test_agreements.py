"""What a customer agreed to: kept as it was, shown as it was, taken along, and nobody else's."""

import io
import json
import re
import zipfile
from hashlib import sha256
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from clevenio import legal
from clevenio.accounts import agreement_files
from clevenio.accounts.models import Agreement
from clevenio.people import identifiers
from clevenio.people import operations as people

EMAIL = "aino@example.com"
FI = ("milloin tahansa", "kuukauden varoitusajalla")
EN = ("at any time", "with a month’s notice")


@pytest.fixture
def rows(other_session):
    """{text: row} of what was committed for an address."""

    def find(email=EMAIL):
        with other_session() as session:
            person = people.find(session, identifiers.address(email))
            found = session.scalars(select(Agreement).where(Agreement.person == person.id)).all()
        return {one.text: one for one in found}

    return find


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE agreements SET kind = 'accepted'",
        "UPDATE agreements SET at = at",
        "DELETE FROM agreements",
    ],
)
def test_what_was_agreed_to_can_be_neither_changed_nor_removed(sign_in_account, database, rows, statement):
    sign_in_account()
    before = {name: vars(row)["kind"] for name, row in rows().items()}
    with database.session() as session, pytest.raises(DBAPIError, match="agreements is append-only"):
        session.execute(text(statement))
    assert {name: row.kind for name, row in rows().items()} == before


@pytest.mark.parametrize("backend", ["sqlite"])
def test_replacing_a_row_leaves_it_as_it_was(sign_in_account, database, rows):
    sign_in_account()
    with database.session() as session:
        session.execute(
            text(
                "REPLACE INTO agreements (id, person, account, text, version, language, kind, digest, facts, at) "
                "SELECT id, person, account, text, version, 'xx', 'shown', digest, facts, at FROM agreements"
            )
        )
        session.commit()
    assert {row.language for row in rows().values()} == {"en"}


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("path", "said"),
    [
        (
            "/fi/tili/sopimukset",
            ("Käyttöehdot", "Käsittelysopimus", "Tietosuojaseloste", "hyväksytty", "näytetty", "Suomi"),
        ),
        (
            "/en/account/agreements",
            ("Terms of use", "Data-processing agreement", "Privacy policy", "accepted", "shown", "Suomi"),
        ),
    ],
)
def test_the_list_says_what_in_which_version_and_language_and_when(sign_in_account, rows, path, said):
    client = sign_in_account(language="fi")
    response = client.get(path)
    main = response.text.partition("<main")[2]
    for word in said:
        assert word in main
    for row in rows().values():
        assert f"{path}/{row.id}" in main
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("backend", ["sqlite"])
def test_each_opens_in_the_version_and_language_it_was_accepted_in(sign_in_account, rows, publish):
    client = sign_in_account(language="fi")
    publish("terms", "2027-01-01", "required", fi=FI, en=EN)
    page = client.get(f"/en/account/agreements/{rows()['terms'].id}").text
    article = page.partition("<article")[2].partition("</article>")[0]
    assert article.startswith(' lang="fi"')
    assert FI[0] in article
    assert FI[1] not in article
    assert EN[0] not in article
    assert rows()["terms"].digest in page
    assert "Made-up Oy, Example Street 1" in article


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_file_needs_nothing_else_and_holds_its_record(sign_in_account, rows, clock):
    client = sign_in_account(language="fi")
    row = rows()["dpa"]
    response = client.get(f"/en/account/agreements/{row.id}/file")
    assert response.headers["Content-Disposition"] == (
        f'attachment; filename="clevenio-dpa-{row.version}-fi.html"'
    )
    assert response.headers["Cache-Control"] == "no-store"
    assert response.mimetype == "text/html"
    html = response.text
    assert html.startswith('<!doctype html>\n<html lang="fi">')
    for held in (row.digest, str(row.id), row.version, "Hyväksytty", "Käsittelysopimus", "Made-up Oy"):
        assert held in html
    assert "1.6.2026" in html
    assert not re.search(r'(src|href)="/|<script|<link', html)
    assert 'href="http://localhost/fi/tietosuoja"' in html


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_notice_is_said_to_have_been_shown(sign_in_account, rows):
    client = sign_in_account()
    html = client.get(f"/en/account/agreements/{rows()['privacy'].id}/file").text
    assert "<dt>Shown</dt>" in html
    assert "<dt>Accepted</dt>" not in html


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_archive_holds_every_text_as_published_so_that_digests_can_be_checked(sign_in_account, rows):
    client = sign_in_account(language="fi")
    response = client.get("/fi/tili/sopimukset.zip")
    assert response.headers["Content-Disposition"] == 'attachment; filename="clevenio-agreements.zip"'
    assert response.headers["Cache-Control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(response.data)) as archive:
        assert archive.testzip() is None
        records = json.loads(archive.read("agreements.json"))
        assert {record["text"]: record["kind"] for record in records} == {
            name: row.kind for name, row in rows().items()
        }
        for record in records:
            assert sha256(archive.read(record["file"])).hexdigest() == record["sha256"]
        assert len(archive.namelist()) == 2 * len(legal.TEXTS) + 1


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("rest", ["", "/file"])
def test_somebody_elses_opens_as_little_as_one_that_is_not_there(sign_in_account, rows, rest):
    sign_in_account("other@example.com")
    client = sign_in_account()
    theirs = rows("other@example.com")["terms"].id
    assert isinstance(theirs, UUID)
    answers = [client.get(f"/en/account/agreements/{one}{rest}") for one in (theirs, uuid4())]
    assert [answer.status_code for answer in answers] == [404, 404]
    main = [answer.text.partition("<main")[2].partition("</main>")[0] for answer in answers]
    assert main[0] == main[1]
    for bad in ("1", "..", "%00", f"{theirs}%0d%0a", "<b>"):
        assert client.get(f"/en/account/agreements/{bad}{rest}").status_code == 404


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_archive_holds_nobody_elses(sign_in_account, rows, database):
    sign_in_account("other@example.com", language="fi")
    client = sign_in_account()
    with zipfile.ZipFile(io.BytesIO(client.get("/en/account/agreements.zip").data)) as archive:
        names, held = archive.namelist(), b"".join(archive.read(name) for name in archive.namelist())
    assert not [name for name in names if "-fi." in name]
    assert not [row for row in rows("other@example.com").values() if str(row.id).encode() in held]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_record_from_before_its_party_was_kept_names_the_party_of_today(
    sign_in_account, rows, settings, app
):
    sign_in_account()
    row = rows()["terms"]
    row.facts = {}
    page = agreement_files.page(row, settings, lambda endpoint, language: f"/{language}/{endpoint}")
    assert settings.controller_name in page.sections["parties"].body
