import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from clevenio.backoffice import operations
from clevenio.people.addresses import address
from clevenio.people.staff_members import Role, StaffMember
from tests.support.factories import NOW
from tests.support.staff import PASSWORD, set_app_up


@pytest.fixture
def first_path(database, settings, clock):
    with database.session() as session:
        path = operations.first_invitation(session, settings, clock.now)
        session.commit()
        return path


@pytest.fixture
def path(database, settings, clock):
    """An invitation for new@example.com."""
    with database.session() as session:
        made = operations.invite(
            session, settings, address("new@example.com"), [Role.SUPPORT], "command", clock.now
        )
        session.commit()
        return made


def test_accepting_an_invitation_leads_to_a_second_factor_and_uses_the_link_up(client, path, clock):
    assert "new@example.com" in client.get(path).text
    response = client.post(path, data={"password": PASSWORD})
    assert (response.status_code, response.location) == (303, "/staff/factor")
    assert client.get("/staff/inquiries").location == "/staff/factor?next=/staff/inquiries"
    assert client.get("/staff/factor").location == "/staff/first-factor"
    assert set_app_up(client, clock.now).status_code == 200
    assert client.get("/staff/inquiries").status_code == 200
    assert client.get(path).status_code == 404
    assert client.post(path, data={"password": PASSWORD}).status_code == 404


def test_used_forged_and_unknown_links_look_alike(client, path):
    client.post(path, data={"password": PASSWORD})
    paths = (path, path[:-1] + "x", "/staff/invitation/nothing")
    assert len({client.get(each).text.replace(each, "") for each in paths}) == 1


def test_the_first_administrator_types_an_address_as_well(client, first_path, other_session, clock):
    assert 'name="email"' in client.get(first_path).text
    response = client.post(first_path, data={"email": "Boss@Example.com", "password": PASSWORD})
    assert response.status_code == 303
    with other_session() as session:
        assert session.scalars(select(StaffMember)).one().email == "Boss@example.com"
    set_app_up(client, clock.now)
    assert client.get("/staff/audit").status_code == 200


@pytest.mark.parametrize(
    ("email", "password", "said"),
    [
        ("boss@", PASSWORD, "It looks like name@example.com."),
        ("boss@example.com", "short", "Use at least 15 characters."),
        ("boss@example.com", "", "Use at least 15 characters."),
    ],
)
def test_what_will_not_do_is_said_and_nothing_happens(
    client, first_path, other_session, email, password, said
):
    response = client.post(first_path, data={"email": email, "password": password})
    assert response.status_code == 422
    assert said in response.text
    assert f'value="{email}"' in response.text
    with other_session() as session:
        assert session.scalars(select(StaffMember)).all() == []
    assert client.get(first_path).status_code == 200


@pytest.mark.parametrize(
    ("roles", "shown"),
    [
        (("support",), {"Open inquiries", "New signups"}),
        (("marketer",), {"New signups", "Audience files"}),
        (("privacy_officer",), {"Open requests"}),
        (("support", "marketer"), {"Open inquiries", "New signups", "Audience files"}),
        (("administrator",), {"Open inquiries", "New signups", "Audience files", "Open requests"}),
        ((), set()),
    ],
)
def test_the_overview_counts_what_each_role_works_with(sign_in_staff, roles, shown):
    page = sign_in_staff(*roles).get("/staff/").text
    # Mail that failed is named among what waits for somebody, and so is no figure.
    assert set(re.findall("<dt>(.*?)</dt>", page)) == shown


@pytest.mark.parametrize(
    ("roles", "open_to", "closed_to"),
    [
        (("support",), {"/staff/inquiries"}, {"/staff/outbox", "/staff/audit"}),
        (("privacy_officer",), {"/staff/audit"}, {"/staff/outbox", "/staff/inquiries"}),
        (("administrator",), {"/staff/inquiries", "/staff/outbox", "/staff/audit"}, set()),
    ],
)
def test_the_navigation_leads_where_the_roles_may_go(sign_in_staff, roles, open_to, closed_to):
    page = sign_in_staff(*roles).get("/staff/").text
    nav = page.partition("<nav")[2].partition("</nav>")[0]
    assert all(f'href="{path}"' in nav for path in open_to)
    assert not any(f'href="{path}"' in nav for path in closed_to)


def test_staff_pages_are_kept_by_no_cache_and_no_search_engine(sign_in_staff):
    client = sign_in_staff("administrator")
    for path in ("/staff/", "/staff/inquiries", "/staff/audit", "/staff/outbox", "/staff/login"):
        response = client.get(path)
        assert response.headers["Cache-Control"] == "no-store", path
        assert '<meta name="robots" content="noindex">' in response.text


def test_nothing_waits_while_the_first_password_is_hashed(client, path, database, monkeypatch):
    from clevenio import limits
    from clevenio.accounts import passwords

    hashed, went_through = passwords.hashed, []

    def hashing(password):
        with database.session() as session:
            limits.take(session, "k" * 32, limits.Limit("other", 1, timedelta(hours=1)), "who", NOW)
            session.commit()
            went_through.append(True)
        return hashed(password)

    monkeypatch.setattr(passwords, "hashed", hashing)
    assert client.post(path, data={"password": PASSWORD}).status_code == 303
    assert went_through
