"""The access file: everything about the person, in words and for programs, and nothing about anybody else."""

import html
import json
import re
from datetime import timedelta
from html import unescape

import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import update

from clevenio.audiences.models import Export, Membership
from clevenio.consent import ledger
from clevenio.consent.notices import account_notice
from clevenio.newsletter.models import Delivery
from clevenio.people import suppression
from clevenio.people.addresses import address
from clevenio.people.models import Person
from clevenio.registry import Origin, load
from clevenio.rights import requests, subjects
from clevenio.rights.access import operations
from clevenio.rights.access.file import access_file, portability_file
from clevenio.rights.access.machines import SCHEMAS
from clevenio.rights.holdings import HOLDINGS
from clevenio.rights.models import Asker, Channel, Identity, Kind, State, Submission
from tests.rights.access.conftest import EMAIL
from tests.rights.conftest import make_everything
from tests.support.factories import NOW


def valid(text, name):
    document = json.loads(text)
    schema = json.loads(SCHEMAS[name])
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(document)
    return document


@pytest.mark.parametrize("language", ["fi", "en"])
def test_the_file_is_what_the_published_schema_says(made, everything, language):
    files = made(everything, language)
    assert sorted(files) == ["data.json", "index.html"]
    document = valid(files["data.json"], "access-1")
    assert document["language"] == language
    assert f'lang="{language}"' in files["index.html"]
    home = {"fi": "40320 Jyväskylä, Suomi", "en": "40320 Jyväskylä, Finland"}[language]
    assert document["controller"]["address"].endswith(home)
    assert home in files["index.html"]
    assert ("Mitä tiedämme sinusta" in files["index.html"]) is (language == "fi")


def test_every_table_with_a_row_about_the_person_is_in_it(made, everything, session):
    document = json.loads(made(everything)["data.json"])
    held = {
        part.table.name
        for holding in HOLDINGS
        for part in holding.parts
        if session.execute(part.table.select().where(part.where(everything))).first()
    }
    filled = {table["id"] for kind in document["kinds"] for table in kind["tables"] if table["rows"]}
    # What came for the address by a form that anybody can fill in is nobody's until it is confirmed.
    assert held - filled == {"rights_submissions"}
    assert {"people", "accounts", "inquiries", "usage_events", "consent_decisions", "deliveries"} <= filled


def test_every_column_that_is_handed_out_is_in_its_rows(made, everything):
    registry = load()
    document = json.loads(made(everything)["data.json"])
    for kind in document["kinds"]:
        for table in kind["tables"]:
            if table["rows"] and table["id"] != "consent_standing":
                handed_out = set(registry.tables[table["id"]].of(*(set(Origin) - {Origin.WITHHELD})))
                assert set(table["rows"][0]) == handed_out, table["id"]


def test_no_secret_is_in_it(made, everything, session):
    registry = load()
    text = "".join(made(everything).values())
    for holding in HOLDINGS:
        for part in holding.parts:
            withheld = registry.tables[part.table.name].withheld
            for row in session.execute(part.table.select().where(part.where(everything))).mappings():
                secrets = {row[name] for name in withheld if isinstance(row[name], str)}
                # The factory makes keys and hashes of the address itself.
                secrets = {each for each in secrets if len(each) > 15} - {EMAIL}
                assert not [each for each in secrets if each in text], part.table.name


@pytest.fixture
def asked(session, everything):
    """`asked(State.OPEN)`: a request of theirs for a copy, by the public form, with a word beside it."""

    def ask(state):
        submission = Submission(email=EMAIL, address_key=EMAIL, details="I only want to know")
        session.add(submission)
        session.flush()
        return requests.add(
            session,
            everything.id,
            everything.key,
            kind=Kind.ACCESS,
            asker=Asker.PERSON,
            channel=Channel.PAGE,
            language="en",
            received_at=NOW,
            state=state,
            now=NOW,
            submission=submission.id,
        )

    return ask


def test_what_was_written_in_a_request_is_in_it_once_it_is_seen_to_be_the_persons(
    made, everything, session, asked
):
    request = asked(State.UNVERIFIED)
    assert "I only want to know" not in made(everything)["data.json"]
    request.identity = Identity.LINK.value
    session.flush()
    assert "I only want to know" in made(everything)["data.json"]


