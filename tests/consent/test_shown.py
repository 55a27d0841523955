"""How often the bar is shown: counted in memory, written now and then, and nothing kept of who saw it."""

import threading
import time
from datetime import date, timedelta

import pytest
from sqlalchemy import QueuePool, create_engine, event, select, text
from sqlalchemy.orm import Session

from clevenio.consent import shown
from clevenio.consent.installation import shown_counter
from clevenio.consent.models import Notice, Shown
from clevenio.consent.notices import choices_notice
from clevenio.consent.shown import ShownCounter
from clevenio.database import Database
from tests.support.factories import NOW

TODAY = date(2026, 6, 1)


@pytest.fixture
def counted(app, other_session):
    """Writes what waits, and gives pages by day and version."""

    def read():
        shown_counter(app).write()
        with other_session() as session:
            return {(row.day, row.notice): row.pages for row in session.scalars(select(Shown))}

    return read


@pytest.fixture
def counter(database):
    made = ShownCounter(database, lambda: NOW)
    yield made
    made.close()


def pages(database):
    with database.session(write=False) as session:
        return {(row.day, row.notice): row.pages for row in session.scalars(select(Shown))}


@pytest.mark.parametrize(
    ("language", "path"),
    [
        ("fi", "/fi/"),
        ("en", "/en/"),
        ("en", "/en/product?from=mail"),
        ("en", "/en/contact"),
        ("fi", "/fi/kirjaudu"),
    ],
)
def test_each_page_with_the_bar_counts_by_day_and_version(client, clock, counted, language, path):
    version = choices_notice(language).id
    for _ in range(3):
        assert 'id="site-choices"' in client.get(path).text
    assert counted() == {(TODAY, version): 3}
    clock.advance(days=1)
    client.get(path)
    assert counted() == {(TODAY, version): 3, (TODAY + timedelta(days=1), version): 1}


def test_a_page_that_a_browser_had_kept_is_shown_again(client, clock, counted):
    etag = client.get("/en/").headers["ETag"]
    assert client.get("/en/", headers={"If-None-Match": etag}).status_code == 304
    assert counted() == {(TODAY, choices_notice("en").id): 2}


@pytest.mark.parametrize("path", ["/en/", "/en/contact"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-GPC": "1"},
        {"Sec-Fetch-Dest": "empty"},
        {"Sec-Fetch-Dest": "document", "Sec-Purpose": "prefetch"},
        {"Sec-Purpose": "prefetch;prerender"},
    ],
)
def test_what_nobody_looks_at_or_has_no_bar_does_not_count(client, clock, counted, path, headers):
    assert client.get(path, headers=headers).status_code == 200
    assert counted() == {}


@pytest.mark.parametrize("path", ["/en/", "/en/contact"])
def test_a_browser_that_has_answered_is_asked_nothing_and_counts_no_more(client, clock, counted, path):
    client.post("/en/choices", data={"decision": "reject"})
    assert client.get(path).status_code == 200
    assert counted() == {}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("HEAD", "/en/", 200),
        ("HEAD", "/en/contact", 200),
        ("GET", "/en/no-such-page", 404),
        ("POST", "/en/contact", 422),
        ("GET", "/en/choices", 200),
        ("GET", "/static/site.css", 200),
        ("GET", "/livez", 200),
    ],
)
def test_only_pages_that_were_asked_for_and_are_there_count(client, clock, counted, method, path, status):
    assert client.open(path, method=method).status_code == status
    assert counted() == {}


def test_a_page_is_answered_without_a_statement(app, client, clock):
    client.get("/en/")
    seen = []
    event.listen(
        app.extensions["clevenio"].database.engine, "before_cursor_execute", lambda *a: seen.append(a[2])
    )
    for _ in range(20):
        client.get("/en/")
    assert seen == []
    shown_counter(app).write()
    assert 0 < len(seen) < 10


def test_what_was_shown_is_archived_although_nobody_answered(client, clock, counted, other_session):
    client.get("/fi/")
    counted()
    with other_session() as session:
        kept = session.get(Notice, choices_notice("fi").id)
        assert kept.content == choices_notice("fi").content


def test_processes_and_threads_add_up(database):
    version = choices_notice("en")
    counters = [ShownCounter(Database(str(database.url.render_as_string(hide_password=False))), lambda: NOW)
                for _ in range(3)]  # fmt: skip

    def work(counter):
        for number in range(200):
            counter.add(choices_notice(("fi", "en")[number % 2]))
            if number % 50 == 49:
                counter.write()

    threads = [threading.Thread(target=work, args=(counter,)) for counter in counters for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for counter in counters:
        counter.close()
        counter._database.close()
    assert pages(database) == {(TODAY, version.id): 600, (TODAY, choices_notice("fi").id): 600}


def test_it_writes_by_itself_after_a_while(database, counter, monkeypatch):
    monkeypatch.setattr(shown, "SECONDS", 0.05)
    for _ in range(2):
        counter.add(choices_notice("en"))
    until = time.monotonic() + 10
    while not pages(database) and time.monotonic() < until:
        time.sleep(0.02)
    assert pages(database) == {(TODAY, choices_notice("en").id): 2}


def test_what_the_database_does_not_take_waits_for_the_next_time(database, counter, caplog):
    counter.add(choices_notice("en"))
    with database.session() as session:
        session.execute(text("ALTER TABLE consent_shown RENAME TO elsewhere"))
        session.commit()
    counter.write()
    assert "1 pages with the bar wait" in caplog.text
    with database.session() as session:
        session.execute(text("ALTER TABLE elsewhere RENAME TO consent_shown"))
        session.commit()
    counter.add(choices_notice("en"))
    counter.write()
    assert pages(database) == {(TODAY, choices_notice("en").id): 2}


def test_what_waits_for_a_connection_too_long_waits_for_the_next_time(database, monkeypatch, caplog):
    """Of a pool whose connections are all taken there comes another error than of a database."""
    url = str(database.url.render_as_string(hide_password=False))
    engine = create_engine(url, poolclass=QueuePool, pool_size=1, max_overflow=0, pool_timeout=0.05)
    crowded = Database(url)
    monkeypatch.setattr(crowded, "open", lambda _write: Session(engine))
    counter = ShownCounter(crowded, lambda: NOW)
    counter.add(choices_notice("en"))
    with engine.connect():
        counter.write()
    assert "1 pages with the bar wait" in caplog.text
    assert counter._timer is not None
    counter.close()
    assert pages(database) == {(TODAY, choices_notice("en").id): 1}
    engine.dispose()
    crowded.close()


def test_closing_writes_what_waits_and_leaves_no_thread(database, counter):
    before = threading.active_count()
    counter.add(choices_notice("en"))
    assert threading.active_count() == before + 1
    counter.close()
    assert pages(database) == {(TODAY, choices_notice("en").id): 1}
    time.sleep(0.05)
    assert threading.active_count() == before


def test_nothing_of_who_saw_it_is_kept(client, clock, counted, database, caplog):
    client.get("/en/", headers={"User-Agent": "a-made-up-browser", "X-Forwarded-For": "192.0.2.7"})
    assert counted()
    columns = set(Shown.__table__.c.keys())
    assert columns == {"day", "notice", "pages"}
    assert "a-made-up-browser" not in caplog.text
    assert "192.0.2.7" not in caplog.text
