"""People brought in by a marketer in the browser: columns named, checked, stored by the worker, once."""

import re

import pytest
from sqlalchemy import func, select, update

from clevenio import audit
from clevenio.errors import BadInput
from clevenio.people import erasures, suppression
from clevenio.people.identifiers import address
from clevenio.people.imports import keeping, operations, staff, working
from clevenio.people.imports.models import FilePart, PeopleImport, StoredStep
from clevenio.people.models import Person, Suppression
from clevenio.rights.retention.rules import retention
from tests.people.imports.steps import HOME, PROOF, checked, columns, one_database, post, upload
from tests.support.factories import NOW, SUPPRESSION_KEY


def count(database, model):
    with database.session(write=False) as session:
        return session.scalar(select(func.count()).select_from(model))


def state(database):
    with database.session(write=False) as session:
        return session.scalar(select(PeopleImport.state))


def title(client, where):
    return re.search(r"<title>(.*?) – ", client.get(where).text)[1]


@one_database
def test_the_pages_are_for_marketers(client, sign_in_staff):
    assert client.get(HOME).status_code == 303
    assert sign_in_staff("marketer").get(HOME).status_code == 200
    assert sign_in_staff("support").get(HOME).status_code == 403


def test_a_file_goes_in_by_three_steps_and_nothing_is_stored_before_the_last(marketer, work, database):
    where = checked(marketer, work)
    page = marketer.get(where)
    assert "2 people would come in or change." in page.text
    assert count(database, Person) == 0
    assert post(marketer, f"{where}/storing").status_code == 303
    work()
    assert "The people are here" in marketer.get(where).text
    with database.session(write=False) as session:
        assert sorted(session.scalars(select(Person.email))) == ["aino@example.fi", "veikko@example.fi"]
        assert session.scalars(select(FilePart)).all() == []
        actions = list(session.scalars(select(audit.AuditEntry.action).order_by(audit.AuditEntry.id)))
        assert [each for each in actions if each.startswith("people.")] == [
            "people.upload",
            "people.preview",
            "people.preview",
            "people.import",
        ]
        assert "staff:" in session.scalars(select(audit.AuditEntry.actor)).all()[-1]


@one_database
def test_the_columns_of_an_export_are_filled_in_with_an_example_beside_each(marketer):
    where = upload(marketer).location
    assert list(columns(marketer, where).values()) == [
        "", "email", "first_name", "last_name", "", "consent", "consent_at", "consent_source", "consent_wording",
    ]  # fmt: skip
    page = marketer.get(where)
    assert "An export of HubSpot" in page.text
    assert "aino@example.fi" in page.text


@one_database
def test_a_column_chosen_twice_is_said_beside_it_and_no_choice_is_lost(marketer, database):
    where = upload(marketer).location
    chosen = {**columns(marketer, where), "column_4": "email", "column_2": "last_name", "column_3": ""}
    answer = post(marketer, where, where, **chosen)
    assert answer.status_code == 422
    assert "Two columns of the file mean “E-mail address”." in answer.text
    assert '<option selected value="last_name">' in answer.text
    assert state(database) == "received"


@one_database
def test_without_a_column_of_addresses_the_page_says_so_in_words(marketer):
    where = upload(marketer).location
    answer = post(marketer, where, where, **{**columns(marketer, where), "column_1": ""})
    assert answer.status_code == 422
    assert "The file has no column “E-mail address”." in answer.text


@one_database
def test_the_page_says_what_a_second_phone_and_a_job_title_are_taken_for(marketer):
    where = upload(
        marketer,
        "Record ID,Email,Work email,Mobile Phone Number,Phone Number,Job Title\n1,a@example.fi,,,,\n",
    )
    page = marketer.get(where.location).text
    assert list(columns(marketer, where.location).values()) == ["", "email", "", "mobile", "phone", "title"]
    assert "Two columns hold the same, and “Email” is used." in page
    assert "Used on the rows where “Phone Number” is empty." in page
    assert "Taken as the role where it is one of these: Owner or founder, Chief executive," in page
    assert page.count('class="hint"') == 3


@one_database
def test_the_title_of_the_page_says_how_far_the_file_is(marketer, work):
    where = upload(marketer).location
    post(marketer, where, where, **columns(marketer, where))
    page = where.removesuffix("/columns")
    titles = [title(marketer, page)]
    work()
    titles.append(title(marketer, page))
    post(marketer, f"{page}/storing")
    titles.append(title(marketer, page))
    work()
    assert [*titles, title(marketer, page)] == [
        "The file is being checked",
        "The file has been checked",
        "The people are being stored",
        "The people are here",
    ]


@one_database
def test_a_file_without_consent_says_which_evidence_is_missing(marketer, work):
    where = checked(marketer, work, "email,consent\naino@example.fi,newsletter\n")
    page = marketer.get(where)
    assert "No consent comes with this file" in page.text
    for name in ("consent_at", "consent_source", "consent_wording"):
        assert f"<code>{name}</code>" in page.text
    assert "<code>consent</code>" not in page.text


