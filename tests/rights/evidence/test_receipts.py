"""The proof of what a browser decided, for the privacy officer, who knows nothing but the receipt's number."""

import json
import re
import sqlite3
from contextlib import closing
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from clevenio import audit, chain
from clevenio.audit import AuditEntry
from clevenio.consent import ledger
from clevenio.consent.embeds.notices import embed_notice
from clevenio.consent.ledger import Channel, State
from clevenio.consent.notices import choices_notice, notice_id, signup_notice
from tests.rights.evidence.conftest import seal
from tests.support.application import form_token
from tests.support.factories import NOW, SUPPRESSION_KEY
from tests.support.zips import unzipped

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
EVIDENCE = "/staff/evidence"


@pytest.fixture
def receipt(client, clock):
    """Of a Finnish browser that chose analytics, and took it back in English twenty minutes later."""
    notice = choices_notice("fi").id
    client.post(
        "/fi/valinnat", data={"decision": "save", "category": "analytics", "notice": notice, "next": "/fi/"}
    )
    clock.advance(minutes=20)
    client.post("/en/choices", data={"decision": "reject"})
    return UUID(client.get_cookie("receipt").value)


@pytest.fixture
def tamper(database):
    """Runs a statement as somebody who can switch the triggers off."""

    def run(statement):
        # Of a program that is not ours, foreign keys are not looked after either.
        with closing(sqlite3.connect(database.url.database)) as connection, connection:
            for table in ("consent_decisions", "consent_notices", "consent_seals"):
                for verb in ("update", "delete", "replace"):
                    connection.execute(f"DROP TRIGGER IF EXISTS {table}_no_{verb}")
            assert connection.execute(statement).rowcount > 0

    return run


@pytest.fixture
def trail(other_session):
    """What the trail says of receipts: action, subject, reason."""

    def read():
        with other_session() as session:
            rows = session.scalars(select(AuditEntry).order_by(AuditEntry.sequence))
            return [(r.action, r.subject, r.reason) for r in rows if r.action.startswith("receipt.")]

    return read


def post(browser, path, **fields):
    return browser.post(path, data={**fields, "csrf_token": form_token(browser.get(EVIDENCE))})


def test_the_number_leads_to_what_was_decided_when_where_and_by_which_version(officer, receipt, trail):
    answer = post(officer, EVIDENCE, receipt=f"  {receipt} ".upper())
    assert (answer.status_code, answer.location) == (303, f"{EVIDENCE}/receipts/{receipt}")
    page = officer.get(answer.location).text
    main = page.partition("<main")[2]
    assert str(receipt) in main
    assert "Whole: nothing was changed or left out" in main
    assert "in the bar of the site" in main
    assert "on the page of choices" in main
    assert main.count(">Agreed<") == 1
    assert main.count(">Refused<") == 4
    assert main.count(">Taken back<") == 1
    for language in ("fi", "en"):
        assert f"{EVIDENCE}/versions/{choices_notice(language).id}/bar" in main
    hashed = audit.subject_hash(SUPPRESSION_KEY, receipt)
    assert trail() == [("receipt.read", hashed, "proving what a browser chose")]


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("", "A number has 32 digits"),
        ("not a number", "A number has 32 digits"),
        ("4b1c1f9e-2f3c-4a53-8f3f", "A number has 32 digits"),
        ("'; DROP TABLE consent_decisions; --", "A number has 32 digits"),
        ("<script>alert(1)</script>", "A number has 32 digits"),
        ("4b1c1f9e-2f3c-4a53-8f3f-0f6bb0a6d0aa", "knows no receipt"),
    ],
)
def test_a_number_that_is_none_or_unknown_is_said_beside_the_field_which_keeps_it(
    officer, trail, number, said
):
    answer = post(officer, EVIDENCE, receipt=number)
    assert answer.status_code == 422
    beside = answer.text.partition('id="receipt-error">')[2].partition("</p>")[0]
    assert said in beside
    escaped = number.replace("<", "&lt;").replace(">", "&gt;").replace("'", "&#39;")
    assert f'value="{escaped}"' in answer.text
    assert trail() == []


