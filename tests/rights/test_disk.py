"""After an erasure no byte of the address is on the disk: database, its log, the queue, kept mail."""

import random
from pathlib import Path

import pytest
from sqlalchemy import delete

from clevenio.database import Database
from clevenio.jobs import Jobs
from clevenio.outbox import Mail, MailState
from clevenio.people.models import Person
from clevenio.rights import completion
from clevenio.rights.completion import READABLE
from clevenio.rights.models import State, UnderWay
from tests.rights.conftest import EMAIL
from tests.support.factories import NOW, make_person

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])

FORMS = (EMAIL.encode(), b"unohdettava", EMAIL.upper().encode())


@pytest.fixture
def files(database, settings):
    """Everything an installation has on the disk."""

    def every():
        path = database.url.database
        beside = [f"{path}{end}" for end in ("", "-wal", "-shm")]
        return [*beside, *(str(file) for file in settings.data.rglob("*") if file.is_file())]

    return every


def holding(paths, needles=FORMS):
    """Which of these files hold one of the needles."""
    found = []
    for path in paths:
        content = Path(path).read_bytes() if Path(path).exists() else b""
        if any(needle in content for needle in needles):
            found.append(path)
    return found


def test_the_address_is_in_no_file(acts, relay, files, settings, mailbox):
    person = acts.customer()
    acts.deliver(relay)
    request = acts.ask(person)
    acts.deliver(relay)
    Jobs(settings.queue_url, settings.data).nudge("rights")
    assert holding(files())
    acts.erase(request, relay)
    [answer] = holding(files())
    # Without a relay the file is the delivery; whoever tries the site out may read it for a day.
    assert answer.endswith(".eml")
    assert acts.request(request).state == State.DONE
    acts.go_on(NOW + READABLE)
    assert holding(files()) == []


def test_what_a_rearranged_page_left_behind_goes_as_well(acts, relay, files, database, monkeypatch):
    # A copy of the address that no row knows any more, as it stays when SQLite moves rows between pages.
    with database.session() as session:
        for number in range(3000):
            make_person(session, f"n{random.Random(number).random()}@example.com")
        session.commit()
    request = acts.ask(acts.customer())
    acts.begin(request)
    acts.deliver(relay)
    with database.session() as session:
        session.connection().exec_driver_sql("CREATE TABLE leftovers (text TEXT)")
        session.connection().exec_driver_sql(f"INSERT INTO leftovers VALUES ('{EMAIL}')")
        session.commit()
    connection = database.engine.raw_connection()
    connection.cursor().execute("PRAGMA secure_delete=OFF")
    connection.cursor().execute("DROP TABLE leftovers")
    connection.cursor().execute("PRAGMA secure_delete=ON")
    connection.close()
    rewritten = []
    rewrite = Database.rewrite
    monkeypatch.setattr(Database, "rewrite", lambda self: (rewritten.append(1), rewrite(self)))
    acts.go_on()
    assert rewritten
    assert [path for path in holding(files()) if not path.endswith(".eml")] == []


def test_many_erased_among_many_leave_nothing(acts, relay, database, settings):
    with database.session() as session:
        for number in range(1500):
            make_person(session, f"stays{number}@example.com")
        session.commit()
    names = [f"leaves{number}@example.com" for number in range(12)]
    requests = [acts.freeze(name, answer_to=None) for name in names]
    for name, request in zip(names, requests, strict=True):
        with database.session() as session:
            if acts.person(name) is None:
                make_person(session, name)
            session.commit()
        acts.check(request)
        acts.erase(request, relay)
    needles = [name.encode() for name in names]
    path = database.url.database
    assert holding([path, f"{path}-wal"], needles) == []


def test_a_reader_in_the_way_only_delays_the_end(acts, relay, database, files):
    request = acts.ask(acts.customer())
    acts.begin(request)
    acts.deliver(relay)
    slow = Database(database.url.render_as_string(hide_password=False))
    with slow.session(write=False) as session:
        session.get(Person, acts.request(request).subject)
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout=50")
        acts.go_on()
        assert acts.request(request).state == State.OPEN
    acts.go_on()
    assert acts.request(request).state == State.DONE
    assert [path for path in holding(files()) if not path.endswith(".eml")] == []
    slow.close()