@one_database
def test_what_was_rejected_is_a_file_of_lines_and_reasons_without_the_data(marketer, work):
    where = checked(marketer, work)
    file = marketer.get(f"{where}/rejects.csv")
    assert file.mimetype == "text/csv"
    assert file.text.splitlines() == [
        "\N{ZERO WIDTH NO-BREAK SPACE}Line,What happened,Column,Reason",
        "4,Row left out,E-mail address,An e-mail address has no spaces in it.",
    ]


@one_database
def test_the_same_file_again_changes_nothing(marketer, work):
    for _ in range(2):
        where = checked(marketer, work)
        post(marketer, f"{where}/storing")
        work()
    page = marketer.get(checked(marketer, work)).text
    assert "Nobody would come in, and nobody would change." in page
    assert "No new consent comes with this file" in page
    assert "No consent comes with this file" not in page


@one_database
def test_whoever_was_erased_or_opted_out_stays_out_in_the_browser_too(marketer, work, database):
    with database.session() as session:
        gone = suppression.email_key(SUPPRESSION_KEY, address("aino@example.fi").mailbox_key)
        erasures.add(session, gone, "email", erasures.Ground.REQUEST, NOW)
        left = suppression.email_key(SUPPRESSION_KEY, address("veikko@example.fi").mailbox_key)
        suppression.suppress(session, left, "email", suppression.EVERYTHING, "objection", NOW)
        session.commit()
    where = checked(marketer, work)
    page = marketer.get(where)
    assert "This person was erased at their request" in page.text
    assert "This person opted out of everything" in page.text
    assert "Store these people" not in page.text


@one_database
def test_a_file_of_those_who_left_elsewhere_is_stored_for_that_alone(marketer, work, database):
    where = checked(marketer, work, b"Email,Portal Bounce,Portal Unsubscribe\naino@example.fi,,TRUE\n")
    page = marketer.get(where)
    assert "1 mailbox would be suppressed" in page.text
    assert "This person opted out there, and so here" in page.text
    assert count(database, Suppression) == 0
    post(marketer, f"{where}/storing")
    work()
    assert (count(database, Suppression), count(database, Person)) == (1, 0)


@one_database
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"PK\x03\x04zipped", "Excel workbook or a zip archive"),
        (b"email\n\x00\x01\x02", "This is not a CSV file."),
        (b"", "The file is empty."),
        (b"aino@example.fi,Aino\n", "The first line holds an address."),
        ("email\n".encode("utf-16"), "The file is in UTF-16."),
    ],
)
def test_what_is_no_table_gets_a_clear_answer_beside_the_field(marketer, database, content, sentence):
    answer = upload(marketer, content)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert count(database, PeopleImport) == 0


@one_database
def test_a_file_that_breaks_off_below_its_first_line_says_on_which(marketer, work):
    where = checked(marketer, work, b"email\n" + b"aino@example.fi\n" * 1_000 + b"\xff\xfe\n")
    page = marketer.get(where)
    assert "Line 1002 is not in UTF-8." in page.text
    assert "Store these people" not in page.text


@one_database
def test_no_file_is_said_beside_the_field(marketer):
    assert "Choose a file." in post(marketer, HOME).text


@one_database
def test_a_file_larger_than_the_limit_names_the_limit_and_the_other_way(marketer, monkeypatch):
    monkeypatch.setattr(staff, "LARGEST", 2_000)
    monkeypatch.setattr(staff, "AROUND", 0)
    answer = upload(marketer, b"email\n" + b"a" * 4_000)
    assert answer.status_code == 413
    assert "The file is larger than" in answer.text
    assert "clevenio people import" in answer.text


@one_database
def test_a_file_larger_than_other_forms_may_be_is_taken(marketer):
    rows = "".join(f"made.up.{n}@example.fi,{'x' * 90}\n" for n in range(12_000))
    assert len(rows) > 1_000_000
    assert upload(marketer, f"email,notes\n{rows}").status_code == 303


@one_database
def test_nothing_is_stored_that_was_not_checked_as_it_is_now(marketer, work):
    where = checked(marketer, work)
    columns_page = f"{where}/columns"
    post(marketer, columns_page, columns_page, **columns(marketer, columns_page))
    assert post(marketer, f"{where}/storing").status_code == 403


@one_database
def test_the_same_columns_named_in_two_tabs_lead_to_one_check(marketer, work):
    where = upload(marketer).location
    named = columns(marketer, where)
    first = post(marketer, where, **named)
    again = post(marketer, where, **named)
    assert (first.status_code, again.status_code, again.location) == (303, 303, first.location)
    assert post(marketer, where, **{**named, "column_2": ""}).status_code == 403
    work()
    assert "2 people would come in or change." in marketer.get(first.location).text


def test_two_marketers_store_one_file_once(marketer, sign_in_staff, work, database):
    where = checked(marketer, work)
    other = sign_in_staff("marketer", email="other@example.com")
    assert post(marketer, f"{where}/storing").status_code == 303
    assert post(other, f"{where}/storing").location == where
    work()
    assert post(other, f"{where}/storing").location == where
    work()
    assert count(database, Person) == 2


