"""A table that becomes a list on a narrow screen stays a table for those who listen."""

import re

import pytest
from markupsafe import Markup, escape

from clevenio.web.tables import with_roles

ROLES = {"table": {"table"}, "thead": {"rowgroup"}, "tbody": {"rowgroup"}, "tr": {"row"}, "td": {"cell"}}
ROLES["th"] = {"columnheader", "rowheader"}


def test_rows_and_cells_say_what_they_are_and_data_is_left_alone():
    rows = Markup('<tr class="a"><th scope="row">{}</th><td>1</td><track></tr>').format("<td>")
    assert with_roles(rows) == (
        f'<tr role="row" class="a"><th role="rowheader" scope="row">{escape("<td>")}</th>'
        '<td role="cell">1</td><track></tr>'
    )
    assert isinstance(with_roles(rows), Markup)


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("path", ["/en/cookies", "/fi/tietosuoja"])
def test_each_part_of_a_list_of_the_site_has_its_role_and_each_cell_its_column(client, path):
    tables = re.findall(r'<table class="table tall".*?</table>', client.get(path).text, re.DOTALL)
    assert tables
    for part, rest in re.findall(r"<(table|thead|tbody|tr|th|td)\b([^>]*)>", "".join(tables)):
        role = re.search(r'role="(\w+)"', rest)
        assert role, (part, rest)
        assert role[1] in ROLES[part]
        assert part != "td" or "data-label=" in rest, rest
