"""`clevenio newsletter`, as it is typed."""

import json
import re
from datetime import timedelta
from uuid import UUID

import pytest
from flask.cli import ScriptInfo

from clevenio import outbox
from clevenio.app import cli
from clevenio.newsletter import cli as newsletter_cli
from clevenio.newsletter import deliveries, steering
from clevenio.web.kit import utc_now
from tests.newsletter.conftest import TEXTS
from tests.support.factories import make_person
from tests.support.smtp_sink import Fault, Trouble


@pytest.fixture
def extra_settings(smtp_sink):
    return {"SMTP_URL": smtp_sink.url}


@pytest.fixture
def texts(tmp_path):
    for language, text in TEXTS.items():
        (tmp_path / f"{language}.md").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def run(app, monkeypatch, capsys):
    """`run("send", ...)`: exit code, standard output, standard error."""
    monkeypatch.setattr(newsletter_cli, "PAUSE", 0.05)

    def run(*arguments):
        with pytest.raises(SystemExit) as end:
            cli.main(
                ["newsletter", *map(str, arguments)],
                obj=ScriptInfo(create_app=lambda: app),
                prog_name="clevenio",
            )
        captured = capsys.readouterr()
        return end.value.code or 0, captured.out, captured.err

    return run


def send(run, texts, **instead):
    options = {"topic": "newsletter", "fi": texts / "fi.md", "en": texts / "en.md", **instead}
    pairs = [part for name, value in options.items() if value for part in (f"--{name}", value)]
    return run("send", *pairs)


def test_it_sends_waits_for_the_end_and_is_quiet_in_a_pipe(run, texts, subscribe, smtp_sink):
    for _ in range(3):
        subscribe()
    assert send(run, texts) == (0, "3 candidates: 3 sent.\n", "")
    assert len(smtp_sink.taken) == 3


def test_account_mail_goes_before_the_campaign(run, texts, subscribe, smtp_sink, database):
    subscribe()
    with database.session() as session:
        outbox.queue(session, kind="account", sender="a@example.com", recipient="urgent@example.com",
                     subject="x", message=b"Subject: x\r\n\r\nx\r\n", now=utc_now())  # fmt: skip
        session.commit()
    assert send(run, texts) == (0, "1 candidate: 1 sent.\n", "")
    assert [each.recipients[0] == "urgent@example.com" for each in smtp_sink.taken] == [True, False]


def test_nobody_on_the_list_is_no_fault(run, texts, database):
    with database.session() as session:
        make_person(session)
        session.commit()
    assert send(run, texts) == (0, "0 candidates: nobody to mail.\n", "")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault(at_recipient="550 5.1.1 nobody"), "1 failed, 0 uncertain, 0 missing"),
        (Fault(drop="after dot"), "0 failed, 1 uncertain, 0 missing"),
    ],
)
def test_what_needs_attention_ends_with_1(run, texts, subscribe, smtp_sink, fault, said):
    subscribe()
    smtp_sink.next_faults.append(fault)
    code, _out, err = send(run, texts)
    assert (code, said in err) == (1, True)
    assert len(err.splitlines()) == 1


def test_it_waits_for_a_try_that_is_due_soon(run, texts, subscribe, smtp_sink, monkeypatch):
    monkeypatch.setattr(deliveries, "BACKOFF", (0.2,))
    subscribe()
    smtp_sink.next_faults.append(Fault(at_recipient="451 4.7.1 greylisted"))
    assert send(run, texts) == (0, "1 candidate: 1 sent.\n", "")


def test_it_does_not_wait_for_what_is_put_off_for_long(run, texts, subscribe, smtp_sink, monkeypatch):
    monkeypatch.setattr(deliveries, "BACKOFF", (0.1, 3600))
    for email in ("anna@example.com", "busy@example.com"):
        subscribe(email)
    smtp_sink.next_faults.extend([Fault(at_recipient="451 4.3.0 later"), Fault()])
    smtp_sink.next_faults.extend([Fault(at_recipient="451 4.3.0 later")])
    code, out, err = send(run, texts)
    assert (code, out.splitlines()[0]) == (1, "2 candidates: 1 sent.")
    last_words = r"The relay said last, at [-0-9: ]+ UTC: 451 4.3.0 later. Next attempt: [-0-9: ]+ UTC."
    assert re.fullmatch(last_words, out.splitlines()[1])
    assert "1 deferred, 0 not tried" in err
    assert "The worker goes on" in err
    assert len(err.splitlines()) == 1
    [campaign] = json.loads(run("status", "--json")[1])
    assert (campaign["state"], campaign["counts"]["deferred"]) == ("running", 1)
    assert campaign["put_off"]["said"] == "451 4.3.0 later"
    assert re.fullmatch(f"Three ways to ask: 1 deferred. {last_words}", run("status")[1].splitlines()[-1])