def test_the_number_of_a_person_opens_nothing(officer, database, trail):
    person = uuid4()
    with database.session() as session:
        ledger.record(session, person, {"newsletter": State.GRANTED}, channel=Channel.SIGNUP, language="en",
                      notice=signup_notice("en"), now=NOW)  # fmt: skip
        session.commit()
    assert post(officer, EVIDENCE, receipt=str(person)).status_code == 422
    assert officer.get(f"{EVIDENCE}/receipts/{person}").status_code == 404
    assert post(officer, f"{EVIDENCE}/receipts/{person}/file").status_code == 404
    assert trail() == []


def test_the_file_holds_enough_to_compute_every_hash_anew(officer, receipt, trail):
    answer = post(officer, f"{EVIDENCE}/receipts/{receipt}/file")
    assert re.fullmatch(
        r'attachment; filename="evidence-receipt-\d+\.zip"', answer.headers["Content-Disposition"]
    )
    assert answer.headers["Cache-Control"] == "no-store"
    files = unzipped(answer.data)
    assert json.loads(files["answer.json"])["about"] == {"receipt": str(receipt)}
    ledger = json.loads(files["ledger.json"])
    [found] = ledger["chains"]
    assert (found["subject"], found["findings"]) == (str(receipt), [])
    previous = chain.START
    for row in found["decisions"]:
        fields = {
            name: value for name, value in row.items() if name not in ("hash", "number", "seal", "path")
        }
        assert chain.link(previous, fields) == row["hash"]
        previous = row["hash"]
    assert [row["state"] for row in found["decisions"]] == [
        "refused", "granted", "refused", "refused", "withdrawn", "refused",
    ]  # fmt: skip
    for name, version in ledger["versions"].items():
        assert notice_id(version["kind"], version["language"], version["content"]) == name
    assert [action for action, _, _ in trail()] == ["receipt.export"]


def test_a_changed_decision_is_said_before_anything_else(officer, receipt, tamper):
    tamper("UPDATE consent_decisions SET state = 'granted' WHERE state = 'refused'")
    main = officer.get(f"{EVIDENCE}/receipts/{receipt}").text.partition("<main")[2]
    assert "This chain is not whole" in main.partition("Decisions")[0]
    assert "decision 1 was changed" in main
    assert "Whole: nothing" not in main
    files = unzipped(post(officer, f"{EVIDENCE}/receipts/{receipt}/file").data)
    [found] = json.loads(files["ledger.json"])["chains"]
    assert "decision 1 was changed" in found["findings"]
    assert b"decision 1 was changed" in files["index.html"]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE consent_decisions SET state = 'granted' WHERE sequence = 1", "päätöstä 1 on muutettu"),
        ("DELETE FROM consent_decisions WHERE sequence = 2", "päätös 2 puuttuu"),
        ("DELETE FROM consent_decisions WHERE sequence > 4", "päätökset 5–6 puuttuvat"),
        ("UPDATE consent_heads SET hash = 'x'", "ketju ei pääty siihen"),
        ("UPDATE consent_standing SET state = 'x'", "ei vastaa päätöksiä"),
        ("UPDATE consent_notices SET language = 'x'", "on muutettu"),
        ("DELETE FROM consent_notices", "sanamuoto "),
    ],
)
def test_what_does_not_fit_is_said_in_the_language_of_page_and_file(
    officer, receipt, tamper, statement, said
):
    tamper(statement)
    officer.environ_base["HTTP_ACCEPT_LANGUAGE"] = "fi"
    page = officer.get(f"{EVIDENCE}/receipts/{receipt}").text
    beside = page.partition("Tämä ketju ei ole eheä")[2].partition("</ul>")[0]
    assert said in beside
    assert not re.search("decision|chain|standing|wording|missing", beside)
    files = unzipped(post(officer, f"{EVIDENCE}/receipts/{receipt}/file").data)
    assert said in files["index.html"].decode()


def test_a_way_that_leads_to_no_seal_is_said_in_the_language_of_the_file(
    officer, receipt, database, settings, tamper
):
    seal(database, settings)
    tamper("UPDATE consent_seals SET content = json_set(content, '$.root', 'x')")
    officer.environ_base["HTTP_ACCEPT_LANGUAGE"] = "fi"
    files = unzipped(post(officer, f"{EVIDENCE}/receipts/{receipt}/file").data)
    assert "päätös 1 ei kuulu sinettiin" in files["index.html"].decode()


