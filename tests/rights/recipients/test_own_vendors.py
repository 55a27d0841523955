"""Recipients that the installation names itself: on the public page, in the record, in answers, and asked for by the doctor."""

import json
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from click.testing import CliRunner

from clevenio import doctor
from clevenio.app import cli
from clevenio.inquiries import operations as inquiries
from clevenio.inquiries.operations import Message
from clevenio.people.addresses import address
from clevenio.registry import Clocks, load, loader, own_vendors, put_in_force, shipped
from clevenio.registry.vendors import Service
from clevenio.rights import subjects
from clevenio.rights.access.file import access_file
from clevenio.rights.recipients import others
from clevenio.rights.recipients.queries import of_subject
from tests.registry.test_own_vendors import ENTRY, HOST
from tests.rights.conftest import make_everything
from tests.support.factories import NOW
from tests.support.server import free_port

WROTE = "aino.kysyi@example.com"


@pytest.fixture
def named(settings):
    """The file of this installation, as the application finds it at its start."""
    (settings.data / "vendors.toml").write_text(ENTRY + HOST, encoding="utf-8")


@pytest.mark.parametrize("backend", ["sqlite"])
class TestPages:
    @pytest.mark.parametrize(
        ("path", "words"),
        [
            ("/fi/kumppanit", ("Example Relay Oy", "välittää sähköpostimme", "Example Host")),
            ("/en/vendors", ("Example Relay Oy", "passes our mail on", "Example Host")),
            ("/fi/tietosuoja", ("Example Relay Oy", "välittää sähköpostimme")),
        ],
    )
    def test_everybody_reads_who_they_are(self, named, client, path, words):
        text = client.get(path).text
        for each in words:
            assert each in text
        assert "Added" in text or "Lisätty" in text or "tietosuoja" in path

    def test_nobody_is_asked_about_them_by_the_bar(self, named, client):
        assert "Example Relay" not in client.get("/en/choices").text

    def test_the_record_names_them_where_their_kinds_of_data_are(self, named, sign_in_staff):
        text = sign_in_staff("privacy_officer").get("/staff/processing").text
        section = {
            each.partition('"')[0]: each
            for each in text.split('<section class="stack" aria-labelledby="')[1:]
        }
        assert {name for name, each in section.items() if "Example Relay" in each} == {
            "agreements", "legal_duties", "newsletter", "product_news", "surveys", "trials", "inquiries",
        }  # fmt: skip
        assert "Example Host" in section["security"]

    def test_the_record_for_customers_names_them_as_processors(self, named, sign_in_staff):
        assert "Example Host" in sign_in_staff("privacy_officer").get("/staff/processing/for-others").text


@pytest.fixture
def answer(named, app, database, settings):
    """`answer(make)`: the recipients in somebody's copy, by name; the page is made with it."""

    def act(make):
        with database.session() as session:
            subject = make(session)
            with ZipFile(BytesIO(access_file(session, settings, subject, "en", NOW))) as bundle:
                page = bundle.read("index.html").decode()
                found = json.loads(bundle.read("data.json"))["recipients"]
        assert all(each["name"] in page for each in found)
        return {each["name"]: each["received"] for each in found}

    return act


def test_a_copy_names_them_with_what_they_have_in_their_hands(answer, settings):
    def make(session):
        person = make_everything(session, settings)
        session.flush()
        return subjects.of_person(session, settings, person)

    found = answer(make)
    assert found["Example Relay"] == ["mails", "deliveries", "inquiry_answers"]
    assert {"person", "account", "sessions"} <= set(found["Example Host"])


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_change_that_is_still_to_come_hides_nobody(settings, request):
    before = ENTRY.replace("since = 2026-01-01", "since = 2026-01-01\nuntil = 2099-12-31")
    after = ENTRY.replace("2026-01-01", "2100-01-01").replace("Example Relay Oy", "Example Relay Ab")
    (settings.data / "vendors.toml").write_text(before + after, encoding="utf-8")
    database = request.getfixturevalue("database")
    request.getfixturevalue("app")
    with database.session() as session:
        person = make_everything(session, settings)
        session.flush()
        subject = subjects.of_person(session, settings, person)
        [(vendor, _kinds)] = others.servants(session, subject, NOW)
    assert vendor.company == "Example Relay Oy"


def ended_here(settings, request, text):
    """A database of an installation with a file of its own."""
    (settings.data / "vendors.toml").write_text(text, encoding="utf-8")
    request.getfixturevalue("app")
    return request.getfixturevalue("database")


