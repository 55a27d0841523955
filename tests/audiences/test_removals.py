"""Who is taken out of audiences that a platform already received."""

import hashlib

import pytest

from clevenio.audiences.export import handout
from clevenio.audiences.files import stream
from clevenio.audiences.models import Export
from clevenio.audiences.platforms import platform
from clevenio.audiences.removals import order_removal
from clevenio.people import suppression
from tests.support.factories import NOW


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def test_somebody_who_withdraws_after_an_export_is_in_the_removal_file(crowd, exported, removed):
    gone = crowd.add("gone@example.com", phone="+358401234567", first_name="Maija", last_name="M")
    crowd.add("stays@example.com")
    exported("google")
    crowd.withdraw(gone)
    assert removed("google") == [
        {
            "Email": sha("gone@example.com"),
            "Phone": sha("+358401234567"),
            "First Name": "",
            "Last Name": "",
            "Country": "",
            "Zip": "",
        }
    ]


def test_a_platform_that_received_nobody_has_nobody_to_remove(crowd, exported, removed):
    gone = crowd.add("gone@example.com")
    exported("google")
    crowd.withdraw(gone)
    assert removed("meta") == []


def test_somebody_who_comes_back_is_no_longer_removed(crowd, exported, removed):
    person = crowd.add("back@example.com")
    exported("google")
    crowd.withdraw(person)
    crowd.grant(person, "ad_audiences")
    assert removed("google") == []


def test_a_restricted_or_suppressed_person_is_removed(crowd, exported, removed, database):
    held, objector = crowd.add("held@example.com"), crowd.add("objector@example.com")
    crowd.add("stays@example.com")
    exported("google")
    crowd.change(held, restricted_at=NOW)
    with database.session() as session:
        suppression.suppress(session, objector.email_suppression, "email", "all", "objection", NOW)
        session.commit()
    assert {row["Email"] for row in removed("google")} == {
        sha("held@example.com"),
        sha("objector@example.com"),
    }


def test_an_identifier_that_somebody_else_still_has_in_is_left_out(crowd, exported, removed):
    gone = crowd.add("gone@example.com", phone="+35891234567")
    crowd.add("colleague@example.com", phone="+35891234567")
    exported("google")
    crowd.withdraw(gone)
    assert [(row["Email"], row["Phone"]) for row in removed("google")] == [(sha("gone@example.com"), "")]


def test_a_removal_file_is_the_same_until_people_come_back(crowd, exported, removed):
    gone = crowd.add("gone@example.com")
    exported("google")
    crowd.withdraw(gone)
    assert removed("google") == removed("google") != []


def test_a_company_is_removed_when_nobody_there_agrees_any_more(crowd, exported, removed):
    at = {"website_domain": "example.fi", "company": "Yritys Oy"}
    first, second = crowd.add("a@example.fi", **at), crowd.add("b@example.fi", **at)
    exported("linkedin-companies")
    crowd.withdraw(first)
    assert removed("linkedin-companies") == []
    crowd.withdraw(second)
    (row,) = removed("linkedin-companies")
    assert (row["companywebsite"], row["companyname"]) == ("example.fi", "Yritys Oy")


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_removal_file_has_no_smallest_size(crowd, exported, database, settings):
    exported_one = crowd.add("gone@example.com")
    exported("google")
    crowd.withdraw(exported_one)
    google = platform("google", settings.data)
    with database.session() as session:
        ordered = order_removal(session, google, actor="command", now=NOW)
        session.commit()
        assert ordered.rows == 1
    with handout(database, settings, google, ordered.id, now=NOW) as ready:
        assert b"".join(stream(ready)).count(b"\n") == 2
    with database.session(write=False) as session:
        assert session.get_one(Export, ordered.id).notices == []