def test_kept_mail_of_others_stays(acts, relay, mailbox):
    acts.customer("kaarlo@example.com")
    person = acts.customer()
    acts.deliver(relay)
    assert mailbox.all(EMAIL)
    kept = len(mailbox.all("kaarlo@example.com"))
    acts.erase(acts.ask(person), relay)
    assert len(mailbox.all("kaarlo@example.com")) == kept > 0
    assert len(mailbox.all(EMAIL)) == 1


def test_a_mail_that_only_mentions_the_address_goes_too(settings, relay):
    text = f"To: Somebody <staff@example.com>\r\n\r\nAbout {EMAIL}\r\n".encode()
    relay.deliver("a@example.com", "staff@example.com", text, lambda: None)
    completion.remove_files(settings.data / "mail", (EMAIL,))
    assert list((settings.data / "mail").glob("*.eml")) == []


class Killed(BaseException):
    """The process ended here."""


STEPS = ["remove_files", "_forget_address", "_clean_disk", "_finish"]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_crash_at_any_step_only_delays_the_end(acts, relay, files, monkeypatch, step, after):
    request = acts.ask(acts.customer())
    acts.begin(request)
    acts.deliver(relay)
    real = getattr(completion, step)

    def dies(*args, **values):
        if after:
            real(*args, **values)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(completion, step, dies)
        with pytest.raises(Killed):
            acts.go_on()
    assert acts.request(request).state == State.OPEN
    acts.go_on()
    assert acts.request(request).state == State.DONE
    assert [path for path in holding(files()) if not path.endswith(".eml")] == []
    assert acts.history(request) == ["received", "erased", "answered", "done"]


def test_a_crash_in_the_middle_of_the_rows_erases_nobody(acts, database, monkeypatch):
    from clevenio.rights import erasure

    person = acts.customer()
    request = acts.ask(person)

    def dies(*args):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(erasure, "_follow", dies)
        with pytest.raises(Killed):
            acts.begin(request)
    assert acts.person() is not None
    assert acts.history(request) == ["received"]
    with database.session() as session:
        # Nothing is half gone: the mails of the account are still there.
        assert session.execute(delete(Mail).where(Mail.recipient == EMAIL)).rowcount > 0


def test_an_erasure_that_cannot_go_on_holds_up_no_other(acts, relay, monkeypatch, caplog):
    first = acts.ask(acts.customer())
    second = acts.ask(acts.customer("kaarlo@example.com"))
    for request in (first, second):
        acts.begin(request)
    acts.deliver(relay)
    real = completion._clean_disk

    def full(database, forms):
        if EMAIL in forms:
            raise OSError("no space left on the device")
        return real(database, forms)

    with monkeypatch.context() as patch:
        patch.setattr(completion, "_clean_disk", full)
        acts.go_on()
    assert [acts.request(each).state for each in (first, second)] == [State.OPEN, State.DONE]
    assert EMAIL not in caplog.text
    acts.go_on()
    assert acts.request(first).state == State.DONE


@pytest.mark.parametrize("state", sorted(set(MailState) - {MailState.PENDING, MailState.SENDING}))
def test_an_answer_that_ended_in_any_way_ends_the_erasure(acts, database, state):
    request = acts.ask(acts.customer())
    acts.begin(request)
    with database.session() as session:
        answer = session.get(Mail, session.get(UnderWay, request).answer)
        answer.state = state
        session.commit()
    acts.go_on()
    assert acts.request(request).state == State.DONE
    # What came back is told by a tick of its own, with whatever comes back later.
    words = {
        MailState.SENT: "answered",
        MailState.RETURNED: "erased",
        MailState.UNCERTAIN: "answer_uncertain",
    }
    assert acts.history(request)[-2] == words.get(state, "answer_failed")


@pytest.mark.parametrize("state", [MailState.PENDING, MailState.SENDING])
def test_an_answer_on_its_way_is_waited_for(acts, database, state):
    request = acts.ask(acts.customer())
    acts.begin(request)
    with database.session() as session:
        session.get(Mail, session.get(UnderWay, request).answer).state = state
        session.commit()
    acts.go_on()
    assert acts.request(request).state == State.OPEN
