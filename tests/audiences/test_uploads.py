"""What became of files: uploaded or thrown away, how much was matched, and what waits to be said."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from clevenio import audit
from clevenio.audiences.export import handout, handout_now
from clevenio.audiences.files import stream
from clevenio.audiences.models import PULL, Export, Membership
from clevenio.audiences.platforms import platform
from clevenio.audiences.removals import removal
from clevenio.audiences.segments import Choice
from clevenio.audiences.uploads import operations, queries
from clevenio.errors import Refused
from clevenio.people.staff_members import Role
from tests.audiences.conftest import HOME, posted
from tests.support.factories import NOW

TODAY = date(2026, 6, 1)


@pytest.fixture
def marketer(signed_in):
    return signed_in(Role.MARKETER)


def kept(database, number):
    with database.session(write=False) as session:
        return session.get_one(Export, number)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_file_is_marked_as_uploaded_on_a_day_and_that_is_in_the_trail(marketer, file, database):
    page = f"{HOME}/exports/{file()}"
    assert posted(marketer, page, f"{page}/upload", uploaded_on="2026-06-01").status_code == 303
    assert "1 June 2026" in marketer.get(page).text.replace("\N{NO-BREAK SPACE}", " ")
    with database.session(write=False) as session:
        assert session.scalars(select(audit.AuditEntry.action)).all() == ["audience.uploaded"]


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("kind", ["upload", "removal"])
def test_a_download_that_broke_off_says_that_the_file_is_to_be_made_anew(marketer, file, kind):
    half, whole = file(kind=kind, state="started"), file(kind=kind)
    says = "make the file anew, for its link works once"
    assert says in marketer.get(f"{HOME}/exports/{half}").text
    assert says not in marketer.get(f"{HOME}/exports/{whole}").text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_file_counts_as_broken_off_an_hour_after_its_download_began(marketer, file, clock):
    page = f"{HOME}/exports/{file(state='started')}"
    clock.advance(minutes=59)
    for shown in (page, HOME, f"{HOME}/exports"):
        text = marketer.get(shown).text
        assert ("Being fetched" in text, "Broken off" in text) == (True, False)
    clock.advance(minutes=1)
    for shown in (page, HOME, f"{HOME}/exports"):
        text = marketer.get(shown).text
        assert ("Being fetched" in text, "Broken off" in text) == (False, True)


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("day", ["2026-05-31", "2026-06-02", "", "soon"])
def test_a_day_that_cannot_be_is_said_beside_the_field(marketer, file, database, day):
    number = file()
    page = f"{HOME}/exports/{number}"
    answer = posted(marketer, page, f"{page}/upload", uploaded_on=day)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert kept(database, number).uploaded_on is None


def test_nobody_leaves_by_a_file_that_was_thrown_away_and_it_is_not_marked_as_uploaded_again(
    crowd, exported, database, settings
):
    person = crowd.add("aino@example.fi")
    exported("google")
    crowd.withdraw(person)
    layout = platform("google", settings.data).layout

    def leaving():
        with database.session(write=False) as session:
            return len(session.execute(removal(session, layout, settings.suppression_key).rows).all())

    assert leaving() == 1
    with database.session() as session:
        operations.discard(session, session.scalars(select(Export)).one(), "staff", NOW)
        session.commit()
    assert leaving() == 0
    with database.session() as session, pytest.raises(Refused, match="make the whole file again"):
        operations.mark_uploaded(session, session.scalars(select(Export)).one(), TODAY, "staff", NOW)


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    "values", [{"kind": "removal"}, {"uploaded_on": TODAY}, {"kind": "discarded"}, {"state": "prepared"}]
)
def test_what_was_uploaded_or_never_fetched_or_takes_people_out_is_not_thrown_away(file, database, values):
    number = file(**values)
    with database.session() as session, pytest.raises(Refused):
        operations.discard(session, session.get_one(Export, number), "staff", NOW)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_file_that_was_thrown_away_is_handed_out_as_nothing(file, database, settings):
    number = file(kind="discarded", state="prepared")
    google = platform("google", settings.data)
    with pytest.raises(Refused, match="thrown away"), handout(database, settings, google, number, now=NOW):
        pass
    assert kept(database, number).state == "prepared"


def due(database, settings, now):
    with database.session(write=False) as session:
        return [each.text for each in queries.due(session, settings.data, now)]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_file_of_which_nobody_said_what_became_of_it_is_asked_about_after_a_day(file, database, settings):
    file()
    assert due(database, settings, NOW + timedelta(hours=23)) == []
    assert "Say of 1 file" in due(database, settings, NOW + timedelta(hours=25))[0]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_upload_that_runs_out_after_540_days_is_said_a_month_before(file, database, settings):
    file(uploaded_on=TODAY)
    assert due(database, settings, NOW + timedelta(days=509)) == []
    told = due(database, settings, NOW + timedelta(days=511))
    assert "Google" in told[0]
    assert "23 November 2027" in told[0].replace("\N{NO-BREAK SPACE}", " ")
    file(uploaded_on=TODAY + timedelta(days=100))
    assert due(database, settings, NOW + timedelta(days=511)) == []


@pytest.mark.parametrize("backend", ["sqlite"])
def test_who_had_agreed_is_the_share_of_the_segment(file, database):
    some, nobody = file(), file(rows=0, rejects={})
    assert queries.coverage(kept(database, some)) == 0.8
    assert queries.coverage(kept(database, nobody)) is None


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_page_of_a_file_is_for_marketers(client, signed_in, file):
    page = f"{HOME}/exports/{file()}"
    assert client.get(page).status_code == 303
    assert signed_in(Role.SUPPORT, email="s@example.com").get(page).status_code == 403
    assert signed_in(Role.MARKETER).get(f"{HOME}/exports/999").status_code == 404


def test_who_leaves_after_the_platform_fetched_a_file_by_itself_goes_into_a_removal_file_whatever_staff_say(
    crowd, database, settings
):
    person, google = crowd.add("aino@example.fi"), platform("google", settings.data)
    with handout_now(database, settings, google, Choice("all", {}), actor=PULL, now=NOW) as opened:
        b"".join(stream(opened))
    crowd.withdraw(person)
    with database.session() as session:
        export = session.scalars(select(Export)).one()
        assert export.uploaded_on == TODAY
        with pytest.raises(Refused, match="whoever leaves goes into the next removal file"):
            operations.discard(session, export, "staff", NOW)
        session.commit()
        assert len(session.execute(removal(session, google.layout, settings.suppression_key).rows).all()) == 1


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_file_that_the_platform_fetched_counts_as_uploaded_on_that_day(marketer, file, database, settings):
    number = file(actor=PULL, finished_at=NOW)
    page = marketer.get(f"{HOME}/exports/{number}").text.replace("\N{NO-BREAK SPACE}", " ")
    assert "The platform fetched it by itself on 1 June 2026" in page
    assert "/discarding" not in page
    assert "/upload" not in page
    assert due(database, settings, NOW + timedelta(days=2)) == []
    assert "23 November 2027" in due(database, settings, NOW + timedelta(days=511))[0].replace(
        "\N{NO-BREAK SPACE}", " "
    )
    with database.session() as session, pytest.raises(Refused, match="the day of the fetch counts"):
        operations.mark_uploaded(session, session.get_one(Export, number), TODAY, "staff", NOW)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_fetch_by_the_platform_that_broke_off_is_neither_thrown_away_nor_asked_about(
    marketer, file, database, settings
):
    number = file(actor=PULL, state="started")
    page = marketer.get(f"{HOME}/exports/{number}").text
    assert "It may have a part of it" in page
    assert "/discarding" not in page
    assert due(database, settings, NOW + timedelta(days=511)) == []
    with database.session() as session, pytest.raises(Refused):
        operations.discard(session, session.get_one(Export, number), "staff", NOW)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_throwing_a_file_away_is_asked_once_more_with_what_follows(marketer, file, database):
    number = file()
    page = f"{HOME}/exports/{number}"
    asked = marketer.get(page).text.split('<details class="ask">')[1].split("</details>")[0]
    shown, form = asked.split("</summary>")
    assert "Mark as thrown away" in shown
    assert "This cannot be taken back." in form
    assert f'action="{page}/discarding"' in form
    assert posted(marketer, page, f"{page}/discarding").status_code == 303
    assert kept(database, number).kind == "discarded"


FATES = [
    ({"kind": "discarded"}, "Audience file 1", "Thrown away", "audience file 1, thrown away"),
    ({}, "Audience file 2", "Downloaded", "audience file 2, downloaded"),
    ({"uploaded_on": TODAY}, "Audience file 3", "1 June 2026", "audience file 3, uploaded on 2026-06-01"),
    (
        {"actor": PULL, "finished_at": NOW},
        "Audience file 4",
        "Fetched by the platform",
        "audience file 4, fetched by the platform on 2026-06-01",
    ),
    ({"kind": "removal"}, "Removal file 5", "Downloaded", "removal file 5, downloaded"),
]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_wherever_the_files_of_a_person_are_listed_it_is_said_what_became_of_each(
    marketer, app, clock, crowd, file, database
):
    person = crowd.add("aino@example.fi")
    for values, *_ in FATES:
        number = file(**values)
        with database.session() as session:
            session.add(
                Membership(
                    person_id=person.id,
                    export_id=number,
                    has_email=True,
                    has_phone=False,
                    has_advertising_id=False,
                )
            )
            session.commit()
    page = "/staff/audience-explanations"
    explained = posted(marketer, page, page, email="aino@example.fi").text
    known = marketer.get(f"/staff/people/{person.id}?why=signup").text
    for text in (explained, known):
        rows = text.replace("\N{NO-BREAK SPACE}", " ").split("<tr>")
        for _values, name, fate, _line in FATES:
            (row,) = [row for row in rows if f">{name}<" in row]
            assert fate in row, (name, row)
    assert ">Google Ads" in known
    command = app.test_cli_runner().invoke(args=["audiences", "explain", "aino@example.fi"])
    for _values, _name, _fate, line in FATES:
        assert f"in {line}\n" in command.stdout