def write(session, settings, at):
    inquiries.send(session, settings, Message("Aino", address(WROTE), "How much?", None), "en", at)
    session.flush()
    return subjects.of_address(session, settings, address(WROTE))


@pytest.mark.parametrize("backend", ["sqlite"])
def test_whoever_wrote_while_somebody_served_us_is_told_of_them(settings, request):
    until = (NOW - timedelta(days=10)).date().isoformat()
    ended = HOST.replace("since = 2026-01-01", f"since = 2026-01-01\nuntil = {until}")
    database = ended_here(settings, request, ended)
    with database.session() as session:
        subject = write(session, settings, NOW - timedelta(days=30))
        [(vendor, kinds)] = others.servants(session, subject, NOW)
    assert (vendor.company, "inquiries" in kinds) == ("Example Host Oy", True)
    with database.session() as session:
        assert others.servants(session, write(session, settings, NOW), NOW) == []


@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_went_to_a_recipient_by_an_earlier_entry_counts_too(settings, request):
    first, second = NOW.date() - timedelta(days=11), NOW.date() - timedelta(days=10)
    before = HOST.replace("since = 2026-01-01", f"since = 2026-01-01\nuntil = {first}")
    after = ENTRY.replace('"relay"', '"host"').replace("2026-01-01", second.isoformat())
    database = ended_here(settings, request, before + after)
    with database.session() as session:
        person = make_everything(session, settings)
        person.created_at = NOW - timedelta(days=30)
        session.flush()
        subject = subjects.of_person(session, settings, person)
        [(vendor, kinds)] = others.servants(session, subject, NOW)
    assert vendor.company == "Example Relay Oy"
    assert "sessions" in kinds


def test_a_copy_of_nothing_names_nobody(answer, settings):
    assert answer(lambda session: subjects.of_address(session, settings, address("nobody@example.com"))) == {}


def test_what_is_erased_here_is_nothing_to_tell_them(named, app, acts, relay, database):
    person = acts.customer()
    request = acts.ask(person)
    acts.erase(request, relay)
    with database.session(write=False) as session:
        assert {task.vendor for task in of_subject(session, person)} == set()


class TestDoctor:
    @pytest.fixture
    def extra_settings(self):
        return {"SMTP_URL": f"smtp://127.0.0.2:{free_port()}"}

    @pytest.fixture
    def warnings(self, app):
        def run():
            done = app.test_cli_runner().invoke(args=["doctor", "--json"])
            return [each["text"] for each in json.loads(done.output) if each["name"] == "recipients"]

        return run

    @pytest.fixture
    def elsewhere(self, app, monkeypatch):
        """As if the relay were another machine: none is asked."""
        monkeypatch.setattr("clevenio.doctor._is_this_machine", lambda _host: False)

    @pytest.mark.parametrize("backend", ["sqlite"])
    def test_a_relay_on_this_machine_is_nobody_else(self, warnings):
        assert warnings() == []

    @pytest.mark.parametrize("backend", ["sqlite"])
    def test_whose_a_relay_elsewhere_is_wants_saying(self, elsewhere, warnings, settings):
        [text] = warnings()
        assert text.startswith("Mail goes out by 127.0.0.2, and no recipient of data is named who runs it.")
        assert str(settings.data / "vendors.toml") in text

    @pytest.mark.parametrize("backend", ["sqlite"])
    def test_a_named_one_is_enough(self, named, elsewhere, warnings):
        assert warnings() == []


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(("words", "number"), [("", 1), ('ourselves = ["hosting"]\n', 0), (HOST, 0)])
def test_a_production_says_who_keeps_its_machine(words, number, settings, monkeypatch, clock):
    (settings.data / "vendors.toml").write_text(words, encoding="utf-8")
    before = loader._IN_FORCE[:]
    try:
        put_in_force({}, (), Clocks(), None, own_vendors.read(settings.data, shipped()))
        found = list(doctor._recipients(replace(settings, mode="production"), clock.now))
        assert load().is_told(Service.HOSTING, clock.now.date()) is (number == 0)
    finally:
        loader._IN_FORCE[:] = before
    assert len(found) == number


def test_a_bad_file_stops_every_start_with_its_line(tmp_path):
    path = tmp_path / "vendors.toml"
    path.write_text(ENTRY.replace('"relay"', '"meta"'), encoding="utf-8")
    result = CliRunner(env={"CLEVENIO_DATA": str(tmp_path)}).invoke(cli, ["db", "upgrade"])
    assert result.exit_code == 2
    assert result.stderr.startswith(
        f"clevenio: {path}, line 2: a recipient of this id comes with the program"
    )
