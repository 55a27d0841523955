"""The search for what belongs to somebody finds a leak wherever one is planted."""

import json
import shutil

import pytest

from clevenio import audit, outbox
from clevenio.database import Database
from clevenio.people import links
from tests.support import hygiene
from tests.support.factories import NOW, make_person
from tests.support.server import Site

EMAIL, NAME, FAMILY, PHONE = "aino.planted@example.com", "Aino-Maria", "Mäkeläinen", "+358401234567"


@pytest.fixture
def site(sqlite_template, tmp_path):
    """A site that never ran, with a person, a link and a mail."""
    made = Site(tmp_path / "site")
    (made.data / "seals").mkdir(parents=True)
    shutil.copyfile(sqlite_template, made.data / "clevenio.db")
    (made.data / "serve.log").write_text('{"event": "answered", "route": "/u/<token>"}\n')
    (made.data / "queue.db").write_bytes(b"tick mail")
    database = Database(f"sqlite:///{made.data / 'clevenio.db'}")
    with database.session() as session:
        person = make_person(session, EMAIL, first_name=NAME, last_name=FAMILY, phone=PHONE)
        made.token = links.make(session, ("key",), "unsubscribe", NOW, person=person.id)
        made.mail = outbox.queue(
            session,
            kind="verify",
            sender="account@example.com",
            recipient=EMAIL,
            subject="x",
            message=b"x",
            now=NOW,
        )
        audit.record(session, actor="command", action="people.import", now=NOW, details={"rows": 1})
        session.commit()
    made.own = database
    yield made
    database.close()
    made.close()


@pytest.fixture
def typed(monkeypatch):
    monkeypatch.setattr(hygiene, "TYPED", set())
    return hygiene.TYPED


def test_a_clean_site_is_found_clean(site):
    assert hygiene.leaks(site) == []


@pytest.mark.parametrize("value", [EMAIL, NAME, FAMILY, PHONE])
@pytest.mark.parametrize("place", ["serve.log", "queue.db", "seals/2026-06-01.json", "other.log"])
def test_a_value_in_a_file_is_found(site, place, value):
    with (site.data / place).open("ab") as file:
        file.write(json.dumps({"event": value}, ensure_ascii=place == "serve.log").encode() + b"\n")
    assert any(repr(value) in leak for leak in hygiene.leaks(site))


def test_a_token_is_found_whole_and_by_its_handle(site):
    with (site.data / "serve.log").open("a") as file:
        file.write(f"GET /u/{site.token}\n")
    assert hygiene.leaks(site) == [f"log: {site.token.partition('.')[0]!r}"]


@pytest.mark.parametrize("place", ["reply", "details"])
def test_a_value_in_what_the_database_tells_is_found(site, place):
    with site.own.session() as session:
        if place == "reply":
            session.merge(site.mail).reply = f"550 {EMAIL} is unknown"
        else:
            audit.record(session, actor="command", action="x", now=NOW, details={"deep": [{"name": NAME}]})
        session.commit()
    assert len(hygiene.leaks(site)) >= 1


def test_what_a_browser_typed_is_looked_for_too(site, typed):
    hygiene.note("http://localhost/en/login", "email=typed%40example.com&password=a+made-up+phrase")
    hygiene.note("http://localhost/v/" + "h" * 20 + "." + "s" * 43, None)
    with (site.data / "serve.log").open("a") as file:
        file.write("typed@example.com\na made-up phrase\n" + "h" * 20 + "\n")
    assert len(hygiene.leaks(site)) == 3


def test_the_link_that_is_announced_on_purpose_is_no_leak(site):
    with (site.data / "serve.log").open("a") as file:
        file.write(f"Become the administrator (once, 7 days):  http://localhost/staff/{site.token}\n")
    assert hygiene.leaks(site) == []
