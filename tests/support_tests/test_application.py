from datetime import timedelta

import pytest
from flask import request

from clevenio.i18n import current_language, set_language
from tests.support.application import new_client
from tests.support.factories import NOW


@pytest.fixture
def echo(app):
    """What arrived in the header that says where a post comes from."""

    @app.get("/echo")
    def show():
        return request.headers.get("Sec-Fetch-Site", "nothing")


def test_the_application_runs_on_the_database_of_the_test(app, database):
    assert app.extensions["clevenio"].database.url == database.url


def test_the_clock_stands_still_until_it_is_told_to_go_on(app, clock):
    assert app.extensions["clevenio"].clock() == NOW
    clock.advance(days=2)
    assert app.extensions["clevenio"].clock() == NOW + timedelta(days=2)


def test_a_client_speaks_as_a_browser_unless_a_test_says_otherwise(client, echo):
    assert client.get("/echo").text == "same-origin"
    assert client.get("/echo", headers={"Sec-Fetch-Site": "cross-site"}).text == "cross-site"


def test_two_clients_share_no_cookies(app, client):
    client.set_cookie("choices", "v=1")
    assert new_client(app).get_cookie("choices") is None


@pytest.mark.parametrize("turn", ["first", "second"])
def test_no_test_inherits_a_language(turn):
    assert current_language() == "en"
    set_language("fi")
