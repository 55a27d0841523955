"""What goes wrong inside the back office is said there, with the way on; strangers get the public page."""

import pytest

from tests.support.staff import PASSWORD, make_member

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
NAVIGATION = 'class="places"'


@pytest.fixture
def support(sign_in_staff, clock):
    return sign_in_staff("support")


def opens(page, status):
    """Whether this is an error page of the back office for somebody in support."""
    assert page.status_code == status
    assert page.headers["Cache-Control"] == "no-store"
    assert str(status) in page.text
    main = page.text.partition("<main")[0]
    return NAVIGATION in main and "/staff/inquiries" in main and "/staff/members" not in main


def test_what_a_role_may_not_open_is_said_beside_what_it_may(support):
    assert opens(support.get("/staff/members"), 403)


@pytest.mark.parametrize(
    "path", ["/staff/nothing", "/staff/inquiries/4b1c1f9e-2f3c-4a53-8f3f-0f6bb0a6d0aa", "/staff/inquiries/x"]
)
def test_what_is_not_there_is_said_beside_what_is(support, path):
    assert opens(support.get(path), 404)


def test_what_cannot_be_done_there_is_said_so_too(support):
    assert opens(support.post("/staff/security/nothing"), 404)
    assert opens(support.get("/staff/inquiries/4b1c1f9e-2f3c-4a53-8f3f-0f6bb0a6d0aa/state"), 405)


def test_what_breaks_there_leaves_the_way_on(support, app, monkeypatch):
    def broken(*_values, **_named):
        raise RuntimeError("made up")

    monkeypatch.setitem(app.view_functions, "people_staff.search", broken)
    assert opens(support.get("/staff/people"), 500)


def test_where_even_the_navigation_breaks_the_public_page_answers(support, app, monkeypatch):
    def broken():
        raise RuntimeError("made up")

    monkeypatch.setitem(app.extensions["clevenio"].shared, "staff_nav", broken)
    page = support.get("/staff/nothing")
    assert page.status_code == 404
    assert "There is no such page" in page.text


@pytest.mark.parametrize("path", ["/staff/nothing", "/staff/inquiries/x"])
def test_strangers_see_nothing_of_the_back_office(client, path):
    page = client.get(path)
    assert page.status_code == 404
    assert NAVIGATION not in page.text
    assert 'href="/staff' not in page.text


def test_a_customer_and_whoever_is_half_in_see_nothing_of_it_either(sign_in_account, client, database):
    assert NAVIGATION not in sign_in_account().get("/staff/nothing").text
    with database.session() as session:
        make_member(session, "half@example.com", "administrator")
        session.commit()
    client.post("/staff/login", data={"email": "half@example.com", "password": PASSWORD})
    assert NAVIGATION not in client.get("/staff/nothing").text