def test_a_worker_that_was_thought_dead_stores_nothing_beside_the_next(app, marketer, work, database, clock):
    where = checked(marketer, work)
    post(marketer, f"{where}/storing")
    kit = app.extensions["clevenio"]
    first = working._claim(database, kit.clock())
    clock.advance(minutes=20)
    with keeping.as_file(database, kit.settings.secret_keys, kit.settings.data, first.id) as path:
        work()
        with pytest.raises(working._Lost):
            working._work(database, kit.settings, first, path, kit.clock)
    assert count(database, Person) == 2
    assert state(database) == "stored"


@one_database
def test_a_file_that_kills_its_worker_is_given_up(app, marketer, database, clock, monkeypatch):
    where = upload(marketer).location
    post(marketer, where, where, **columns(marketer, where))
    kit = app.extensions["clevenio"]

    def die(*_arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(working, "_work", die)
    for _ in range(working.ATTEMPTS):
        with pytest.raises(KeyboardInterrupt):
            working.go_on(database, kit.settings, kit.clock)
        clock.advance(minutes=20)
    working.go_on(database, kit.settings, kit.clock)
    assert "could not be worked on" in marketer.get(where.removesuffix("/columns")).text


def test_a_worker_goes_on_where_another_was_killed(app, marketer, work, database, clock, monkeypatch):
    rows = "".join(f"kukka{n}@example.com,{PROOF}\n" for n in range(7))
    where = checked(
        marketer, work, f"email,consent,consent_at,consent_source,consent_wording\n{rows}oops,,,,\n"
    )
    post(marketer, f"{where}/storing")
    say, said = working._say, []

    def die_at_the_third(*arguments, **values):
        said.append(values)
        if len(said) == 3:
            raise KeyboardInterrupt
        say(*arguments, **values)

    monkeypatch.setattr(operations, "CHUNK", 2)
    monkeypatch.setattr(working, "_say", die_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        work()
    assert count(database, Person) == 4
    monkeypatch.setattr(working, "_say", say)
    clock.advance(minutes=3)
    work()
    with database.session(write=False) as session:
        report = session.scalar(select(PeopleImport.report))
    assert [report[name] for name in ("rows", "accepted", "unchanged", "rejected", "consents")] == [
        8,
        7,
        0,
        1,
        7,
    ]
    assert (count(database, Person), count(database, StoredStep), state(database)) == (7, 0, "stored")


@one_database
def test_a_file_given_up_in_its_middle_says_up_to_which_line_its_people_are_here(
    app, marketer, work, database, clock, monkeypatch
):
    where = checked(marketer, work, "email\n" + "".join(f"kukka{n}@example.com\n" for n in range(6)))
    post(marketer, f"{where}/storing")
    say = working._say

    def die_at_the_end(session, claimed, now, **values):
        if values.get("progress", 0) > 4:
            raise KeyboardInterrupt
        say(session, claimed, now, **values)

    monkeypatch.setattr(operations, "CHUNK", 2)
    monkeypatch.setattr(working, "_say", die_at_the_end)
    for _ in range(working.ATTEMPTS):
        with pytest.raises(KeyboardInterrupt):
            work()
        clock.advance(minutes=3)
    work()
    assert "The people of its lines up to 5 are here" in marketer.get(where).text
    assert count(database, Person) == 4


@one_database
def test_looking_at_the_columns_of_a_large_file_reads_its_beginning_alone(marketer, database, monkeypatch):
    monkeypatch.setattr(keeping, "PART", 1_000)
    where = upload(marketer, "email,notes\n" + "aino@example.fi,ä\n" * 1_000).location
    assert count(database, FilePart) > 10
    with database.session() as session:
        session.execute(update(FilePart).where(FilePart.number > 0).values(content=b"torn"))
        session.commit()
    assert "aino@example.fi" in marketer.get(where).text


def test_a_discarded_file_is_gone_with_its_bytes(marketer, work, database):
    where = checked(marketer, work)
    assert post(marketer, f"{where}/discarding").status_code == 303
    assert marketer.get(where).status_code == 404
    assert count(database, FilePart) == 0


def test_bytes_are_kept_encrypted_and_go_after_a_day(marketer, database, settings, clock):
    upload(marketer)
    with database.session(write=False) as session:
        assert b"aino" not in session.scalars(select(FilePart.content)).one()
    clock.advance(days=1, hours=2)
    retention(settings, database).tick(clock.now)
    assert count(database, FilePart) == 0
    assert count(database, PeopleImport) == 0


@one_database
def test_a_file_that_is_received_lies_in_no_folder_of_the_system(marketer, settings, monkeypatch):
    where = []

    def receive(_session, _keys, path, *_rest):
        where.append(path)
        raise BadInput("That is no file.", reason="empty")

    monkeypatch.setattr(staff.receiving, "receive", receive)
    assert upload(marketer).status_code == 422
    [path] = where
    assert path.parent == settings.data
    assert path.name.startswith("people-import-")
    assert not path.exists()