GOES = {
    "fi": "3 vuotta, vastauksesta. Sähköpostiosoite, nimi, puhelinnumero ja postiosoite poistuvat heti",
    "en": "3 years, from the answer. The e-mail address, name, phone number and postal address go as soon as",
}


@pytest.mark.parametrize("language", ["fi", "en"])
def test_it_says_that_the_address_of_a_request_goes_before_the_request(
    made, everything, session, asked, language
):
    request = asked(State.OPEN)
    request.identity = Identity.LINK.value
    session.flush()
    files = made(everything, language)
    assert GOES[language] in unescape(files["index.html"])
    valid(files["data.json"], "access-1")
    requests.end(session, request, State.DONE, requests.SYSTEM, NOW)
    submission = session.get_one(Submission, request.submission)
    assert (submission.email, submission.details) == (None, "I only want to know")


@pytest.mark.parametrize("language", ["fi", "en"])
def test_whoever_is_not_erased_reads_nothing_of_what_an_erasure_leaves(
    made, everything, session, asked, language
):
    asked(State.OPEN)
    files = made(everything, language)
    kinds = [
        kind for kind in json.loads(files["data.json"])["kinds"] if any(t["rows"] for t in kind["tables"])
    ]
    assert {"agreements", "consent", "deliveries", "bounces", "ways_out", "request"} <= {
        kind["id"] for kind in kinds
    }
    page = unescape(files["index.html"])
    assert all(f"<h2>{kind['what']}</h2>" in page for kind in kinds)
    left = [each.remains[language] for each in load().holdings.values() if each.remains]
    assert left
    assert [text for text in left if f"<h2>{text}</h2>" in page] == []


@pytest.mark.parametrize(("language", "words"), [("fi", "toistaiseksi"), ("en", "with no fixed end")])
def test_what_has_no_end_is_said_in_words_and_counted_from_nothing(
    made, everything, session, language, words
):
    suppression.suppress(session, everything.key, "email", suppression.EVERYTHING, "unsubscribed", NOW)
    files = made(everything, language)
    assert f"<dd>{words}</dd>" in files["index.html"]


def test_purposes_bases_retention_and_source_stand_beside_each_kind(made, everything):
    document = json.loads(made(everything)["data.json"])
    [person] = [kind for kind in document["kinds"] if kind["id"] == "person"]
    assert person["purposes"][0] == {
        "id": "agreements",
        "name": "Agreements",
        "basis": "contract",
        "basis_words": "contract",
    }
    assert person["kept"] == {"how_long": "24 months", "counted": "from the last consent or contact"}
    assert person["source"]
    assert document["automated_decisions"]["are_made"] is False
    assert document["complaint"]["address"] == "https://tietosuoja.fi/en"


def test_recipients_are_named_and_so_is_what_they_got(made, everything, session):
    export = Export(
        kind="upload",
        state="finished",
        platform="google",
        vendor="google",
        segment="all",
        criteria={},
        actor="staff:1",
        created_at=NOW,
        finished_at=NOW,
        ledger_position=0,
        notices=[],
        rows=1,
        rejects={},
        files=[],
    )
    session.add(export)
    session.flush()
    session.add(
        Membership(
            person_id=everything.id,
            export_id=export.id,
            has_email=True,
            has_phone=False,
            has_advertising_id=False,
        )
    )
    session.flush()
    files = made(everything)
    [recipient] = valid(files["data.json"], "access-1")["recipients"]
    assert (recipient["name"], recipient["received"]) == ("Google Ads", ["email_hash"])
    assert recipient["transfers"] == ["US"]
    assert recipient["safeguard"] == "EU–US Data Privacy Framework, from 10\u00a0July 2023 on"
    assert "Google Ireland Limited" in files["index.html"]


def test_why_mail_comes_and_why_in_no_audience_is_told(made, everything):
    document = json.loads(made(everything)["data.json"])
    mail = {topic["topic"]: topic["state"] for topic in document["explanations"]["mail"]}
    assert mail["newsletter"] == "granted"
    assert mail["surveys"] == "none"
    assert {one["platform"] for one in document["explanations"]["audiences"]} >= {"google", "meta"}


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "While the use of your data is restricted, you do not get it."),
        ("fi", "tietojesi käyttöä on rajoitettu"),
    ],
)
def test_whoever_is_restricted_reads_that_no_mail_comes(made, everything, session, language, words):
    session.get(Person, everything.person.id).restricted_at = NOW
    session.flush()
    files = made(everything, language)
    document = valid(files["data.json"], "access-1")
    assert {topic["held_back"] for topic in document["explanations"]["mail"]} == {"restricted"}
    assert words in files["index.html"]


