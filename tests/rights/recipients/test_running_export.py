"""An erasure and an audience file that is being made: nobody who was erased leaves in it."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from clevenio.audiences import export
from clevenio.audiences.files import stream
from clevenio.audiences.models import Export
from clevenio.audiences.platforms import platform
from clevenio.audiences.segments import Choice, find
from clevenio.errors import Refused
from clevenio.rights import erasure
from tests.rights.conftest import EMAIL, STAFF
from tests.rights.recipients.test_opening import sha
from tests.support.factories import NOW


@pytest.fixture
def while_counting(monkeypatch):
    """Have something happen between the first count of an export and its first row."""

    def do(act):
        counted = export.preview

        def count(*args, **options):
            found = counted(*args, **options)
            act()
            return found

        monkeypatch.setattr(export, "preview", count)

    return do


@pytest.fixture
def opened(database, settings):
    """Both ways in which an audience file is begun."""
    google = platform("google", settings.data)

    def order():
        with database.session() as session:
            found = export.order(
                session, settings, google, find(session, "all", NOW), actor="command", now=NOW
            ).id
            session.commit()
        return lambda: export.handout(database, settings, google, found, now=NOW)

    everybody = Choice("all", {})
    ways = {
        "ordered": order,
        "at once": lambda: (
            lambda: export.handout_now(database, settings, google, everybody, actor="command", now=NOW)
        ),
    }
    return lambda way: ways[way]()


@pytest.mark.parametrize("way", ["ordered", "at once"])
def test_nobody_is_erased_while_an_audience_is_counted(acts, opened, while_counting, way):
    person = acts.customer()
    start = opened(way)

    def erase():
        request = acts.ask(person)
        with pytest.raises(Refused, match="being made just now"):
            acts.begin(request)

    while_counting(erase)
    with start():
        assert acts.person().email == EMAIL


@pytest.mark.parametrize("way", ["ordered", "at once"])
def test_nobody_is_erased_while_the_rows_of_an_audience_leave(acts, opened, relay, way):
    person, _stays = acts.customer(), acts.customer("kaarlo@example.com")
    with opened(way)() as ready:
        rows = stream(ready)
        first = next(rows)
        request = acts.ask(person)
        with pytest.raises(Refused, match="being made just now"):
            acts.begin(request)
        file = (first + b"".join(rows)).decode()
    assert sha(EMAIL) in file
    acts.erase(request, relay)
    assert acts.person() is None


@pytest.mark.parametrize("way", ["ordered", "at once"])
def test_an_audience_that_begins_during_an_erasure_is_made_after_it(acts, opened, database, settings, way):
    person, _stays = acts.customer(), acts.customer("kaarlo@example.com")
    start, request = opened(way), acts.ask_for("erasure", person)

    def rows():
        with start() as ready:
            return b"".join(stream(ready)).decode()

    with ThreadPoolExecutor(1) as threads, database.session() as session:
        erasure.begin(session, settings, request, STAFF, NOW)
        made = threads.submit(rows)
        with pytest.raises(TimeoutError):
            made.result(timeout=0.5)
        session.commit()
        file = made.result(timeout=30)
    assert sha("kaarlo@example.com") in file
    assert sha(EMAIL) not in file


@pytest.mark.parametrize("way", ["ordered", "at once"])
def test_an_audience_that_is_refused_holds_no_erasure_up(
    acts, opened, while_counting, relay, way, other_session
):
    person = acts.customer()
    start = opened(way)

    def too_few():
        raise Refused("Too few.")

    while_counting(too_few)
    with pytest.raises(Refused, match="Too few"), start():
        pass
    with other_session() as session:
        assert [each.state for each in session.query(Export)] == (["prepared"] if way == "ordered" else [])
    acts.erase(acts.ask(person), relay)
    assert acts.person() is None
