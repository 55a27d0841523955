"""How much of a file a platform matched: written down once a day, put right, drawn, and taken back."""

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from clevenio import audit
from clevenio.audiences.models import Export
from clevenio.audiences.uploads import operations
from clevenio.audiences.uploads.models import Match
from clevenio.errors import BadInput
from clevenio.people.staff_members import Role
from tests.audiences.conftest import HOME, posted
from tests.support.factories import NOW

TODAY = date(2026, 6, 1)


@pytest.fixture
def marketer(signed_in):
    return signed_in(Role.MARKETER)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_matched_size_becomes_a_rate_and_a_chart(marketer, file):
    file(created_at=NOW - timedelta(days=7))
    page = f"{HOME}/exports/{file(created_at=NOW - timedelta(days=1))}"
    for matched, day in (("280", "2026-05-31"), ("300", "2026-06-01")):
        fields = {"identifier": "", "matched": matched, "read_on": day}
        assert posted(marketer, page, f"{page}/matches", **fields).status_code == 303
    assert "75%" in marketer.get(page).text
    segment = marketer.get(f"{HOME}/segments/all").text
    assert "Matched by all together" in segment
    assert 'class="drawn"' in segment


@pytest.mark.parametrize("backend", ["sqlite"])
def test_readings_and_files_stand_in_a_chart_by_their_days(marketer, file, database):
    # The one that was ordered first was fetched last.
    numbers = [file(created_at=NOW - timedelta(days=days), rows=400) for days in (30, 10, 20)]
    with database.session() as session:
        for number, days in zip(numbers, (29, 0, 1), strict=True):
            facts = {"sent": 400, "matched": 200, "entered_at": NOW, "entered_by": "somebody"}
            read_on = TODAY - timedelta(days=days)
            session.add(Match(export_id=number, identifier="email", read_on=read_on, **facts))
        session.commit()
    segment = marketer.get(f"{HOME}/segments/all").text
    lines = re.findall(r'<path class="drawn" d="([^"]*)"', segment)
    places = [re.findall(r"[ML] (\d+) ", line) for line in lines]
    assert places == [["0", "10", "20"], ["0", "10", "20"], ["0", "28", "29"]]
    assert "Matched by e-mail address: Google Ads" in segment


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"matched": "401"}, "At most the 400 that were sent can match."),
        ({"matched": "-1"}, "At most the 400 that were sent can match."),
        ({"matched": "many"}, "Not a valid integer value."),
        ({"read_on": "2026-06-02"}, "This day lies before the file, or in the future."),
        ({"identifier": "phone"}, "The file carried nothing of this kind."),
    ],
)
def test_a_match_that_cannot_be_is_said_beside_its_field(marketer, file, fields, message):
    page = f"{HOME}/exports/{file()}"
    sent = {"identifier": "", "matched": "300", "read_on": "2026-06-01", **fields}
    answer = posted(marketer, page, f"{page}/matches", **sent)
    assert answer.status_code == 422
    assert message in answer.text


@pytest.fixture
def reading(marketer, file, database):
    """The page of a file and that of the figure that was written down about it: too many by a slip."""
    page = f"{HOME}/exports/{file()}"
    posted(marketer, page, f"{page}/matches", identifier="", matched="390", read_on="2026-06-01")
    with database.session(write=False) as session:
        return page, f"{page}/matches/{session.scalars(select(Match.id)).one()}"


