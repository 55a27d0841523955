"""The four questions about a person: what is answered, about whom, and that nobody else is in it."""

import json
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from clevenio.errors import Missing
from clevenio.i18n import format_date
from clevenio.mail import Folder
from clevenio.people.addresses import address
from clevenio.people.models import Person
from clevenio.rights import clocks
from clevenio.rights.disclosures import models as disclosures
from clevenio.rights.disclosures import operations
from clevenio.rights.disclosures.operations import Entry
from clevenio.rights.evidence.questions import PERSONAL, Question
from clevenio.rights.recipients.models import Cause, Task
from tests.registry.test_own_vendors import ENTRY
from tests.rights.conftest import EMAIL as CUSTOMER
from tests.rights.evidence.conftest import EMAIL, OTHER, hand_out
from tests.support.factories import NOW, grant, make_person, refuse


def words(answer):
    cells = [cell for part in answer.sections for row in part.rows for cell in row]
    facts = [value for part in answer.sections for _, value in part.facts]
    lines = [line for part in answer.sections for line in (part.title, *part.lines)]
    return "\n".join([*cells, *facts, *lines])


def test_a_mail_went_by_the_decision_that_stood(aino, ask):
    answer = ask(Question.MAIL)
    [mail] = answer.document["answer"]["campaigns"]
    assert (mail["state"], mail["decision"], mail["is_borne_out"]) == ("sent", 1, True)
    assert "Newsletter: Hello, Newsletter" in words(answer)
    assert "Consent: decision 1 of 1\N{NO-BREAK SPACE}Jun 2026" in words(answer)
    assert not any(part.warning for part in answer.sections)


def test_a_mail_after_a_refusal_is_not_borne_out(aino, ask, database):
    with database.session() as session:
        refuse(session, session.get_one(Person, aino), "newsletter", now=NOW + timedelta(seconds=30))
        session.commit()
    answer = ask(Question.MAIL)
    assert answer.document["answer"]["campaigns"][0]["is_borne_out"] is False
    [warning] = [part for part in answer.sections if part.warning]
    assert warning.title == "The ledger does not bear these mails out"


def test_a_refusal_after_the_mail_leaves_it_borne_out(aino, ask, database):
    with database.session() as session:
        refuse(session, session.get_one(Person, aino), "newsletter", now=NOW + timedelta(hours=1))
        session.commit()
    assert ask(Question.MAIL).document["answer"]["campaigns"][0]["is_borne_out"] is True


def test_the_person_is_in_the_file_by_the_decision_that_was_known_then(aino, ask, database):
    with database.session() as session:
        refuse(session, session.get_one(Person, aino), "ad_audiences:google", now=NOW + timedelta(hours=1))
        session.commit()
    answer = ask(Question.FILE)
    [file] = answer.document["answer"]["files"]
    assert (file["decided"], file["is_borne_out"], file["carried"]) == ("granted", True, ["email_hash"])
    assert file["files"][0]["sha256"] in words(answer)
    today = {each["platform"]: each["is_in"] for each in answer.document["answer"]["today"]}
    assert (today["google"], today["meta"]) == (False, True)


# Tampers by SQLite's own means.
@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_file_that_let_somebody_in_without_consent_is_said(aino, ask, tamper):
    tamper("UPDATE audience_exports SET ledger_position = 0")
    answer = ask(Question.FILE)
    assert answer.document["answer"]["files"][0]["is_borne_out"] is False
    assert [part.title for part in answer.sections if part.warning] == [
        "The ledger does not bear these files out"
    ]


def test_a_file_is_asked_for_by_its_number(aino, ask, database, settings):
    hand_out(database, settings, "meta")
    numbers = [each["number"] for each in ask(Question.FILE).document["answer"]["files"]]
    assert len(numbers) == 2
    one = ask(Question.FILE, number=numbers[0]).document["answer"]["files"]
    assert [each["number"] for each in one] == numbers[:1]
    nobody = ask(Question.FILE, "nobody@example.com", numbers[0])
    assert f"This person is not in file {numbers[0]}." in words(nobody)
    with pytest.raises(Missing, match="no file with this number"):
        ask(Question.FILE, number=numbers[0] + 1)


def test_recipients_are_named_with_what_they_got(aino, ask):
    [one] = ask(Question.RECIPIENTS).document["answer"]["recipients"]
    assert (one["company"], one["received"]) == ("Google Ireland Limited", ["email_hash"])


def test_processors_stand_with_their_transfers_and_no_platform_among_them(aino, ask, settings, request):
    abroad = ENTRY.replace("transfers = []", 'transfers = ["US"]').replace(
        'safeguard = "none"', 'safeguard = "dpf"\nsafeguard_since = 2023-07-10'
    )
    assert abroad.count("US") == 1
    (settings.data / "vendors.toml").write_text(abroad, encoding="utf-8")
    request.getfixturevalue("app")
    answer = ask(Question.RECIPIENTS)
    [relay] = answer.document["answer"]["processors"]
    assert (relay["name"], relay["transfers"]) == ("Example Relay", ["US"])
    [part] = [each for each in answer.sections if each.title == "Those who run services for the company"]
    assert "it does not say that they had data of this person" in part.lines[0]
    [row] = part.rows
    assert row[part.head.index("Transfers")] == "United States"
    assert "Google" in words(answer)
    assert "TikTok" not in words(answer)


