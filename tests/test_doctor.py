import json
from uuid import uuid4

import pytest

from clevenio import audit, audit_sealing, outbox
from clevenio.doctor import examine
from clevenio.errors import BadInput
from clevenio.newsletter.models import Campaign
from clevenio.people import suppression
from tests.deliverability.signing import record, signed
from tests.deliverability.test_examination import MAIL
from tests.support.factories import NOW
from tests.support.smtp_sink import listening
from tests.support.staff import make_member


@pytest.fixture
def findings(app):
    """What the doctor finds: its exit code, and {name: (verdict, text)}."""

    def run():
        done = app.test_cli_runner().invoke(args=["doctor", "--json"])
        found = json.loads(done.output)
        return done.exit_code, {each["name"]: (each["verdict"], each["text"]) for each in found}

    return run


def test_a_new_installation_works_and_lacks_only_an_administrator(findings, backend):
    code, found = findings()
    assert code == 0
    # A server as it comes writes values that clash into its text log.
    lacking = {"administrator"} | ({"server_log"} if backend == "postgresql" else set())
    assert {name for name, (verdict, _) in found.items() if verdict != "good"} == lacking
    assert "clevenio staff invite" in found["administrator"][1]


def test_an_administrator_is_enough(findings, database):
    with database.session() as session:
        make_member(session, "boss@example.com", "administrator")
        session.commit()
    assert findings()[1]["administrator"][0] == "good"


def test_mail_that_failed_or_is_uncertain_is_worth_a_look(findings, database, clock):
    with database.session() as session:
        for state in ("failed", "uncertain", "returned", "sent"):
            outbox.queue(
                session,
                kind="test",
                sender="a@example.com",
                recipient="b@example.com",
                subject="",
                message=b"",
                now=clock.now,
            ).state = state
        session.commit()
    verdict, text = findings()[1]["deliveries"]
    assert verdict == "warning"
    assert text.startswith("Mails that failed, ended uncertain or came back: 3.")


@pytest.mark.parametrize(
    ("state", "problem", "verdict"),
    [
        ("needs_attention", None, "warning"),
        ("paused", {"message": "The relay refused our own address."}, "warning"),
        ("paused", None, "good"),
        ("running", None, "good"),
        ("finished", None, "good"),
    ],
)
def test_a_campaign_that_waits_for_a_decision_is_worth_a_look(findings, database, state, problem, verdict):
    with database.session() as session:
        session.add(Campaign(id=uuid4(), topic="newsletter", state=state, created_at=NOW, problem=problem))
        session.commit()
    assert findings()[1]["campaigns"][0] == verdict


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_clock_behind_the_audit_trail_is_bad(findings, database, clock):
    with database.session() as session:
        audit.record(session, actor="command", action="made.up", now=clock.now)
        session.commit()
    assert findings()[1]["clock"][0] == "good"
    clock.advance(minutes=-1)
    code, found = findings()
    assert (code, found["clock"][0]) == (1, "bad")


@pytest.mark.parametrize("backend", ["postgresql"])
def test_a_clock_that_differs_from_the_servers_is_bad(findings, clock):
    code, found = findings()
    assert (code, found["clock"][0]) == (1, "bad")


class TestOverride:
    @pytest.fixture
    def extra_settings(self):
        return {"AUDIENCE_MINIMUM_OVERRIDE": "1"}

    def test_small_audiences_are_warned_of(self, findings):
        assert findings()[1]["audiences"][0] == "warning"


class TestRelay:
    @pytest.fixture
    def extra_settings(self, unused_port):
        return {"SMTP_URL": f"smtp://localhost:{unused_port}"}

    @pytest.fixture
    def unused_port(self):
        from tests.support.server import free_port

        return free_port()

    @pytest.mark.parametrize("backend", ["sqlite"])
    def test_a_relay_that_answers_is_good_and_one_that_does_not_is_bad(self, findings, unused_port):
        with listening(unused_port):
            assert findings()[1]["relay"][0] == "good"
        code, found = findings()
        assert (code, found["relay"][0]) == (1, "bad")


@pytest.mark.parametrize("backend", ["sqlite"])
def test_people_get_one_line_a_finding(app):
    lines = app.test_cli_runner().invoke(args=["doctor"]).output.splitlines()
    assert "ok    database       It can be read and written." in lines


