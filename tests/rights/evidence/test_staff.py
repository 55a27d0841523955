"""The privacy officer's page: asked by post, answered at once, taken along, and in the trail without an address."""

import json

import pytest
from sqlalchemy import select

from clevenio import audit
from clevenio.audit import AuditEntry
from clevenio.rights.evidence import checking
from tests.rights.evidence.conftest import EMAIL
from tests.support.application import form_token
from tests.support.factories import SUPPRESSION_KEY
from tests.support.zips import unzipped

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
EVIDENCE = "/staff/evidence"


@pytest.fixture
def entries(other_session):
    """What the trail holds of evidence, whole."""

    def read():
        with other_session() as session:
            rows = session.scalars(select(AuditEntry).order_by(AuditEntry.sequence))
            return [row for row in rows if row.action.startswith("evidence.")]

    return read


def post(browser, path="/people", **fields):
    asked = {"question": "mail", "email": EMAIL, "reason": "inspection", **fields}
    return browser.post(EVIDENCE + path, data={**asked, "csrf_token": form_token(browser.get(EVIDENCE))})


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("mail", "Newsletter: Hello"),
        ("file", "Audience file 1 for Google"),
        ("recipients", "Google Ireland Limited"),
        ("holdings", "Which newsletters were sent"),
    ],
)
def test_each_question_is_answered_with_its_proof(officer, aino, entries, question, said):
    answer = post(officer, question=question)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    main = answer.text.partition("<main")[2]
    assert said in main
    assert "Whole: nothing was changed or left out" in main
    [entry] = entries()
    assert entry.hash in main
    assert (entry.action, entry.reason) == ("evidence.read", "answering an inspection")
    assert entry.subject == audit.subject_hash(SUPPRESSION_KEY, aino)
    assert entry.details == {"question": question}


def test_the_dashboard_leads_there_with_one_click(officer):
    assert f'href="{EVIDENCE}"' in officer.get("/staff/").text


def test_the_file_says_what_the_page_says_and_its_entry_names_it(officer, aino, entries):
    answer = post(officer, "/people/file", reason="complaint")
    [entry] = entries()
    assert (
        answer.headers["Content-Disposition"] == f'attachment; filename="evidence-mail-{entry.sequence}.zip"'
    )
    read, found = checking.check(answer.data)
    assert found == []
    assert read.trail["entry"]["hash"] == entry.hash
    assert read.trail["mark"]["hash"] == entry.hash
    assert (entry.action, entry.reason) == ("evidence.export", "answering a complaint")
    files = unzipped(answer.data)
    assert json.loads(files["answer.json"])["about"]["email"] == EMAIL
    assert b"Newsletter: Hello" in files["index.html"]
    assert b"HOW TO CHECK" in files["how-to-check.txt"]


@pytest.mark.parametrize("email", [EMAIL, "kukaan@example.com"])
def test_no_address_is_in_an_address_or_in_the_trail(officer, aino, entries, email, caplog):
    for path in ("/people", "/people/file"):
        answer = post(officer, path, email=email)
        assert answer.status_code == 200
        assert email not in answer.headers.get("Content-Disposition", "")
    found = entries()
    assert [entry.action for entry in found] == ["evidence.read", "evidence.export"]
    assert email not in "".join(str(entry.fields()) for entry in found)
    assert email not in caplog.text


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"email": ""}, "email", "Type an e-mail address."),
        ({"email": "aino"}, "email", ""),
        ({"email": "@example.com"}, "email", ""),
        ({"question": "file", "number": "twelve"}, "number", "has digits alone"),
        ({"question": "file", "number": "0"}, "number", "has digits alone"),
        ({"question": "file", "number": "99999999999999999999"}, "number", "has digits alone"),
        ({"question": "file", "number": "77"}, "number", "There is no file with this number."),
        ({"question": "receipt"}, "question", "Not a valid choice."),
        ({"question": "x"}, "question", "Not a valid choice."),
        ({"reason": "curiosity"}, "reason", "Not a valid choice."),
    ],
)
@pytest.mark.parametrize("path", ["/people", "/people/file"])
def test_wrong_input_is_said_beside_its_field_and_stays(officer, aino, entries, path, fields, field, said):
    answer = post(officer, path, **fields)
    assert answer.status_code == 422
    beside = answer.text.partition(f'id="{field}-error">')[2].partition("</p>")[0]
    assert beside
    assert said in beside
    if field in ("email", "number"):
        assert f'value="{fields[field]}"' in answer.text
    assert entries() == []


def test_a_changed_decision_is_said_before_the_answer(officer, aino, tamper):
    tamper(f"UPDATE consent_decisions SET basis = 'role' WHERE subject = '{aino.hex}' AND sequence = 1")
    main = post(officer).text.partition("<main")[2]
    assert "decision 1 was changed" in main.partition("Mail of campaigns")[0]
    assert "Whole: nothing" not in main


def test_finnish_is_written_in_finnish(officer, aino):
    officer.environ_base["HTTP_ACCEPT_LANGUAGE"] = "fi"
    assert "Miksi tämä viesti lähti?" in post(officer).text
    files = unzipped(post(officer, "/people/file").data)
    assert 'lang="fi"' in files["index.html"].decode()
    assert "40320 Jyväskylä, Suomi" in files["index.html"].decode()
    assert json.loads(files["answer.json"])["controller"]["address"].endswith("Suomi")
    assert "NÄIN TARKISTAT" in files["how-to-check.txt"].decode()
