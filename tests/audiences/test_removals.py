"""Who is taken out of audiences that a platform already received."""

import hashlib

import pytest
from sqlalchemy import event, select, text

from clevenio.audiences import companies, handouts
from clevenio.audiences.eligibility import Eligibility
from clevenio.audiences.export import handout
from clevenio.audiences.files import stream
from clevenio.audiences.models import Export, Membership
from clevenio.audiences.platforms import platform
from clevenio.audiences.removals import order_removal
from clevenio.people import suppression
from clevenio.people.models import Person
from tests.audiences.conftest import LISTED
from tests.support.factories import NOW


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def pairs(rows):
    return {(row["Email"], row["Phone"]) for row in rows}


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


@pytest.mark.parametrize(("few", "asked"), [(2, 1), (1, 2)])
def test_few_rows_are_kept_from_their_count_and_more_are_read_again(
    crowd, exported, removed, database, monkeypatch, few, asked
):
    monkeypatch.setattr(handouts, "FEW", few)
    gone = [crowd.add(f"gone{number}@example.com") for number in range(2)]
    exported("google")
    for person in gone:
        crowd.withdraw(person)
    queries = []

    def note(_connection, _cursor, statement, *_):
        if "still_in_email" in statement:
            queries.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    assert {row["Email"] for row in removed("google")} == {
        sha("gone0@example.com"),
        sha("gone1@example.com"),
    }
    assert len(queries) == asked


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
    crowd.add("m.aija@gmail.com", phone="+358401234567")
    exported("google")
    crowd.add("maija@gmail.com", phone="+358401234567")
    assert len(exported("google")) == 1
    assert removed("google") == []


def test_an_identifier_shared_with_somebody_who_withdraws_is_removed_for_both(crowd, exported, removed):
    """As in an upload: a number that one of its holders takes back goes for nobody."""
    gone = crowd.add("gone@example.com", phone="+35891234567")
    crowd.add("colleague@example.com", phone="+35891234567")
    exported("google")
    crowd.withdraw(gone)
    assert pairs(removed("google")) == {
        (sha("gone@example.com"), sha("+35891234567")),
        ("", sha("+35891234567")),
    }


def test_whoever_shares_an_identifier_with_somebody_who_says_no_later_is_removed_by_it(
    crowd, exported, removed
):
    crowd.add("colleague@example.com", phone="+35891234567")
    crowd.add("m.aija@gmail.com", phone="+358401234567")
    exported("google")
    crowd.add("objector@example.com", grants="", refuses="ad_audiences:google", phone="+35891234567")
    crowd.add("maija+x@googlemail.com", grants="", refuses="ad_audiences:google")
    assert pairs(removed("google")) == {("", sha("+35891234567")), (sha("maija@gmail.com"), "")}


def test_somebody_whose_only_identifier_is_shared_with_a_no_is_removed_whole(crowd, exported, removed):
    crowd.add("m.aija@gmail.com")
    exported("google")
    crowd.add("maija@gmail.com", grants="", refuses="ad_audiences:google")
    assert pairs(removed("google")) == {(sha("maija@gmail.com"), "")}


@pytest.mark.parametrize("kind", ["email", "phone"])
def test_an_identifier_suppressed_alone_is_removed_alone(crowd, exported, removed, database, kind):
    person = crowd.add("yes@example.com", phone="+358401234567")
    exported("google")
    with database.session() as session:
        key = {"email": person.email_suppression, "phone": person.phone_suppression}[kind]
        suppression.suppress(session, key, kind, "all", "objection", NOW)
        session.commit()
    both = {"email": sha("yes@example.com"), "phone": sha("+358401234567")}
    gone = both | {name: "" for name in both if name != kind}
    assert pairs(removed("google")) == {tuple(gone.values())}


def test_what_was_never_sent_is_not_sent_to_be_removed(crowd, exported, removed):
    crowd.withdraw(crowd.add("objector@example.com", phone="+35891234567"))
    colleague = crowd.add("colleague@example.com", phone="+35891234567")
    exported("google")
    crowd.withdraw(colleague)
    assert pairs(removed("google")) == {(sha("colleague@example.com"), "")}


def test_whoever_is_no_longer_the_first_of_a_mailbox_leaves_by_what_they_alone_hold(crowd, exported, removed):
    crowd.add("m.aija@gmail.com", phone="+358401234567")
    exported("google")
    crowd.add("maija@gmail.com")
    (row,) = exported("google")
    # Ids are random, so either may be the first: the mailbox stays in by the one or by the other.
    assert pairs(removed("google")) == (set() if row["Phone"] else {("", sha("+358401234567"))})


def test_an_advertising_identifier_leaves_with_the_person(crowd, exported, removed):
    device = "5f3a2b18-9c4d-4e7f-b8e2-17d3a1e69b25"
    gone = crowd.add("gone@example.com", listed=("advertising_id",), advertising_id=device)
    untold = crowd.add("untold@example.com", advertising_id=device.replace("5", "6"))
    exported("meta")
    for person in (gone, untold):
        crowd.withdraw(person)
    assert {(row["email"], row["madid"]) for row in removed("meta")} == {
        (sha("gone@example.com"), device),
        (sha("untold@example.com"), ""),
    }


def test_an_advertising_identifier_leaves_when_the_wording_lists_it_no_more(crowd, exported, removed):
    device = "5f3a2b18-9c4d-4e7f-b8e2-17d3a1e69b25"
    person = crowd.add("yes@example.com", listed=("advertising_id",), advertising_id=device)
    exported("meta")
    crowd.withdraw(person)
    crowd.grant(person, "ad_audiences")
    assert {(row["email"], row["madid"]) for row in removed("meta")} == {("", device)}


