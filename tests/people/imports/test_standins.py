"""A mobile number beside a phone, and a job title beside a role."""

import html
import pickle
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from clevenio.people.imports.rows import Reader, Rules
from tests.people.imports.steps import checked, one_database

RULES = Rules("a-key", datetime(2026, 6, 1, 7, 30, tzinfo=UTC), ZoneInfo("Europe/Helsinki"))
MAIN, MOBILE = "+358401234567", "+358471234567"


def read(names, *rows):
    """What such rows come to, each with an address of its own."""
    lines = [(line, (f"made.up.{line}@example.com", *cells)) for line, cells in enumerate(rows, 2)]
    return Reader(["email", *names], RULES).read(lines)


@pytest.mark.parametrize("names", [("phone", "mobile"), ("mobile", "phone")])
def test_a_mobile_number_counts_where_the_cell_of_the_phone_is_empty(names):
    rows = [{"phone": MAIN, "mobile": MOBILE}, {"phone": " ", "mobile": MOBILE}, {"phone": "", "mobile": ""}]
    found = read(names, *([row[name] for name in names] for row in rows))
    assert found.rows.facts["phone"] == [MAIN, MOBILE, None]
    assert found.rows.facts["phone_suppression"][1]
    assert not found.rejects


def test_without_a_phone_in_the_file_the_mobile_number_is_it():
    assert read(["mobile"], ["047 123 4567"]).rows.facts["phone"] == [MOBILE]


def test_a_mobile_number_that_cannot_be_read_keeps_a_row_out_only_where_it_is_needed():
    found = read(["phone", "mobile"], [MAIN, "ask reception"], ["", "ask reception"])
    assert found.rows.lines == [2]
    assert [(note.line, note.column) for notes in found.rejects for note in notes] == [(3, "phone")]


def test_a_title_that_is_a_role_is_the_role_where_there_is_no_other():
    rows = [
        ("Toimitusjohtaja", ""),
        ("chief  executive", ""),
        ("Sales", "finance"),
        ("", "finance"),
        ("", ""),
    ]
    found = read(["title", "role"], *rows)
    assert found.rows.facts["role"] == ["chief_executive", "chief_executive", "finance", "finance", None]
    assert not found.warnings


def test_a_title_that_is_none_brings_the_row_in_without_a_role_and_says_so_beside_other_warnings():
    found = read(
        ["title", "role", "consent"],
        ["Head of Fun", "", "newsletter"],
        ["Head of Fun", "sales", ""],
        ["\N{ZERO WIDTH SPACE}", "", ""],
        ["x" * 200, "", ""],
    )
    assert found.rows.facts["role"] == [None, "sales", None, None]
    told = {line: [(note.column, note.code) for note in notes] for line, notes in found.warnings.items()}
    assert told == {2: [("title", "no_role"), ("consent", "unproved")], 5: [("title", "no_role")]}
    # Another process reads the rows.
    assert pickle.loads(pickle.dumps(found.warnings)) == found.warnings


def test_a_row_that_cannot_be_taken_says_nothing_of_its_title():
    found = read(["title", "country"], ["Head of Fun", "nowhere"])
    assert (len(found.rejects), found.warnings) == (1, {})


@one_database
def test_titles_that_are_no_role_are_told_of_at_once(marketer, work):
    text = "Record ID,Email,Job Title\n" + "".join(f"{n},a{n}@example.fi,Title {n}\n" for n in range(3))
    page = html.unescape(marketer.get(checked(marketer, work, text)).text)
    assert "3 people would come in or change." in page
    assert page.count("No role was stored: the job title is none of the roles here.") == 1
    assert '<td class="number" data-label="Rows">3</td>' in page