@pytest.mark.parametrize("change", ["state = 'x'", "channel = 'x'", "language = 'x'", "purpose = 'x'"])
def test_a_value_that_is_none_does_not_break_the_page(officer, receipt, tamper, change):
    tamper(f"UPDATE consent_decisions SET {change} WHERE sequence = 2")
    answer = officer.get(f"{EVIDENCE}/receipts/{receipt}")
    assert answer.status_code == 200
    assert "decision 2 was changed" in answer.text


def test_a_version_that_was_changed_is_not_shown(officer, receipt, tamper):
    version = choices_notice("fi").id
    tamper(
        f"UPDATE consent_notices SET content = json_set(content, '$.markup', 'Pay now') WHERE id = '{version}'"
    )
    page = officer.get(f"{EVIDENCE}/versions/{version}").text
    assert "This version was changed in the archive" in page
    assert "<iframe" not in page
    answer = officer.get(f"{EVIDENCE}/versions/{version}/bar")
    assert answer.status_code == 403
    assert "Pay now" not in answer.text
    receipt_page = officer.get(f"{EVIDENCE}/receipts/{receipt}").text
    assert f"the wording {version} was changed" in receipt_page
    assert "Pay now" not in receipt_page


def test_a_version_that_is_gone_is_said(officer, receipt, tamper):
    tamper(f"DELETE FROM consent_notices WHERE id = '{choices_notice('fi').id}'")
    page = officer.get(f"{EVIDENCE}/receipts/{receipt}").text
    assert "This version is missing from the archive" in page


@pytest.mark.parametrize("language", ["fi", "en"])
@pytest.mark.parametrize(("layer", "kept"), [("bar", "markup"), ("form", "form")])
def test_a_layer_is_the_archived_one_in_a_document_that_does_nothing(officer, receipt, language, layer, kept):
    notice = choices_notice(language)
    answer = officer.get(f"{EVIDENCE}/versions/{notice.id}/{layer}")
    assert answer.status_code == 200
    assert notice.content[kept].strip() in answer.text
    assert f'<html lang="{language}">' in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'")
    assert "script-src" not in policy
    assert "form-action 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "sandbox allow-same-origin" in policy
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert answer.headers["Cache-Control"] == "no-store"


def test_only_the_pages_that_frame_may_and_nobody_else_may_frame_them(officer, receipt):
    version = choices_notice("fi").id
    for path in (f"{EVIDENCE}/versions/{version}", f"{EVIDENCE}/receipts/{receipt}"):
        answer = officer.get(path)
        assert "frame-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert 'sandbox="allow-same-origin"' in answer.text
    assert "frame-src" not in officer.get(EVIDENCE).headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path", ["x", "0" * 32, f"{'0' * 32}/bar", "{fi}/x", "{fi}/markup", "{signup}", "{signup}/bar"]
)
def test_there_is_no_version_or_layer_that_was_not_shown(officer, receipt, database, path):
    with database.session() as session:
        ledger.archive(session, {signup_notice("fi").id: signup_notice("fi")}, NOW)
        session.commit()
    path = path.format(fi=choices_notice("fi").id, signup=signup_notice("fi").id)
    assert officer.get(f"{EVIDENCE}/versions/{path}").status_code == 404


def test_the_list_holds_every_version_that_was_shown(officer, receipt):
    page = officer.get(EVIDENCE).text
    for language in ("fi", "en"):
        assert f"{EVIDENCE}/versions/{choices_notice(language).id}" in page


def test_a_list_of_nothing_says_how_versions_come_about(officer):
    assert "No version is kept yet" in officer.get(EVIDENCE).text


def test_what_was_allowed_by_a_placeholder_is_proved_by_its_words(officer, database):
    receipt, notice = uuid4(), embed_notice("youtube", "fi")
    with database.session() as session:
        ledger.record(session, receipt, {"preferences": State.GRANTED}, channel=Channel.EMBED, language="fi",
                      notice=notice, now=NOW)  # fmt: skip
        session.commit()
    page = officer.get(f"{EVIDENCE}/receipts/{receipt}").text
    assert "Whole: nothing was changed or left out" in page
    assert "The placeholder of something from another site" in page
    screen = officer.get(f"{EVIDENCE}/versions/{notice.id}/bar")
    assert notice.content["markup"].strip() in screen.text
    assert officer.get(f"{EVIDENCE}/versions/{notice.id}/form").status_code == 404