def entries(database):
    with database.session(write=False) as session:
        found = session.scalars(select(audit.AuditEntry).order_by(audit.AuditEntry.sequence))
        return [(entry.action, entry.details.get("before"), entry.details.get("after")) for entry in found]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_figure_is_corrected_and_the_trail_keeps_both(marketer, reading, database):
    page, own = reading
    assert f'href="{own}"' in marketer.get(page).text
    assert 'value="390"' in marketer.get(own).text
    assert posted(marketer, own, own, identifier="", matched="300", read_on="2026-06-01").location == page
    assert "75%" in marketer.get(page).text
    before = {"identifier": "", "matched": 390, "sent": 400, "read_on": "2026-06-01"}
    change = ("audience.match_change", before, {**before, "matched": 300})
    assert entries(database) == [("audience.match", None, None), change]


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"matched": "401"}, "At most the 400 that were sent can match."),
        ({"read_on": "2026-06-02"}, "This day lies before the file, or in the future."),
        ({"matched": "many"}, "Not a valid integer value."),
    ],
)
def test_a_correction_that_cannot_be_is_said_beside_its_field(marketer, reading, fields, message, database):
    _page, own = reading
    sent = {"identifier": "", "matched": "300", "read_on": "2026-06-01", **fields}
    answer = posted(marketer, own, own, **sent)
    assert (answer.status_code, message in answer.text) == (422, True)
    assert len(entries(database)) == 1


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_figure_is_deleted_and_the_trail_keeps_what_it_said(marketer, reading, database):
    page, own = reading
    assert posted(marketer, own, f"{own}/deletion").location == page
    assert "What the platform matched" not in marketer.get(page).text
    assert entries(database)[1][0::2] == ("audience.match_end", None)
    assert entries(database)[1][1]["matched"] == 390
    assert marketer.get(own).status_code == 404


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("is_other_file", [False, True])
def test_a_second_figure_of_a_day_is_refused_and_may_take_the_firsts_place(
    marketer, reading, file, database, is_other_file
):
    page, own = reading
    fields = {"identifier": "", "matched": "300", "read_on": "2026-06-01"}
    second = f"{HOME}/exports/{file()}" if is_other_file else page
    answer = posted(marketer, second, f"{second}/matches", **fields)
    assert answer.status_code == 422
    assert "There is a figure of this day already." in answer.text
    assert (
        f"390 of 400 were matched, as somebody wrote down of audience file {page.rsplit('/', 1)[1]}."
        in answer.text
    )
    assert f'href="{own}"' in answer.text
    assert 'value="300"' in answer.text
    assert answer.text.index("Write it down") < answer.text.index(f'formaction="{own}"')
    assert posted(marketer, page, own, **fields).status_code == 303
    with database.session(write=False) as session:
        assert session.scalars(select(Match.matched)).all() == [300]


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("values", "read_on"),
    [
        ({}, "2026-05-31"),
        ({"platform": "meta"}, "2026-06-01"),
        ({"segment": "Sales"}, "2026-06-01"),
        ({"is_added_only": True}, "2026-06-01"),
    ],
)
def test_a_figure_of_something_else_stands_beside_it(marketer, reading, file, values, read_on):
    other = f"{HOME}/exports/{file(created_at=NOW - timedelta(days=1), **values)}"
    answer = posted(marketer, other, f"{other}/matches", identifier="", matched="300", read_on=read_on)
    assert answer.status_code == 303


@pytest.mark.parametrize("backend", ["sqlite"])
def test_no_correction_moves_a_figure_to_a_day_that_has_one_and_two_of_one_day_may_be_put_right(
    marketer, file, database
):
    number = file(created_at=NOW - timedelta(days=1))
    page, day = f"{HOME}/exports/{number}", date(2026, 5, 31)
    with database.session() as session:
        session.add_all(
            Match(
                export_id=number,
                identifier="",
                sent=400,
                matched=each,
                read_on=read_on,
                entered_at=NOW,
                entered_by="x",
            )
            for each, read_on in ((390, TODAY), (280, day), (285, day))
        )
        session.commit()
        first, second, _twin = session.scalars(select(Match.id).order_by(Match.id))
    own = f"{page}/matches/{first}"
    answer = posted(marketer, own, own, identifier="", matched="391", read_on="2026-05-31")
    assert (answer.status_code, 'value="391"' in answer.text) == (422, True)
    assert "There is a figure of 31 May 2026 already" in answer.text.replace("\N{NO-BREAK SPACE}", " ")
    own = f"{page}/matches/{second}"
    assert posted(marketer, own, own, identifier="", matched="281", read_on="2026-05-31").status_code == 303


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_figure_belongs_to_its_file(marketer, reading, file):
    _page, own = reading
    assert marketer.get(f"{HOME}/exports/{file()}/matches/{own.rsplit('/', 1)[1]}").status_code == 404


def test_a_rate_by_an_identifier_counts_the_rows_that_carried_it(crowd, exported, database):
    crowd.add("aino@example.fi", phone="+358401234567")
    crowd.add("veikko@example.fi")
    exported("google")
    with database.session() as session:
        export = session.scalars(select(Export)).one()
        match = operations.enter_match(session, export, "phone", 1, TODAY, "staff", NOW)
        assert (match.sent, match.rate) == (1, 1.0)
        with pytest.raises(BadInput):
            operations.enter_match(session, export, "phone", 2, TODAY, "staff", NOW)