def test_of_a_paused_campaign_it_is_said_that_the_next_attempt_waits_until_it_goes_on(
    run, texts, subscribe, smtp_sink, database
):
    subscribe()
    smtp_sink.next_faults.append(Fault(at_recipient="451 4.3.0 later"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deliveries, "BACKOFF", (3600,))
        send(run, texts)
    [campaign] = json.loads(run("status", "--json")[1])
    with database.session() as session:
        steering.pause(session, UUID(campaign["id"]), "staff:1", utc_now())
        session.commit()
    last = run("status")[1].splitlines()[-1]
    assert last.endswith("451 4.3.0 later. Next attempt: when the campaign goes on.")
    assert json.loads(run("status", "--json")[1])[0]["put_off"]["next_at"] is None
    with database.session() as session:
        steering.cancel(session, UUID(campaign["id"]), "staff:1", utc_now())
        session.commit()
    assert "Next attempt" not in run("status")[1]


def test_what_no_relay_said_is_not_told_as_its_words(run, texts, subscribe, smtp_sink, monkeypatch):
    monkeypatch.setattr(deliveries, "BACKOFF", (3600,))
    subscribe()
    smtp_sink.troubles.append(Trouble("rcpt", "end"))
    told = send(run, texts)[1].splitlines()[1]
    assert re.match(
        r"What happened last, at [-0-9: ]+ UTC: the relay ended the connection without a word\.", told
    )


def test_it_does_not_wait_for_a_relay_that_stays_away(run, texts, subscribe, smtp_sink, monkeypatch):
    monkeypatch.setattr(newsletter_cli, "PATIENCE", timedelta(seconds=0.5))
    monkeypatch.setattr(deliveries, "BACKOFF", (0.1,) * 100)
    subscribe()
    smtp_sink.fault = Fault(at_sender="421 4.3.2 going down")
    code, out, err = send(run, texts)
    assert (code, out.splitlines()[0]) == (1, "1 candidate: nothing sent yet.")
    assert "421 4.3.2 going down" in out
    assert "1 deferred, 0 not tried" in err


@pytest.mark.parametrize(
    ("instead", "said"),
    [
        ({"topic": "everything"}, "There is no topic everything"),
        ({"topic": None}, "--topic"),
        ({"fi": None}, "--fi"),
        ({"en": None}, "--en"),
        ({"en": "missing.md"}, "cannot be read"),
        ({"en": "empty.md"}, "empty.md: The text has no heading: the first one becomes the subject.\n"),
        (
            {"en": "merged.md"},
            "merged.md: There are no such placeholders: line 1: *|A|*; line 3: *|B|*. There",
        ),
        ({"en": "latin.md"}, "not text in UTF-8"),
    ],
)
def test_wrong_usage_and_files_end_with_2_and_send_nothing(run, texts, subscribe, smtp_sink, instead, said):
    subscribe()
    (texts / "empty.md").write_text("no heading here", encoding="utf-8")
    (texts / "merged.md").write_text("# Hello *|A|*\n\nHi *|B|*", encoding="utf-8")
    (texts / "latin.md").write_bytes("# Hyvää päivää\n\nHei".encode("latin-1"))
    instead = {name: texts / value if name == "en" and value else value for name, value in instead.items()}
    code, out, err = send(run, texts, **instead)
    assert (code, out) == (2, "")
    assert said in err
    assert smtp_sink.arrived == []


def test_status_lists_campaigns_with_their_counts(run, texts, subscribe):
    assert run("status") == (0, "No campaign has been sent yet.\n", "")
    subscribe()
    send(run, texts)
    code, out, _err = run("status")
    assert (code, "Three ways to ask" in out, "finished" in out) == (0, True, True)
    assert len(out.splitlines()) == 2, "a head, and a line for each campaign"
    [campaign] = json.loads(run("status", "--json")[1])
    assert (campaign["topic"], campaign["state"], campaign["candidates"]) == ("newsletter", "finished", 1)
    assert campaign["created_at"] <= campaign["begun_at"] <= campaign["finished_at"]
    assert campaign["subjects"] == {"fi": "Kolme tapaa kysyä", "en": "Three ways to ask"}
    assert {state for state, number in campaign["counts"].items() if number} == {"sent"}


def test_a_campaign_that_paused_by_itself_is_told_with_the_relays_words(run, texts, subscribe, smtp_sink):
    subscribe()
    smtp_sink.fault = Fault(at_sender="550 5.1.0 sender rejected")
    code, _, err = send(run, texts)
    said = "The relay refused our own address. 550 5.1.0 sender rejected"
    assert (code, err) == (1, f"clevenio: The campaign was paused: {said}\n")
    [found] = json.loads(run("status", "--json")[1])
    assert found["trouble"] == said
