"""Who gets into a file, with what, and what is kept on record of it."""

import hashlib
import re

import pytest
from sqlalchemy import select

from clevenio import audit
from clevenio.audiences import handouts
from clevenio.audiences.export import handout, handout_now, order
from clevenio.audiences.files import stream
from clevenio.audiences.models import Export, Membership
from clevenio.audiences.platforms import platform
from clevenio.audiences.segments import Choice, find
from clevenio.consent import ledger
from clevenio.consent.notices import signup_notice
from clevenio.errors import Refused
from clevenio.people import suppression
from tests.audiences.conftest import LISTED
from tests.support.factories import NOW

EVERYBODY = Choice("all", {})


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def emails(rows, header="Email"):
    return {row[header] for row in rows}


def test_only_those_whose_last_decision_names_the_platform_get_in(crowd, exported):
    crowd.add("yes@example.com")
    crowd.add("silent@example.com", grants="")
    crowd.add("other@example.com", grants="ad_audiences:meta newsletter")
    crowd.add("no@example.com", grants="", refuses="ad_audiences:google")
    gone = crowd.add("gone@example.com")
    crowd.withdraw(gone)
    assert emails(exported("google")) == {sha("yes@example.com")}
    assert emails(exported("meta"), "email") == {sha("yes@example.com"), sha("other@example.com")}


def test_a_grant_that_is_no_consent_lets_nobody_in(crowd, exported):
    crowd.add("yes@example.com")
    crowd.add("customer@example.com", basis=ledger.Basis.CUSTOMER)
    assert emails(exported("google")) == {sha("yes@example.com")}


def test_a_restricted_person_stays_out(crowd, exported):
    crowd.add("yes@example.com")
    crowd.change(crowd.add("held@example.com"), restricted_at=NOW)
    assert emails(exported("google")) == {sha("yes@example.com")}


def test_a_suppressed_address_stays_out_though_its_phone_may_go(crowd, exported, database):
    crowd.add("yes@example.com")
    held = crowd.add("Held+x@gmail.com", phone="+358401234567")
    with database.session() as session:
        suppression.suppress(session, held.email_suppression, "email", "all", "objection", NOW)
        session.commit()
    rows = exported("google")
    assert sorted((row["Email"], row["Phone"]) for row in rows) == sorted(
        [(sha("yes@example.com"), ""), ("", sha("+358401234567"))]
    )


def test_an_identifier_shared_with_somebody_who_said_no_is_left_out_for_everybody(crowd, exported):
    crowd.withdraw(crowd.add("objector@gmail.com", phone="+35891234567"))
    crowd.add("colleague@example.com", phone="+35891234567")
    crowd.add("ob.jec.tor+shop@googlemail.com", phone="+358401234567")
    crowd.add("o.bjector@gmail.com")
    rows = exported("google")
    assert sorted((row["Email"], row["Phone"]) for row in rows) == sorted(
        [(sha("colleague@example.com"), ""), ("", sha("+358401234567"))]
    )


def test_an_identifier_shared_by_people_who_all_agreed_stays(crowd, exported):
    crowd.add("one@example.com", phone="+35891234567")
    crowd.add("two@example.com", phone="+35891234567")
    assert [row["Phone"] for row in exported("google")] == [sha("+35891234567")] * 2


def test_an_identifier_shared_with_a_restricted_person_is_left_out(crowd, exported):
    crowd.change(crowd.add("held@example.com", phone="+35891234567"), restricted_at=NOW)
    crowd.add("colleague@example.com", phone="+35891234567")
    assert [(row["Email"], row["Phone"]) for row in exported("google")] == [
        (sha("colleague@example.com"), "")
    ]


def test_an_objection_to_everything_reaches_every_holder_of_the_number(crowd, exported):
    crowd.object_to_everything(crowd.add("objector@example.com", phone="+35891234567"))
    crowd.add("colleague@example.com", phone="+35891234567")
    assert [(row["Email"], row["Phone"]) for row in exported("google")] == [
        (sha("colleague@example.com"), "")
    ]


def test_spellings_of_one_mailbox_make_one_row(crowd, exported):
    for email in ("maija.m@gmail.com", "maijam@googlemail.com", "m.aijam+x@gmail.com", "other@example.com"):
        crowd.add(email)
    assert len(exported("google")) == 2


