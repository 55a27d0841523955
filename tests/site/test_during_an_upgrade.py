"""What comes in while the schema is being upgraded, or is another program's: refused at once, clearly, and not lost."""

import re
import threading
from contextlib import contextmanager
from html import unescape

import pytest
from sqlalchemy import text

from clevenio import migrations
from clevenio.database import Database
from clevenio.errors import Unavailable
from clevenio.migrations import steady
from clevenio.rights import erasure
from clevenio.rights.models import Request, Submission
from tests.rights.conftest import EMAIL, STAFF, Acts
from tests.support.application import form_token
from tests.support.factories import NOW

PAGES = {"fi": "/fi/oikeudet", "en": "/en/rights"}
WORDS = {
    "fi": ("Sivustoa päivitetään juuri nyt", "Tämän kirjoitit.", "Lähetä uudestaan", "Haluan nähdä tietoni"),
    "en": ("The site is being updated just now", "This is what you typed.", "Send it again", "See my data"),
}
DETAILS = "First line\nä <b>second</b>"
NEWER = "9999"
SOON = 10


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Who waits for SQLite's write lock gives up soon, and every look is a new one."""
    monkeypatch.setattr("clevenio.database.BUSY_SECONDS", 0.1)
    monkeypatch.setattr(steady, "LOOK_SECONDS", 0)


@pytest.fixture
def upgrade(database_url, monkeypatch):
    """`with upgrade() as (begun, end):` runs the real upgrade to a newer step elsewhere; `end(True)` lets it stand."""
    begun, may_end, stands = threading.Event(), threading.Event(), []

    def step(config, _to):
        connection = config.attributes["connection"]
        connection.execute(text("ALTER TABLE rights_requests ADD COLUMN later VARCHAR(9)"))
        connection.execute(text("UPDATE alembic_version SET version_num = :newer"), {"newer": NEWER})
        begun.set()
        may_end.wait(SOON)
        if not stands:
            raise RuntimeError("power cut")

    def found(connection):
        # To whoever upgrades the schema is one of before, so that there is something to do.
        return min(migrations.known()) if threading.current_thread() in upgrading else revision(connection)

    upgrading, revision = set(), migrations._revision
    monkeypatch.setattr(migrations, "_revision", found)
    monkeypatch.setattr(migrations, "NOTICE_SECONDS", 0)

    def run():
        database = Database(database_url)
        upgrading.add(threading.current_thread())
        try:
            migrations.upgrade(database)
        except RuntimeError:
            pass
        finally:
            database.close()

    @contextmanager
    def running():
        thread = threading.Thread(target=run)
        thread.start()

        def end(is_whole):
            stands.extend([True] * is_whole)
            may_end.set()
            thread.join(SOON)

        try:
            yield begun, end
        finally:
            end(False)

    monkeypatch.setattr("alembic.command.upgrade", step)
    return running


def rows(other_session):
    with other_session() as session:
        return session.query(Submission).count(), session.query(Request).count()


def hidden(answer):
    """The fields of the form in which what was typed comes back."""
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', main)
    return {name: unescape(value) for name, value in found}


@pytest.mark.parametrize("language", ["fi", "en"])
def test_a_request_in_the_middle_is_told_to_come_back_and_keeps_what_was_typed(
    client, other_session, upgrade, language, mailbox
):
    form = {"kind": "access", "email": EMAIL, "details": DETAILS}
    with upgrade() as (begun, end):
        assert begun.wait(SOON)
        answer = client.post(PAGES[language], data=form)
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.headers["Cache-Control"] == "no-store"
        assert hidden(answer) == form
        assert "ä &lt;b&gt;second" in answer.text
        assert "ä <b>" not in answer.text
        end(False)
    assert rows(other_session) == (0, 0)
    again = client.post(PAGES[language], data=hidden(answer))
    assert again.status_code == 303
    assert rows(other_session) == (1, 1)
    assert EMAIL in str(mailbox.newest(EMAIL)["To"])


