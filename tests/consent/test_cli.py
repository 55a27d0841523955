"""`clevenio consent …` as the privacy officer types it."""

import json
import socket
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from clevenio.app import cli
from clevenio.audit import AuditEntry, subject_hash
from clevenio.consent.ledger import State
from tests.consent.acts import act
from tests.support.factories import NOW

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


@pytest.fixture
def run(app, settings, monkeypatch, capsys):
    """`run("consent", "verify")` -> exit code, standard output, standard error."""

    def run(*arguments):
        monkeypatch.setattr(cli, "create_app", lambda: app)
        with pytest.raises(SystemExit) as ended:
            cli.main(list(arguments), prog_name="clevenio")
        out, err = capsys.readouterr()
        return ended.value.code, out, err

    return run


@pytest.fixture
def subject(database):
    with database.session() as session:
        subject = uuid4()
        act(session, subject, newsletter=State.GRANTED)
        act(session, subject, newsletter=State.WITHDRAWN)
        session.commit()
    return subject


@pytest.fixture
def spoil(database, subject):
    with database.session() as session:
        session.execute(text("DROP TRIGGER consent_decisions_no_update"))
        session.execute(text("UPDATE consent_decisions SET state = 'granted' WHERE sequence = 2"))
        session.commit()


def test_a_whole_ledger_says_so(run, subject):
    code, out, _ = run("consent", "verify")
    assert (code, out) == (
        0,
        (
            "The ledger is whole.\nFrom row 1 on nothing is sealed yet, up to 2; the seal is daily. "
            "The worker marks those from 1 on within a minute.\n"
        ),
    )
    code, out, _ = run("consent", "verify", "--json")
    reach = {"sealed": 0, "marked": 0, "newest": 2, "restored": []}
    assert (code, json.loads(out)) == (0, {"is_whole": True, "findings": [], **reach})


def test_it_says_how_far_marks_and_seals_reach(app, run, subject):
    app.extensions["clevenio"].jobs.run("marks")
    assert "Marks outside the database hold the rows up to 2." in run("consent", "verify")[1]
    assert run("consent", "seal")[0] == 0
    assert run("consent", "verify")[1] == "The ledger is whole.\nEvery decision is sealed.\n"


def test_findings_are_listed_and_the_exit_code_is_1(run, subject, spoil):
    code, out, err = run("consent", "verify")
    assert code == 1
    assert f"changed: {subject}: decision 2 was changed" in out
    assert err == "clevenio: the ledger is not whole (findings: 2)\n"
    code, out, err = run("consent", "verify", "--json")
    assert code == 1
    assert {"kind": "changed", "subject": str(subject), "text": "decision 2 was changed"} in json.loads(out)[
        "findings"
    ]


def test_a_copy_of_the_published_seals_is_compared(run, subject, client, clock, tmp_path):
    run("consent", "seal")
    kept = tmp_path / "seals.json"
    kept.write_text(client.get("/.well-known/seals.json").text, "utf-8")
    assert run("consent", "verify", "--published", str(kept))[0] == 0
    kept.write_text(kept.read_text("utf-8").replace('"fingerprint": "', '"fingerprint": "0'), "utf-8")
    code, out, err = run("consent", "verify", "--published", str(kept))
    assert out == f"published: -: the seal of {NOW.isoformat()} is not the one that was published\n"
    assert (code, err) == (1, "clevenio: the ledger is not whole (findings: 1)\n")
    kept.write_text("no seals", "utf-8")
    code, _, err = run("consent", "verify", "--published", str(kept))
    assert (code, err) == (2, "clevenio: That file is not a document of published seals.\n")


def test_a_port_that_somebody_else_has_is_refused(run):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        code, _, err = run("consent", "shown", "--port", str(port))
    assert (code, err) == (1, f"clevenio: Port {port}: Address already in use\n")


def test_history_shows_every_decision(run, subject):
    code, out, _ = run("consent", "history", str(subject))
    first, second = out.splitlines()
    assert code == 0
    assert first.startswith(f"{NOW.isoformat()}  granted    newsletter")
    assert second.startswith(f"{NOW.isoformat()}  withdrawn  newsletter")


def test_whoever_looks_at_a_history_leaves_an_entry(run, subject, settings, other_session):
    run("consent", "history", str(subject))
    run("consent", "history", str(uuid4()))
    with other_session() as session:
        (entry,) = session.scalars(select(AuditEntry))
    expected = ("command", "consent.history", subject_hash(settings.suppression_key, subject))
    assert (entry.actor, entry.action, entry.subject) == expected


def test_history_for_a_machine(run, subject):
    _, out, _ = run("consent", "history", str(subject), "--json")
    rows = json.loads(out)
    assert [(row["sequence"], row["state"], row["subject"]) for row in rows] == [
        (1, "granted", str(subject)),
        (2, "withdrawn", str(subject)),
    ]


def test_an_unknown_subject_is_refused(run):
    unknown = uuid4()
    assert run("consent", "history", str(unknown)) == (
        1,
        "",
        f"clevenio: The ledger knows no subject {unknown}.\n",
    )


def test_what_is_no_identifier_is_wrong_usage(run):
    code, _, err = run("consent", "history", "aino@example.com")
    assert (code, err) == (2, "clevenio: aino@example.com is not an identifier of a subject.\n")


def test_a_seal_is_kept_beside_the_database(run, subject, settings):
    code, out, _ = run("consent", "seal")
    assert code == 0
    assert out.startswith("Sealed 2 new decisions, 1 new subjects: ")
    (line,) = (settings.data / "seals" / "consent.jsonl").read_text("utf-8").splitlines()
    assert json.loads(line)["rows"] == 2
    assert run("consent", "verify")[0] == 0


def test_the_worker_seals_each_day_once(app, clock, subject, settings):
    jobs = app.extensions["clevenio"].jobs
    path = settings.data / "seals" / "consent.jsonl"
    for expected in (1, 1):
        jobs.run("seal")
        assert len(path.read_text("utf-8").splitlines()) == expected
    clock.advance(days=1)
    jobs.run("seal")
    assert len(path.read_text("utf-8").splitlines()) == 2
