"""One JSON object a line, in UTC, with the route in place of the path and nothing that anybody typed."""

import io
import json
import logging
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from clevenio.errors import BadInput
from clevenio.web import logs

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
SECRET = "aino.malli@example.fi"


@pytest.fixture
def lines():
    """What would stand on standard error, parsed."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logs.Lines())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    root.removeHandler(handler)
    root.setLevel(level)


def test_an_answer_is_one_line_with_the_route_and_without_the_path(client, lines):
    client.get(f"/u/{SECRET}?page={SECRET}", headers={"User-Agent": SECRET, "Referer": SECRET})
    (line,) = lines()
    at = datetime.fromisoformat(line.pop("at"))
    assert at.utcoffset() == UTC.utcoffset(None)
    assert line.pop("ms") >= 0
    assert line == {
        "level": "info",
        "logger": "clevenio.web.logs",
        "event": "answered",
        "method": "GET",
        "route": "/u/<token>",
        "status": 404,
    }


def test_what_is_no_route_and_no_method_is_not_repeated(client, lines):
    client.open(f"/{SECRET}", method="AINO")
    assert [(line["route"], line["method"], line["status"]) for line in lines()] == [("none", "other", 404)]


def test_a_body_is_not_repeated(client, lines):
    client.post("/en/contact", data={"email": SECRET, "name": SECRET, "message": ""})
    assert [line["status"] for line in lines()] == [422]
    assert SECRET not in str(lines())


@pytest.mark.parametrize("path", ["/livez", "/static/site.css"])
def test_what_is_asked_for_all_the_time_is_told_where_it_fails_only(client, lines, path):
    client.get(path)
    assert lines() == []
    client.post(path)
    assert [line["status"] for line in lines()] == [405]


def test_a_page_that_breaks_tells_the_kinds_and_the_places_and_no_words(app, client, lines):
    @app.get("/broken/<whose>")
    def broken(whose):
        try:
            int(whose)
        except ValueError as error:
            raise KeyError(whose) from error

    assert client.get(f"/broken/{SECRET}").status_code == 500
    broke, answered = lines()
    assert (broke["event"], broke["level"], broke["route"]) == ("a page broke", "error", "/broken/<whose>")
    assert broke["error"] == ["builtins.KeyError", "builtins.ValueError"]
    assert broke["trace"][-1].startswith("tests/web/test_logs.py:")
    assert broke["trace"][-1].endswith(" in broken")
    assert answered["status"] == 500
    assert SECRET not in str(lines())


def test_the_database_is_told_in_full_and_a_problem_by_its_sentence(app, client, lines):
    @app.get("/gone")
    def gone():
        with app.extensions["clevenio"].database.session() as session:
            session.execute(text("SELECT * FROM no_such_table"))

    client.get("/gone")
    assert "no such table: no_such_table" in lines()[0]["error"][0]
    try:
        raise BadInput("“%(value)s” is no address.", value=SECRET)
    except BadInput:
        logging.getLogger("clevenio").exception("a row was refused")
    assert lines()[-1]["error"] == ["clevenio.errors.BadInput: “%(value)s” is no address."]


def test_a_line_end_makes_no_second_line(lines, app):
    logging.getLogger("clevenio").warning('one\r\n{"event": "forged"}\u2028')
    assert [line["level"] for line in lines()] == ["warning"]