@pytest.mark.parametrize("backend", ["postgresql"])
@pytest.mark.parametrize("language", ["fi", "en"])
def test_it_says_why_in_the_readers_language(client, upgrade, language):
    with upgrade() as (begun, _end):
        assert begun.wait(SOON)
        answer = client.post(PAGES[language], data={"kind": "access", "email": EMAIL})
    for words in WORDS[language]:
        assert words in answer.text


def test_after_it_the_program_of_before_writes_nothing_and_goes_on_showing(
    app, client, upgrade, other_session, caplog
):
    jobs = app.extensions["clevenio"].jobs
    ran = []
    jobs.tick("probe", 1, lambda: ran.append(1))
    jobs.run("probe")
    with upgrade() as (begun, end):
        assert begun.wait(SOON)
        end(True)
    answer = client.post(PAGES["en"], data={"kind": "erasure", "email": EMAIL})
    assert (answer.status_code, rows(other_session)) == (503, (0, 0))
    assert hidden(answer)["kind"] == "erasure"
    jobs.run("probe")
    assert ran == [1]
    assert "probe waits" in caplog.text
    assert client.get(PAGES["en"]).status_code == 200
    assert client.get("/readyz").status_code == 503


def test_a_signed_in_form_comes_back_too_and_without_its_password(sign_in_account, upgrade):
    client = sign_in_account(EMAIL)
    token = form_token(client.get("/en/account/address"))
    form = {"email": "uusi@example.com", "address_password": "a secret that nobody sees", "csrf_token": token}
    with upgrade() as (begun, end):
        assert begun.wait(SOON)
        end(True)
    answer = client.post("/en/account/address", data=form)
    assert answer.status_code == 503
    assert hidden(answer) == {"email": "uusi@example.com"}
    assert "a secret" not in answer.text
    assert "Passwords and files do not go along" in answer.text


def test_an_erasure_by_the_program_of_before_is_refused_and_erases_nothing(database, settings, upgrade):
    acts = Acts(database, settings)
    request = acts.ask(acts.customer())
    with upgrade() as (begun, end):
        assert begun.wait(SOON)
        end(True)
    with database.session() as session, pytest.raises(Unavailable):
        erasure.begin(session, settings, request, STAFF, NOW)
    assert acts.person() is not None


@pytest.mark.parametrize("backend", ["postgresql"])
def test_an_upgrade_waits_for_an_erasure_that_has_begun(database, settings, upgrade):
    acts = Acts(database, settings)
    request = acts.ask(acts.customer())
    with database.session() as session:
        erasure.begin(session, settings, request, STAFF, NOW)
        with upgrade() as (begun, end):
            assert not begun.wait(0.3)
            session.commit()
            assert begun.wait(SOON)
            end(True)
    assert acts.person() is None


@pytest.mark.parametrize("backend", ["postgresql"])
def test_it_is_announced_for_longer_than_a_look_is_believed(database, upgrade, monkeypatch):
    """So nobody who has looked before is caught by it waiting for a table."""
    monkeypatch.undo()
    seen = []

    def notice(seconds):
        seen.append(seconds)
        with pytest.raises(Unavailable):
            steady.Watch(database).require(write=False)

    monkeypatch.setattr(migrations, "sleep", notice)
    monkeypatch.setattr("alembic.command.upgrade", lambda *_: None)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    migrations.upgrade(database)
    assert seen == [migrations.NOTICE_SECONDS]
    assert migrations.NOTICE_SECONDS > steady.LOOK_SECONDS


def test_a_look_is_believed_for_a_moment_and_only_where_all_was_well(database, monkeypatch):
    monkeypatch.setattr(steady, "LOOK_SECONDS", 60)
    early, late = steady.Watch(database), steady.Watch(database)
    early.require(write=True)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :newer"), {"newer": NEWER})
    early.require(write=True)
    for _ in range(2):
        with pytest.raises(Unavailable):
            late.require(write=True)
    late.require(write=False)
