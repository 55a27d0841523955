"""Addresses from which Google's Data Manager fetches an audience by itself."""

import re
from base64 import b64encode

import pytest
from sqlalchemy import select

from clevenio import audit
from clevenio.audiences.models import Export, Membership
from clevenio.audiences.platforms import platform
from clevenio.audiences.pulls import operations
from clevenio.audiences.pulls.models import Pull
from clevenio.errors import Refused
from clevenio.people.staff_members import Role
from tests.audiences.conftest import HOME, parsed, posted
from tests.support.application import form_token
from tests.support.factories import NOW

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
PAGE = f"{HOME}/pull-addresses"


@pytest.fixture
def made(app, clock, database, settings):
    """An address for everybody, and its password."""
    with database.session() as session:
        google = platform("google", settings.data)
        pull, password = operations.create(session, google, None, actor="somebody", now=NOW)
        session.commit()
        session.expunge(pull)
    return pull, password


@pytest.fixture
def fetch(client, made):
    def fetch(username=None, password=None, handle=None, **more):
        pull, right = made
        given = f"{username or pull.username}:{password or right}".encode()
        headers = {"Authorization": f"Basic {b64encode(given).decode()}"}
        return client.get(f"/audiences/{handle or pull.handle}.csv", headers=headers, **more)

    return fetch


def test_what_is_too_large_for_one_file_is_not_fetched_and_leaves_no_record(fetch, crowd, database, settings):
    crowd.many(3)
    (settings.data / "platforms").mkdir(parents=True, exist_ok=True)
    (settings.data / "platforms" / "google.toml").write_text("maximum_rows = 2")
    assert fetch().status_code == 403
    with database.session(write=False) as session:
        assert session.scalars(select(Export)).all() == []
        assert "audience.export" not in session.scalars(select(audit.AuditEntry.action)).all()


def test_the_right_credentials_fetch_the_file_and_put_its_members_on_record(fetch, crowd, database):
    crowd.add("yes@example.com")
    crowd.withdraw(crowd.add("gone@example.com"))
    answer = fetch()
    assert answer.status_code == 200
    assert answer.mimetype == "text/csv"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    assert len(parsed(answer.data)) == 1
    with database.session(write=False) as session:
        export = session.scalars(select(Export)).one()
        assert (export.actor, export.state, export.platform) == ("pull", "finished", "google")
        assert len(session.scalars(select(Membership)).all()) == 1
        assert session.scalars(select(Pull)).one().pulled_at == NOW
        assert [entry.action for entry in session.scalars(select(audit.AuditEntry))][-1] == "audience.export"


@pytest.mark.parametrize(
    "wrong", [{"username": "google-00000000"}, {"password": "guessed"}, {"handle": "A" * 20}]
)
def test_wrong_credentials_and_an_unknown_address_get_one_answer(fetch, crowd, database, wrong):
    crowd.add("yes@example.com")
    answer = fetch(**wrong)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    assert answer.data == b""
    with database.session(write=False) as session:
        assert session.scalars(select(Export)).all() == []


def test_without_credentials_or_with_others_nobody_gets_in(client, made):
    address = f"/audiences/{made[0].handle}.csv"
    assert client.get(address).status_code == 401
    assert client.get(address, headers={"Authorization": "Bearer x"}).status_code == 401
    assert client.get(address, headers={"Authorization": "Basic not base64"}).status_code == 401
    assert client.head(address).status_code == 405
    assert client.post(address).status_code == 405


def test_an_ended_address_lets_nobody_in(fetch, made, crowd, database):
    crowd.add("yes@example.com")
    with database.session() as session:
        operations.revoke(session, made[0].id, actor="somebody", now=NOW)
        session.commit()
    assert fetch().status_code == 401


def test_guesses_of_one_network_come_to_an_end_and_so_do_fetches(fetch, crowd):
    crowd.add("yes@example.com")
    for _ in range(operations.FETCHES.most):
        assert fetch().status_code == 200
    assert fetch().status_code == 429
    for _ in range(operations.GUESSES.most):
        assert fetch(password="guessed").status_code == 401
    assert fetch(password="guessed").status_code == 429
    assert fetch().status_code == 429


def test_a_vendor_that_is_declared_no_more_gets_nothing(fetch, crowd, declared, database):
    crowd.add("yes@example.com")
    declared("google")
    assert fetch().status_code == 403
    with database.session(write=False) as session:
        assert session.scalars(select(Export)).all() == []


def test_an_audience_without_anybody_is_refused(fetch):
    assert fetch().status_code == 403


def test_the_password_is_kept_as_a_hash_alone(made, database):
    with database.session(write=False) as session:
        kept = session.scalars(select(Pull)).one()
    assert made[1] not in (kept.password, kept.username, kept.handle)
    assert len(kept.password) == 64


def test_only_a_platform_that_fetches_gets_an_address(database, settings):
    with database.session() as session, pytest.raises(Refused, match="does not fetch"):
        operations.create(session, platform("meta", settings.data), None, actor="somebody", now=NOW)


def test_a_marketer_makes_an_address_sees_its_password_once_and_ends_it(signed_in, client, crowd, database):
    crowd.add("yes@example.com")
    marketer = signed_in(Role.MARKETER)
    answer = posted(marketer, PAGE, PAGE, segment="all", platform="google")
    assert answer.status_code == 201
    with database.session(write=False) as session:
        pull = session.scalars(select(Pull)).one()
    shown = answer.get_data(as_text=True)
    assert pull.username in shown
    assert pull.handle in shown
    password = shown.split("Password</dt><dd>")[1].split("<")[0]
    given = b64encode(f"{pull.username}:{password}".encode()).decode()
    headers = {"Authorization": f"Basic {given}"}
    assert client.get(f"/audiences/{pull.handle}.csv", headers=headers).status_code == 200
    later = marketer.get(PAGE).get_data(as_text=True)
    assert password not in later
    assert pull.handle not in later
    assert posted(marketer, PAGE, f"{PAGE}/{pull.id}/end").status_code == 303
    assert client.get(f"/audiences/{pull.handle}.csv", headers=headers).status_code == 401
    with database.session(write=False) as session:
        actions = [entry.action for entry in session.scalars(select(audit.AuditEntry))]
    assert actions.count("audience.pull") == actions.count("audience.pull_end") == 1


def test_a_page_that_is_sent_again_makes_no_second_address(signed_in, database):
    marketer = signed_in(Role.MARKETER)
    page = marketer.get(PAGE)
    sent = {
        "csrf_token": form_token(page),
        "handle": re.search(r'name="handle" value="([^"]+)"', page.text)[1],
        "segment": "all",
        "platform": "google",
    }
    assert marketer.post(PAGE, data=sent).status_code == 201
    again = marketer.post(PAGE, data=sent)
    assert again.status_code == 403
    assert "was made already" in again.text
    with database.session(write=False) as session:
        assert len(session.scalars(select(Pull)).all()) == 1
        assert session.scalars(select(audit.AuditEntry.action)).all() == ["audience.pull"]
    assert marketer.post(PAGE, data={**sent, "handle": "mine"}).status_code == 404
    assert posted(marketer, PAGE, PAGE, segment="all", platform="google").status_code == 201


def test_an_unknown_platform_or_segment_makes_no_address(signed_in, database):
    marketer = signed_in(Role.MARKETER)
    for fields in ({"segment": "all", "platform": "meta"}, {"segment": "9", "platform": "google"}):
        assert posted(marketer, PAGE, PAGE, **fields).status_code == 404
    with database.session(write=False) as session:
        assert session.scalars(select(Pull)).all() == []