def disclose(database, settings, email, **fields):
    made = {
        "kind": disclosures.Kind.AUTHORITY, "recipient": "Example Police Department", "reference": "1/2026",
        "asked_on": NOW.date(), "outcome": disclosures.Outcome.DISCLOSED, "disclosed_on": NOW.date(),
        "content": "Times of logins in May.", "ground": "A made-up ground", "is_about_all": False,
        "request": None, "secrecy": None, "decided_by": uuid4(), **fields,
    }  # fmt: skip
    with database.session() as session:
        entry = Entry(addresses=(address(email),), **made)
        operations.enter(session, settings, entry, "staff:x", NOW)
        session.commit()


def test_authorities_are_among_those_who_received_and_what_is_secret_says_so(aino, ask, database, settings):
    disclose(database, settings, EMAIL)
    disclose(database, settings, EMAIL, recipient="Example Tax Office", secrecy="A made-up law")
    disclose(
        database,
        settings,
        EMAIL,
        recipient="Example Court",
        outcome=disclosures.Outcome.REFUSED,
        disclosed_on=None,
    )
    disclose(database, settings, OTHER["email"], recipient="Example Customs")
    answer = ask(Question.RECIPIENTS)
    found = {each["recipient"]: each["is_secret"] for each in answer.document["answer"]["disclosures"]}
    assert found == {"Example Police Department": False, "Example Tax Office": True}
    assert "is not to be told" in words(answer)


def test_what_recipients_were_told_afterwards_is_said(aino, ask, database):
    with database.session() as session:
        session.add(
            Task(
                subject=aino,
                member=aino,
                cause=Cause.ERASURE,
                vendor="google",
                platform="google",
                upload=1,
                since=NOW,
                opened_at=NOW,
                closed_at=NOW,
                told_on=NOW.date(),
                result="told",
            )
        )
        session.commit()
    [line] = ask(Question.RECIPIENTS).document["answer"]["told"]
    assert line.endswith("was told on 1\N{NO-BREAK SPACE}June 2026")


def test_what_is_held_is_counted_with_purpose_basis_and_period(aino, ask):
    answer = ask(Question.HOLDINGS)
    kinds = {each["id"]: each for each in answer.document["answer"]["kinds"]}
    assert {"person", "consent", "deliveries", "memberships"} <= kinds.keys()
    assert all(each["purposes"] and each["kept"] for each in kinds.values())
    assert "Aino" not in json.dumps(answer.document)
    assert kinds["deliveries"]["what"] == "Which newsletters were sent"
    assert kinds["consent"]["what"] == "Decisions about marketing"
    assert "It is in the access file" in words(answer)


@pytest.mark.parametrize("question", PERSONAL)
def test_an_answer_names_nobody_else(aino, ask, question, database, backend):
    answer = ask(question)
    text = json.dumps([answer.document, answer.proof]) + words(answer)
    with database.session(write=False) as session:
        others = [row.id for row in session.query(Person).where(Person.id != aino)]
    for secret in (*OTHER.values(), *map(str, others)):
        assert secret not in text
    assert EMAIL in text


@pytest.mark.parametrize("question", PERSONAL)
def test_an_address_that_nobody_has_gets_a_clear_answer(aino, ask, question, backend):
    answer = ask(question, "kukaan@example.com")
    assert answer.document["about"]["standing"] == "unknown"
    assert (answer.subject, answer.proof["chains"]) == (None, [])
    assert "Not known to us" in words(answer)
    assert "access file" not in words(answer)


def test_somebody_who_came_back_is_told_apart_from_somebody_to_whom_nothing_went(
    acts, settings, ask, database
):
    person = acts.customer()
    acts.erase(acts.ask(person), Folder(settings.data / "mail"))
    with database.session() as session:
        grant(session, make_person(session, CUSTOMER), "newsletter", now=NOW + timedelta(days=1))
        session.commit()
    answer = ask(Question.MAIL, CUSTOMER)
    assert answer.document["about"]["standing"] == "person"
    assert "Known to us today; erased once, and back since" in words(answer)
    assert "so none names them. What allowed mail is below. They came back since." in words(answer)
    assert "None went out" not in words(answer)
    decided = [row["at"] for row in answer.document["answer"]["decisions"]]
    assert decided == sorted(decided)


def test_somebody_erased_is_answered_for_by_the_keyed_link(acts, settings, ask):
    person = acts.customer()
    before = ask(Question.MAIL, CUSTOMER)
    assert before.document["answer"]["campaigns"]
    acts.erase(acts.ask(person), Folder(settings.data / "mail"))
    answers = {question: ask(question, CUSTOMER) for question in PERSONAL}
    for answer in answers.values():
        assert answer.document["about"]["standing"] == "erased"
        assert answer.document["about"]["ids"] == [str(person)]
        assert answer.findings == []
        assert [each["subject"] for each in answer.proof["chains"]] == [str(person)]
    mail = answers[Question.MAIL].document["answer"]
    assert mail["campaigns"] == []
    assert {"granted", "withdrawn"} <= {row["state"] for row in mail["decisions"]}
    assert "The erasure cut the person from the mails" in words(answers[Question.MAIL])
    kept = answers[Question.HOLDINGS].document["answer"]["kept_after_erasure"]
    assert {"consent", "trail"} <= {each["id"] for each in kept}
    assert "Decisions about marketing, without name and address" in {each["what"] for each in kept}
    assert "access file" not in words(answers[Question.HOLDINGS])
    assert "Aino" not in words(answers[Question.HOLDINGS])
    # The last day, as the person was told it, and not the moment after it.
    [until] = {each["until"] for each in kept if each["id"] == "consent"}
    last = clocks.last_day(datetime.fromisoformat(until))
    assert format_date(last) in words(answers[Question.HOLDINGS])