class TestSeals:
    @pytest.fixture
    def made(self, app, clock):
        return app.extensions["clevenio"]

    @pytest.fixture
    def note(self, made):
        """Writes an entry as this machine does, which marks it in its own folder."""

        def write():
            with made.database.session() as session:
                audit.record(session, actor="command", action="made.up", now=made.clock())
                session.commit()

        return write

    @staticmethod
    def seal(made, folder):
        return audit_sealing.seal(made.database, folder, [made.settings.suppression_key], made.clock())

    def test_one_folder_for_all_is_good(self, findings, made, note):
        note()
        assert findings()[1]["seals"][0] == "good"
        self.seal(made, made.settings.data / "seals")
        note()
        assert findings()[1]["seals"][0] == "good"

    def test_a_worker_that_seals_elsewhere_is_worth_a_look(self, findings, made, note, tmp_path):
        note()
        self.seal(made, tmp_path / "of-another-machine")
        found = findings()[1]
        assert found["seals"][0] == "warning"
        assert str(made.settings.data / "seals") in found["seals"][1]

    def test_entries_that_are_marked_elsewhere_are_worth_a_look(self, findings, made, note):
        note()
        (made.settings.data / "seals").rename(made.settings.data / "of-another-machine")
        assert findings()[1]["seals"][0] == "warning"

    @pytest.mark.parametrize("backend", ["sqlite"])
    def test_a_file_that_cannot_be_read_is_worth_a_look(self, findings, made, note):
        note()
        self.seal(made, made.settings.data / "seals")
        path = made.settings.data / "seals" / audit_sealing.FILE
        path.unlink()
        path.mkdir()
        assert findings()[1]["seals"][0] == "warning"


class TestRefusals:
    @pytest.fixture
    def made(self, app, clock):
        return app.extensions["clevenio"]

    @pytest.fixture
    def file(self, made):
        """The file outside the database, after two suppressions."""
        with made.database.session() as session:
            for scope in ("newsletter", "surveys"):
                suppression.suppress(session, "f" * 64, "email", scope, "unsubscribed", made.clock())
            session.commit()
        return made.settings.data / "seals" / "suppressions.jsonl"

    def test_files_that_say_what_the_database_says_are_good(self, findings, file):
        assert findings()[1]["refusals"][0] == "good"

    @pytest.mark.parametrize("backend", ["sqlite"])
    def test_a_line_that_is_missing_is_worth_a_look(self, findings, file):
        file.write_bytes(file.read_bytes().splitlines(keepends=True)[0])
        verdict, text = findings()[1]["refusals"]
        assert (verdict, "suppressions.jsonl: 1" in text) == ("warning", True)
        file.unlink()
        assert "suppressions.jsonl: 2" in findings()[1]["refusals"][1]

    @pytest.mark.parametrize("backend", ["sqlite"])
    @pytest.mark.parametrize(
        ("old", "new", "word"), [(b"surveys", b"trials", "was changed"), (b"{", b"[", "cannot be read")]
    )
    def test_a_line_that_was_changed_or_cannot_be_read_is_bad(self, findings, file, old, new, word):
        file.write_bytes(file.read_bytes().replace(old, new))
        code, found = findings()
        assert (code, found["refusals"][0]) == (1, "bad")
        assert word in found["refusals"][1]

    @pytest.mark.parametrize("backend", ["sqlite"])
    def test_a_file_that_cannot_be_opened_is_bad(self, findings, file, made):
        file.unlink()
        file.mkdir()
        assert findings()[1]["refusals"][0] == "bad"
        found = {each.name: each.verdict for each in examine(made, is_thorough=False)}
        assert found["refusals"] == "bad"


@pytest.mark.parametrize("backend", ["sqlite"])
class TestMail:
    @pytest.fixture
    def doctor(self, app):
        return lambda *arguments: app.test_cli_runner().invoke(args=["doctor", *map(str, arguments)])

    @pytest.fixture
    def key(self, tmp_path):
        path = tmp_path / "mail.txt"
        path.write_text(record())
        return path

    @pytest.fixture
    def arrived(self, tmp_path):
        path = tmp_path / "arrived.eml"
        path.write_bytes(signed(MAIL))
        return path

    def test_a_mail_that_came_back_is_looked_at_instead(self, doctor, arrived, key):
        done = doctor("--mail", arrived, "--key", key)
        assert done.exit_code == 0
        assert "ok    dkim           The signature of example.com holds." in done.output.splitlines()
        assert "database" not in done.output

    def test_what_a_receiver_objects_to_ends_with_one(self, doctor, arrived, key):
        arrived.write_bytes(MAIL)
        done = doctor("--mail", arrived, "--key", key, "--json")
        assert done.exit_code == 1
        assert [each["name"] for each in json.loads(done.output) if each["verdict"] == "bad"] == ["dkim"]

    def test_a_key_without_a_mail_is_wrong_usage(self, doctor, key):
        assert doctor("--key", key).exit_code == 2

    def test_a_file_that_is_not_there_is_named(self, doctor, tmp_path):
        done = doctor("--mail", tmp_path / "nowhere.eml")
        assert isinstance(done.exception, BadInput)
        assert "nowhere.eml cannot be read" in str(done.exception)
