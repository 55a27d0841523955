"""Why somebody is in or out, platform by platform."""

from pathlib import Path

import pytest

from clevenio.audiences import platforms as known
from clevenio.audiences.explain import explain, line_of_file, sentence, sentence_of_missing
from clevenio.audiences.layouts import Unit
from clevenio.audiences.models import PULL, Export
from clevenio.consent import ledger
from clevenio.people import operations
from clevenio.people.identifiers import address
from clevenio.registry import load
from tests.audiences.conftest import LISTED
from tests.support.factories import NOW
from tests.support.raw_identifiers import cell


def platforms():
    return known.platforms(Path("nowhere"))


@pytest.fixture
def answers(database, settings):
    def ask(email):
        with database.session(write=False) as session:
            found = explain(session, operations.find(session, address(email)), settings.data)
        return {answer.platform: answer for answer in found}

    return ask


def test_each_reason_to_stay_out_is_named(crowd, answers):
    crowd.add("silent@example.com", grants="")
    crowd.add("no@example.com", grants="", refuses="ad_audiences:google")
    crowd.withdraw(crowd.add("gone@gmail.com"))
    crowd.add("g.one@gmail.com")
    crowd.change(crowd.add("held@example.com"), restricted_at=NOW)
    crowd.add("customer@example.com", basis=ledger.Basis.CUSTOMER)
    found = {
        email: answers(email)["google"].reason
        for email in (
            "silent@example.com", "no@example.com", "gone@gmail.com", "g.one@gmail.com", "held@example.com",
            "customer@example.com",
        )
    }  # fmt: skip
    assert list(found.values()) == [
        "no_decision", "refused", "withdrawn", "withheld", "restricted", "no_consent",
    ]  # fmt: skip


def test_of_two_spellings_of_a_mailbox_one_is_in(crowd, answers):
    crowd.add("maija@gmail.com")
    crowd.add("mai.ja@gmail.com")
    reasons = {answers(email)["google"].reason for email in ("maija@gmail.com", "mai.ja@gmail.com")}
    assert reasons == {"in", "duplicate"}


def test_each_reason_to_bring_no_company_is_named(crowd, answers):
    crowd.add("none@example.com")
    crowd.add("free@example.com", website_domain="gmail.com")
    crowd.add("sole@example.com", website_domain="sole.example", role="owner")
    crowd.add("hashes@example.fi", website_domain="example.fi")
    crowd.add("works@example.fi", website_domain="example.fi", listed=LISTED)
    found = [
        answers(email)["linkedin-companies"].reason
        for email in (
            "none@example.com", "free@example.com", "sole@example.com", "hashes@example.fi",
            "works@example.fi",
        )
    ]  # fmt: skip
    assert found == ["no_company", "free_mail", "sole_trader", "unlisted", "in"]


def test_every_column_that_a_row_carries_is_named_and_no_other(crowd, answers, exported):
    profile = {
        "first_name": "Maija", "company": "Yritys Oy", "country": "FI", "role": "owner",
        "website_domain": "example.fi",
    }  # fmt: skip
    phones = {"maija@example.fi": "+358401234567", "plain@example.fi": "+358401234568"}
    everywhere = " ".join(f"ad_audiences:{vendor.id}" for vendor in load().audience_vendors)
    listed = {"maija@example.fi": ("names", "title", "company", "country"), "plain@example.fi": None}
    for email, phone in phones.items():
        crowd.add(email, everywhere, listed=listed[email], phone=phone, **profile)
    for platform in platforms():
        rows = exported(platform.id)
        headers = dict(zip(platform.facts.headers, platform.layout.columns, strict=True))
        for email, phone in phones.items():
            answer = answers(email)[platform.id]
            known = {
                cell(column, value) for column in platform.layout.columns for value in (email, phone)
            } - {""}
            company = platform.layout.unit is Unit.COMPANY
            own = [row for row in rows if company or known & set(row.values())]
            held = {headers[name].field for row in own for name, written in row.items() if written}
            assert set(answer.columns) == (held if answer.is_in else set()), (platform.id, email)
    columns = answers("maija@example.fi")["linkedin-contacts"].columns
    assert columns == {
        "email": True, "first_name": False, "title": False, "company": False, "country": False
    }  # fmt: skip
    assert answers("plain@example.fi")["linkedin-contacts"].columns == {"email": True}


def test_the_files_somebody_was_in_are_named(crowd, answers, exported):
    crowd.add("yes@example.com")
    exported("google")
    found = answers("yes@example.com")
    assert [export.platform for export in found["google"].exports] == ["google"]
    assert found["meta"].exports == []


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({"kind": "discarded"}, "audience file 7, thrown away"),
        ({"uploaded_on": NOW.date()}, "audience file 7, uploaded on 2026-06-01"),
        ({"actor": PULL, "finished_at": NOW}, "audience file 7, fetched by the platform on 2026-06-01"),
        ({"actor": PULL, "state": "started"}, "audience file 7, broken off"),
        ({"kind": "removal"}, "removal file 7, downloaded"),
        ({"state": "prepared"}, "audience file 7, not fetched"),
    ],
)
def test_of_each_file_it_is_said_what_became_of_it(values, line):
    given = {"id": 7, "kind": "upload", "state": "finished", "actor": "staff", **values}
    assert line_of_file(Export(**given)) == line


def test_explaining_agrees_with_exporting(crowd, answers, exported):
    crowd.add("yes@example.com", phone="+35891234567")
    crowd.withdraw(crowd.add("gone@example.com", phone="+35891234567"))
    identifiers = answers("yes@example.com")["google"].identifiers
    assert identifiers == {"email": True, "phone": False}
    (row,) = exported("google")
    assert (bool(row["Email"]), bool(row["Phone"])) == (True, False)


def test_whoever_has_agreed_is_told_of_each_identifier_why_it_stays_out(crowd, answers):
    crowd.add("yes@example.com", phone="+35891234567", advertising_id="5f3a2b18-9c4d-4e7f-b8e2-17d3a1e69b25")
    crowd.add("no@example.com", grants="", refuses="ad_audiences:meta", phone="+35891234567")
    crowd.add("bare@example.com")
    found = {email: answers(email)["meta"].missing for email in ("yes@example.com", "bare@example.com")}
    assert found == {
        "yes@example.com": {"phone": "withheld", "advertising_id": "unlisted"},
        "bare@example.com": {"phone": "unknown", "advertising_id": "unknown"},
    }
    sentences = [sentence_of_missing("phone", why) for why in ("unknown", "unlisted", "withheld")]
    assert len(set(sentences)) == 3


@pytest.mark.parametrize(
    "reason",
    "in no_decision refused withdrawn no_consent restricted duplicate withheld no_company free_mail sole_trader unlisted".split(),
)
def test_every_reason_has_a_sentence(reason):
    assert sentence(reason).startswith("In:" if reason == "in" else "Out:")
