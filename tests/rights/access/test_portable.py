"""What somebody provided goes out as a file, and comes in again as the same."""

import json
from io import BytesIO
from zipfile import ZipFile

import pytest
from jsonschema import Draft202012Validator

from clevenio.people.addresses import address
from clevenio.people.imports.operations import import_people
from clevenio.people.operations import find
from clevenio.rights import subjects
from clevenio.rights.access.file import portability_file
from clevenio.rights.access.machines import SCHEMAS
from tests.rights.conftest import make_everything
from tests.support.factories import NOW, grant, make_person, refuse

EMAIL = "äiti@example.fi"
WHOLE = {
    "first_name": "Aino",
    "last_name": "Esimerkki",
    "phone": "+358401234567",
    "company": 'Esimerkki; "Oy"',
    "website": "https://example.fi",
    "website_domain": "example.fi",
    "role": "sales",
    "country": "FI",
    "postal_code": "40320",
}


def files(session, settings, subject, language="en"):
    with ZipFile(BytesIO(portability_file(session, settings, subject, language, NOW))) as bundle:
        return {name: bundle.read(name) for name in bundle.namelist()}


def valid(content):
    document = json.loads(content)
    schema = json.loads(SCHEMAS["portability-1"])
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(document)
    return document


def granted(document):
    return [choice for choice in document["choices"] if choice["state"] == "granted"]


@pytest.mark.parametrize(
    "profile", [WHOLE, {"name": "Aino Esimerkki"}, {}], ids=["whole", "one name", "none"]
)
@pytest.mark.parametrize("purposes", [("newsletter", "ad_audiences"), ()], ids=["consents", "no consent"])
def test_exported_and_imported_again_it_is_the_same(database, settings, tmp_path, profile, purposes):
    with database.session() as session:
        person = make_person(session, EMAIL, language="fi", **profile)
        if purposes:
            grant(session, person, *purposes)
        made = files(session, settings, subjects.of_person(session, settings, person))
        session.delete(person)
        session.commit()
    before = valid(made["data.json"])
    with database.session() as session:
        for name in sorted(made):
            if name.endswith(".csv"):
                (tmp_path / name).write_bytes(made[name])
                report = import_people(session, settings, tmp_path / name, now=NOW)
                assert (report.rejected_rows, report.warnings) == ([], [])
        person = find(session, address(EMAIL))
        after = valid(files(session, settings, subjects.of_person(session, settings, person))["data.json"])
        session.rollback()
    assert after["person"] == before["person"]
    assert granted(after) == granted(before)


def test_what_was_refused_is_told_and_not_handed_on_as_consent(database, settings):
    with database.session() as session:
        person = make_person(session, EMAIL)
        grant(session, person, "newsletter")
        refuse(session, person, "newsletter", "surveys")
        made = files(session, settings, subjects.of_person(session, settings, person))
    document = valid(made["data.json"])
    assert {choice["purpose"]: choice["state"] for choice in document["choices"]} == {
        "newsletter": "withdrawn",
        "surveys": "refused",
    }
    assert b"newsletter" not in made["people.csv"]
    assert "people.2.csv" not in made


@pytest.mark.parametrize("language", ["fi", "en"])
def test_it_holds_what_was_provided_and_nothing_that_we_wrote(database, settings, language):
    with database.session() as session:
        person = make_everything(session, settings, EMAIL)
        made = files(session, settings, subjects.of_person(session, settings, person), language)
    assert {"data.json", "index.html", "people.csv"} <= set(made)
    document = valid(made["data.json"])
    provided = {table["id"]: table["rows"] for table in document["provided"]}
    assert provided["inquiries"][0]["message"] == f"Write to {EMAIL}"
    assert "received_at" not in provided["inquiries"][0]
    assert "mails" not in provided
    # It was opened by nobody, so nothing in it came from the person.
    assert "deliveries" not in provided
    assert {"kind", "text", "version", "at"} == provided["agreements"][0].keys()
    assert f'lang="{language}"' in made["index.html"].decode()


@pytest.mark.parametrize(("language", "same"), [("fi", "Samoin sanoin."), ("en", "In the same words.")])
def test_the_page_says_codes_and_repeated_words_as_people_do_and_names_each_file(
    database, settings, language, same
):
    with database.session() as session:
        person = make_person(session, EMAIL, language="fi", role="chief_executive", country="FI")
        grant(session, person, "ad_audiences:google", "ad_audiences:meta", "newsletter")
        made = files(session, settings, subjects.of_person(session, settings, person), language)
    page = made["index.html"].decode()
    [wording] = {each["wording"] for each in granted(valid(made["data.json"])) if "google" in each["purpose"]}
    assert "chief_executive" not in page
    assert "<dd>fi</dd>" not in page
    assert page.count(wording) == 1
    assert page.count(same) == 1
    assert "people.csv, people.2.csv" in page


def test_of_somebody_unknown_there_is_nothing(database, settings):
    with database.session() as session:
        made = files(session, settings, subjects.of_address(session, settings, address("nobody@example.com")))
    document = valid(made["data.json"])
    assert (document["person"], document["choices"], document["provided"]) == ({}, [], [])
    assert sorted(made) == ["data.json", "index.html"]
    assert "We hold nothing that you gave us." in made["index.html"].decode()
