"""A table that becomes a list on a narrow screen stays a table for those who listen."""

import re

import pytest

NARROW, WIDE = 360, 1280
ROLES = "table => [table, ...table.querySelectorAll('tbody, tbody *')].map(part => part.getAttribute('role')).filter(role => role)"
PATHS = pytest.mark.parametrize("path", ["/en/cookies", "/fi/tietosuoja"])


@pytest.mark.parametrize("backend", ["sqlite"])
@PATHS
def test_the_markup_says_nothing_twice_and_each_cell_names_its_column(client, path):
    tables = re.findall(r'<table class="table tall".*?</table>', client.get(path).text, re.DOTALL)
    assert tables
    for part, rest in re.findall(r"<(table|thead|tbody|tr|th|td)\b([^>]*)>", "".join(tables)):
        assert "role=" not in rest, (part, rest)
        assert part != "td" or "data-label=" in rest, rest


@pytest.mark.browser
@PATHS
def test_where_scripts_run_it_is_said_by_roles_that_no_style_takes_away(live_site, new_page, path):
    page = new_page(width=NARROW)
    page.goto(live_site.url + path)
    found = page.locator("table.tall").first.evaluate(ROLES)
    assert found[:3] == ["table", "rowgroup", "row"]
    assert {"rowheader", "cell"} <= set(found)