def test_names_and_places_go_only_where_the_wording_listed_them(crowd, exported):
    profile = {
        "first_name": "Äijä",
        "last_name": "O'Brien",
        "company": "Yritys, Oy",
        "country": "FI",
        "postal_code": "00100",
        "role": "owner",
        "advertising_id": "5f3a2b18-9c4d-4e7f-b8e2-17d3a1e69b25",
    }
    crowd.add("plain@example.com", **profile)
    crowd.add("full@example.com", listed=LISTED, **profile)
    crowd.add("named@example.com", listed=("names",), **profile)
    google = {row["Email"]: row for row in exported("google")}
    assert list(google[sha("plain@example.com")].values())[1:] == [""] * 5
    assert google[sha("full@example.com")] == {
        "Email": sha("full@example.com"),
        "Phone": "",
        "First Name": sha("äijä"),
        "Last Name": sha("o'brien"),
        "Country": "FI",
        "Zip": "00100",
    }
    assert google[sha("named@example.com")]["Country"] == ""
    assert google[sha("named@example.com")]["Last Name"] == sha("o'brien")
    meta = {row["email"]: row for row in exported("meta")}
    assert meta[sha("plain@example.com")]["madid"] == ""
    assert meta[sha("named@example.com")]["madid"] == ""
    assert meta[sha("full@example.com")]["madid"] == profile["advertising_id"]
    assert meta[sha("plain@example.com")]["fn"] == ""
    assert (meta[sha("full@example.com")]["ln"], meta[sha("full@example.com")]["zip"]) == (
        sha("obrien"),
        sha("00100"),
    )
    linkedin = {row["email"]: row for row in exported("linkedin-contacts")}
    assert linkedin[sha("full@example.com")] == {
        "email": sha("full@example.com"),
        "firstname": "Äijä",
        "lastname": "O'Brien",
        "jobtitle": "Owner",
        "employeecompany": "Yritys, Oy",
        "country": "FI",
        "googleaid": profile["advertising_id"],
    }
    assert set(linkedin[sha("plain@example.com")].values()) == {sha("plain@example.com"), ""}


def test_an_advertising_identifier_that_no_wording_listed_lets_nobody_in(crowd, exported, database):
    device = "5f3a2b18-9c4d-4e7f-b8e2-17d3a1e69b25"
    told = crowd.add("told@example.com", advertising_id=device, listed=("email", "advertising_id"))
    plain = crowd.add("plain@example.com", advertising_id=device.replace("5", "6"))
    with database.session() as session:
        for person in (told, plain):
            suppression.suppress(session, person.email_suppression, "email", "all", "objection", NOW)
        session.commit()
    assert [(row["email"], row["madid"]) for row in exported("meta")] == [("", device)]


def test_clear_cells_are_never_formulas(crowd, exported):
    crowd.add("x@example.com", listed=LISTED, company='=cmd|" /C calc"!A0', first_name="@Maija")
    row = exported("linkedin-contacts")[0]
    assert row["employeecompany"] == 'cmd|" /C calc"!A0'
    assert row["firstname"] == "Maija"


def test_companies_go_by_name_and_domain_and_hold_no_person(crowd, exported):
    at = {"company": "Yritys Oy", "website_domain": "example.fi", "country": "FI", "listed": LISTED}
    crowd.add("maija@example.fi", role="sales", **at)
    crowd.add("matti@example.fi", role="marketing", **at)
    crowd.add("free@gmail.com", company="Vapaa", website_domain="gmail.com")
    crowd.add("sole@sole.example", company="Sole", website_domain="sole.example", role="owner")
    crowd.add("no@refused.example", grants="", company="Refused", website_domain="refused.example")
    crowd.add("nobody@example.com")
    rows = exported("linkedin-companies")
    assert len(rows) == 1
    assert {name: value for name, value in rows[0].items() if value} == {
        "companyname": "Yritys Oy",
        "companywebsite": "example.fi",
        "companyemaildomain": "example.fi",
        "companycountry": "FI",
    }


def test_a_company_goes_only_by_a_wording_that_names_it_and_its_country_by_one_that_names_that(
    crowd, exported
):
    at = {"company": "Yritys Oy", "website_domain": "example.fi", "country": "FI"}
    crowd.add("hashes@example.fi", **at)
    with pytest.raises(Refused):
        exported("linkedin-companies")
    crowd.add("names@example.fi", listed=("names", "country"), **at)
    with pytest.raises(Refused):
        exported("linkedin-companies")
    crowd.add("company@example.fi", listed=("company",), **at)
    (row,) = exported("linkedin-companies")
    assert (row["companyname"], row["companycountry"]) == ("Yritys Oy", "")
    crowd.add("both@example.fi", listed=("company", "country"), **at)
    (row,) = exported("linkedin-companies")
    assert row["companycountry"] == "FI"


def test_a_companys_people_are_on_record_as_members(crowd, exported, database):
    at = {"company": "Yritys Oy", "website_domain": "example.fi", "listed": LISTED}
    people = {crowd.add("maija@example.fi", **at).id, crowd.add("matti@example.fi", **at).id}
    crowd.add("nobody@example.com")
    exported("linkedin-companies")
    with database.session(write=False) as session:
        assert set(session.scalars(select(Membership.person_id))) == people


def test_a_companys_person_who_withdraws_while_the_file_is_made_is_a_member(
    crowd, database, settings, removed
):
    person = crowd.add("maija@example.fi", company="Yritys Oy", website_domain="example.fi", listed=LISTED)
    chosen = platform("linkedin-companies", settings.data)
    with handout_now(database, settings, chosen, EVERYBODY, actor="command", now=NOW) as opened:
        crowd.withdraw(person)
        content = b"".join(stream(opened))
    assert b"example.fi" in content
    assert [row["companywebsite"] for row in removed("linkedin-companies")] == ["example.fi"]


