"""The page of cookie choices: counts by day, language and version, for the roles whose work it is."""

import re

import pytest

from clevenio.consent.installation import shown_counter
from clevenio.consent.notices import choices_notice
from tests.support.application import new_client

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


@pytest.fixture
def staff(sign_in_staff, clock):
    return sign_in_staff("marketer")


@pytest.fixture
def happened(app, clock):
    """Four visitors: Finnish allowed all; English refused, chose, and allowed all only to take it back."""

    def visit(language, *acts):
        browser = new_client(app)
        browser.get(f"/{language}/")
        path = {"fi": "/fi/valinnat", "en": "/en/choices"}[language]
        for fields in acts:
            notice = choices_notice(language).id
            assert browser.post(path, data={**fields, "notice": notice}).status_code == 303
            clock.advance(minutes=1)

    visit("fi", {"decision": "accept"})
    visit("en", {"decision": "reject"})
    visit("en", {"decision": "save", "category": "analytics"})
    visit("en", {"decision": "accept"}, {"decision": "reject"})
    visit("en")
    shown_counter(app).write()


def row(page, head):
    """The numbers of a table's row: shown, allowed, chosen, refused, taken back."""
    (found,) = re.findall(rf"<tr><th scope=\"row\">[^\n]*{head}[^\n]*</th>(.*?)</tr>", page)
    return [int(number) for number in re.findall(r">(\d+)</td>", found)]


def test_a_page_of_nothing_says_how_something_comes_about(staff):
    page = staff.get("/staff/rates").text
    assert "Nothing counted yet" in page
    assert "<svg" not in page.partition("<main")[2]


def test_the_tables_hold_what_happened(staff, happened):
    page = staff.get("/staff/rates").text
    assert row(page, choices_notice("fi").id[-8:]) == [1, 1, 0, 0, 0]
    assert row(page, choices_notice("en").id[-8:]) == [4, 1, 1, 1, 1]
    today = page.partition('datetime="2026-06-01"')[2].partition("</tr>")[0]
    assert re.findall(r">(\d+)</td>", today) == ["5", "2", "1", "1", "1"]
    assert len(re.findall(r'<svg[^>]* class="chart[ "]', page)) == 3
    assert "Everything allowed, 50%" in page


@pytest.mark.parametrize(
    ("query", "answered"),
    [
        ({"language": "fi"}, "100%"),
        ({"language": "en"}, "33%"),
        ({"version": "fi"}, "100%"),
        ({"version": "fi", "language": "en"}, None),
        ({"period": "7"}, "50%"),
        ({"period": "365"}, "50%"),
    ],
)
def test_it_is_narrowed_by_time_language_and_version(staff, happened, query, answered):
    if "version" in query:
        query = {**query, "version": choices_notice(query["version"]).id}
    page = staff.get("/staff/rates", query_string=query).text
    if answered:
        assert f"Everything allowed, {answered}" in page
    else:
        assert "Nothing in this time" in page
    assert "Show everything" in page


def test_what_happened_before_the_time_is_left_out(staff, happened, clock, sign_in_staff):
    clock.advance(days=10)
    page = sign_in_staff("privacy_officer").get("/staff/rates?period=7").text
    assert "Nothing in this time" in page


@pytest.mark.parametrize(
    ("name", "value"), [("period", "8"), ("period", "x' OR 1=1"), ("language", "sv"), ("version", "0" * 32)]
)
def test_a_filter_that_is_none_is_said_beside_the_field_and_narrows_nothing(staff, happened, name, value):
    answer = staff.get("/staff/rates", query_string={name: value})
    assert answer.status_code == 422
    assert f'id="{name}-error"' in answer.text
    assert "Everything allowed, 50%" in answer.text