def test_after_the_removal_the_platform_holds_what_it_would_be_given_now(crowd, exported, removed, database):
    phones = ["+358401234560", "+358401234561"]
    people = [crowd.add(f"person{n}@example.com", phone=phones[n % 2]) for n in range(8)]
    held = {value for row in exported("google") for value in row.values()}
    crowd.withdraw(people[0])
    crowd.change(people[1], restricted_at=NOW)
    crowd.object_to_everything(people[2])
    with database.session() as session:
        suppression.suppress(session, people[3].email_suppression, "email", "all", "objection", NOW)
        session.commit()
    held -= {value for row in removed("google") for value in row.values()}
    assert held == {value for row in exported("google") for value in row.values()} - {""}
    assert held


def test_a_removal_file_is_the_same_until_people_come_back(crowd, exported, removed):
    gone = crowd.add("gone@example.com")
    exported("google")
    crowd.withdraw(gone)
    assert removed("google") == removed("google") != []


def test_a_company_is_removed_when_nobody_there_agrees_any_more(crowd, exported, removed):
    at = {"website_domain": "example.fi", "company": "Yritys Oy", "listed": LISTED}
    first, second = crowd.add("a@example.fi", **at), crowd.add("b@example.fi", **at)
    exported("linkedin-companies")
    crowd.withdraw(first)
    assert removed("linkedin-companies") == []
    crowd.withdraw(second)
    (row,) = removed("linkedin-companies")
    assert (row["companywebsite"], row["companyname"]) == ("example.fi", "Yritys Oy")


def test_a_company_of_which_an_owner_alone_is_left_is_removed(crowd, exported, removed):
    at = {"website_domain": "example.fi", "company": "Yritys Oy", "listed": LISTED}
    crowd.add("owner@example.fi", role="owner", **at)
    second = crowd.add("b@example.fi", role="sales", **at)
    exported("linkedin-companies")
    crowd.change(second, website_domain="other.example")
    assert [row["companywebsite"] for row in removed("linkedin-companies")] == ["example.fi"]


def test_a_company_whose_website_turns_out_to_be_a_mail_host_is_removed(
    crowd, exported, removed, monkeypatch
):
    crowd.add("a@host.example", website_domain="host.example", company="Host", listed=LISTED)
    exported("linkedin-companies")
    monkeypatch.setattr(companies, "_FREE_MAIL", ["host.example"])
    assert [row["companywebsite"] for row in removed("linkedin-companies")] == ["host.example"]


def test_a_company_is_removed_when_its_people_are_shut_out_by_a_shared_mailbox(crowd, exported, removed):
    crowd.add("m.aija@gmail.com", website_domain="example.fi", company="Yritys Oy", listed=LISTED)
    exported("linkedin-companies")
    crowd.add("maija@gmail.com", grants="", refuses="ad_audiences:linkedin")
    assert [row["companywebsite"] for row in removed("linkedin-companies")] == ["example.fi"]


def test_companies_to_remove_have_their_people_on_record(crowd, exported, removed, database):
    person = crowd.add("maija@example.fi", company="Yritys Oy", website_domain="example.fi", listed=LISTED)
    exported("linkedin-companies")
    crowd.withdraw(person)
    removed("linkedin-companies")
    with database.session(write=False) as session:
        kinds = select(Export.kind).join(Membership).where(Membership.person_id == person.id)
        assert set(session.scalars(kinds)) == {"upload", "removal"}


def test_the_record_of_a_removal_counts_the_rows_that_left(crowd, exported, database, settings):
    first, second = crowd.many(2)
    exported("google")
    crowd.withdraw(first)
    google = platform("google", settings.data)
    with database.session() as session:
        ordered = order_removal(session, google, actor="command", now=NOW)
        session.commit()
    crowd.withdraw(second)
    with handout(database, settings, google, ordered.id, now=NOW) as ready:
        assert (ready.rows, b"".join(stream(ready)).count(b"\n")) == (2, 3)
    with database.session(write=False) as session:
        assert session.get_one(Export, ordered.id).rows == 2


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_removal_file_has_no_smallest_size(crowd, exported, database, settings):
    exported_one = crowd.add("gone@example.com")
    exported("google")
    crowd.withdraw(exported_one)
    google = platform("google", settings.data)
    with database.session() as session:
        ordered = order_removal(session, google, actor="command", now=NOW)
        session.commit()
    with handout(database, settings, google, ordered.id, now=NOW) as ready:
        assert ready.rows == 1
        assert b"".join(stream(ready)).count(b"\n") == 2
    with database.session(write=False) as session:
        assert session.get_one(Export, ordered.id).notices == []


@pytest.mark.parametrize("backend", ["postgresql"])
def test_everybody_who_is_in_is_planned_for_as_nearly_everybody(crowd, database, settings):
    """Taken for one row, a nested loop is chosen, and a removal file of many people takes minutes."""
    crowd.many(40)
    eligibility = Eligibility(platform("google", settings.data).layout, {})
    with database.session() as session:
        session.execute(text("ANALYZE"))
        query = eligibility.eligible(Person.id).compile(
            session.get_bind(), compile_kwargs={"literal_binds": True}
        )
        [plan] = session.scalar(text(f"EXPLAIN (FORMAT JSON) {str(query).replace(':', chr(92) + ':')}"))
    assert plan["Plan"]["Plan Rows"] >= 20