def test_membership_says_which_identifiers_a_row_carried(crowd, exported, database):
    crowd.withdraw(crowd.add("objector@example.com", phone="+35891234567"))
    both = crowd.add("both@example.com", phone="+358401234567", advertising_id="a" * 36, listed=LISTED)
    mail = crowd.add("mail@example.com", phone="+35891234567", advertising_id="b" * 36)
    exported("meta")
    with database.session(write=False) as session:
        found = {row.person_id: row for row in session.scalars(select(Membership))}
    sent = {key: (row.has_email, row.has_phone, row.has_advertising_id) for key, row in found.items()}
    assert sent == {both.id: (True, True, True), mail.id: (True, False, False)}


@pytest.mark.parametrize("name", ["google", "meta", "linkedin-contacts", "linkedin-companies"])
def test_the_size_is_known_before_anything_is_hashed(crowd, database, settings, monkeypatch, name):
    monkeypatch.setattr(handouts, "BATCH", 2)
    everything = {"company": 'Ääkkös "Yritys", Oy', "country": "FI", "postal_code": "00100", "role": "sales"}
    for number, listed in enumerate([LISTED, (), ("names",), None, LISTED]):
        crowd.add(
            f"made.up{number}@gmail.com", listed=listed, phone=f"+35840123456{number}",
            first_name="Äijä", last_name="=1+1", website_domain=f"example{number}.fi", **everything,
        )  # fmt: skip
    chosen = platform(name, settings.data)
    with handout_now(database, settings, chosen, EVERYBODY, actor="command", now=NOW) as opened:
        assert opened.size == len(b"".join(stream(opened)))


def test_rows_come_in_the_order_of_random_ids(crowd, exported):
    people = crowd.many(30)
    by_id = [sha(person.address_key) for person in sorted(people, key=lambda person: person.id)]
    assert [row["Email"] for row in exported("google")] == by_id


def test_a_file_has_exact_headers_unix_line_ends_and_no_mark(crowd, database, settings):
    crowd.add("yes@example.com")
    google = platform("google", settings.data)
    with database.session() as session:
        ordered = order(session, settings, google, find(session, "all", NOW), actor="command", now=NOW)
        session.commit()
    with handout(database, settings, google, ordered.id, now=NOW) as opened:
        content = b"".join(stream(opened))
    assert (
        content == f"Email,Phone,First Name,Last Name,Country,Zip\n{sha('yes@example.com')},,,,,\n".encode()
    )


def test_an_export_is_on_record_with_its_members(crowd, exported, database):
    person = crowd.add("yes@example.com")
    crowd.add("silent@example.com", grants="")
    exported("google")
    with database.session(write=False) as session:
        export = session.scalars(select(Export)).one()
        assert (export.platform, export.segment, export.actor, export.rows) == ("google", "all", "command", 1)
        assert export.rejects == {
            "no_consent": 1,
            "restricted": 0,
            "duplicate": 0,
            "withheld": 0,
            "invalid": 0,
        }
        assert export.state == "finished"
        assert export.ledger_position == ledger.position(session)
        assert export.notices == [signup_notice("fi").id]
        (facts,) = export.files
        assert facts["rows"] == 1
        assert re.fullmatch("[0-9a-f]{64}", facts["sha256"])
        assert session.execute(select(Membership.export_id, Membership.person_id)).all() == [
            (export.id, person.id)
        ]
        entry = session.scalars(select(audit.AuditEntry)).one()
        assert (entry.action, entry.details["rows"]) == ("audience.export", 1)


def test_members_are_committed_before_their_bytes_leave(crowd, database, settings, other_session):
    crowd.many(3)
    google = platform("google", settings.data)
    with database.session() as session:
        ordered = order(session, settings, google, find(session, "all", NOW), actor="command", now=NOW)
        session.commit()
    with handout(database, settings, google, ordered.id, now=NOW) as opened:
        leaving = stream(opened)
        next(leaving)
        next(leaving)
        with other_session() as looking:
            assert len(looking.scalars(select(Membership.person_id)).all()) == 3
        leaving.close()
    with other_session() as looking:
        assert looking.scalars(select(Export.state)).one() == "started"


def test_somebody_who_withdraws_while_the_file_is_made_is_absent_or_in_the_removal_file(
    crowd, database, settings, removed
):
    first, *_ = crowd.many(3)
    google = platform("google", settings.data)
    with database.session() as session:
        ordered = order(session, settings, google, find(session, "all", NOW), actor="command", now=NOW)
        session.commit()
    with handout(database, settings, google, ordered.id, now=NOW) as opened:
        leaving = stream(opened)
        content = next(leaving)
        crowd.withdraw(first)
        content += b"".join(leaving)
    assert sha(first.address_key).encode() in content
    assert emails(removed("google")) == {sha(first.address_key)}


@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_export_is_fetched_once(crowd, database, settings):
    crowd.add("yes@example.com")
    google = platform("google", settings.data)
    with database.session() as session:
        ordered = order(session, settings, google, find(session, "all", NOW), actor="command", now=NOW)
        session.commit()
    with handout(database, settings, google, ordered.id, now=NOW) as opened:
        list(stream(opened))
    with pytest.raises(Refused), handout(database, settings, google, ordered.id, now=NOW):
        pass