def test_whoever_is_on_the_list_of_refusals_reads_that_no_mail_comes(made, everything, session):
    key = everything.person.email_suppression
    suppression.suppress(session, key, "email", "newsletter", "bounce", NOW)
    session.flush()
    files = made(everything)
    document = valid(files["data.json"], "access-1")
    held = {topic["topic"]: topic["held_back"] for topic in document["explanations"]["mail"]}
    assert (held["newsletter"], held["surveys"]) == ("suppressed", None)
    assert "your address is on our list of those that get no such mail" in files["index.html"]


def test_an_audience_comes_with_the_decisions_and_the_words_that_say_why(made, everything, session):
    files = made(everything, "en")
    audiences = json.loads(files["data.json"])["explanations"]["audiences"]
    [step] = next(one["decisions"] for one in audiences if one["platform"] == "google")
    assert (step["state"], step["words"]) == ("granted", "Agreed in the account")
    assert step["wording"]
    assert step["wording"] in html.unescape(files["index.html"])
    assert step["version"] in {decision.notice for decision in ledger.history(session, everything.id)}
    assert f"version {step['version'][:12]}" in files["index.html"]


@pytest.mark.parametrize(("language", "words"), [("en", "We hold nothing"), ("fi", "Meillä ei ole")])
def test_somebody_unknown_is_told_that_there_is_nothing(made, session, settings, language, words):
    files = made(subjects.of_address(session, settings, address("nobody@example.com")), language)
    assert valid(files["data.json"], "access-1")["is_empty"] is True
    assert words in files["index.html"]


@pytest.mark.parametrize(
    ("language", "words"),
    [("fi", ("Suostuttu", "Uutiskirje", "Suomi")), ("en", ("Agreed", "Newsletter", "Finland"))],
)
def test_the_readable_page_spells_codes_out_and_leaves_what_was_typed(
    made, everything, session, language, words
):
    person = session.get(Person, everything.id)
    person.company = "granted"
    session.flush()
    files = made(everything, language)
    page = re.sub(r"<[^>]+>", "|", files["index.html"])
    assert all(word in page for word in words)
    assert page.count("|granted|") == 1
    assert '"state": "granted"' in files["data.json"]


def test_the_readable_page_has_the_sentence_that_was_agreed_to(made, everything):
    files = made(everything)
    said = account_notice("fi").content["purposes"]
    [newsletter] = [each for each in said if each["id"] == "newsletter"]
    assert newsletter["wording"] in unescape(files["index.html"])
    assert account_notice("fi").id not in files["index.html"].partition("<h2>Which newsletters")[0]
    assert account_notice("fi").id in files["data.json"]


def test_a_newsletter_stands_with_the_sentence_it_rested_on(made, everything, session):
    notice = account_notice("fi")
    session.execute(update(Delivery).values(notice=notice.id))
    page = unescape(made(everything)["index.html"]).partition("<h2>Which newsletters")[2]
    [newsletter] = [each for each in notice.content["purposes"] if each["id"] == "newsletter"]
    assert newsletter["wording"] in page.partition("<h2>")[0]
    assert notice.id not in page.partition("<h2>")[0]


def test_the_readable_page_fetches_nothing_from_anywhere(made, everything):
    page = made(everything)["index.html"]
    assert "src=" not in page
    assert "<script" not in page
    assert "@import" not in page


def test_what_people_typed_is_text_and_never_markup(made, session, settings):
    person = make_everything(session, settings, EMAIL)
    person.company = "<script>alert(1)</script>"
    session.flush()
    files = made(subjects.of_person(session, settings, person))
    assert "<script>" not in files["index.html"]
    assert json.loads(files["data.json"])


def test_the_zip_of_the_same_moment_is_the_same(session, settings, everything):
    assert access_file(session, settings, everything, "en", NOW) == access_file(
        session, settings, everything, "en", NOW
    )


def test_making_a_file_changes_nothing(session, settings, everything):
    session.commit()
    access_file(session, settings, everything, "fi", NOW)
    portability_file(session, settings, everything, "fi", NOW + timedelta(days=1))
    assert not session.new
    assert not session.dirty
    assert not session.deleted


def test_a_file_waits_as_long_as_the_registry_says():
    assert operations.lifetime() == timedelta(hours=72)
