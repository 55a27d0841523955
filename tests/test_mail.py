import errno
import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from clevenio.errors import BadInput
from clevenio.mail import Folder, Lost, Rendered, Smtp, _reply, build, render, safe_header
from clevenio.settings import Settings
from tests.support.smtp_sink import Fault, listening

NOW = datetime(2026, 6, 1, 7, 30, tzinfo=UTC)
LONG = "<https://www.example.com/u/" + "a" * 64 + ".with.more.so.that.it.is.longer.than.a.line.usually.is>"


def message(**headers):
    return build(
        Rendered("Hei äiti", "Päivää\n.piste alussa\n", "<p>Päivää</p>"),
        sender="Clevenio <news@example.com>",
        to="aino@example.fi",
        language="fi",
        message_id="<1@example.com>",
        now=NOW,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


def nothing():
    pass


def test_a_long_header_stays_one_readable_line():
    raw = message(List_Unsubscribe=LONG)
    line = next(x for x in raw.split(b"\r\n") if x.startswith(b"List-Unsubscribe:"))
    assert line == b"List-Unsubscribe: " + LONG.encode()


def test_the_text_part_comes_first_and_both_parts_say_their_language():
    parsed = message_from_bytes(message(), policy=policy.default)
    assert [part.get_content_type() for part in parsed.iter_parts()] == ["text/plain", "text/html"]
    assert parsed["Content-Language"] == "fi"
    assert str(parsed["Subject"]) == "Hei äiti"
    assert parsed["Auto-Submitted"] == "auto-generated"


def test_no_line_of_a_body_is_longer_than_quoted_printable_allows():
    raw = build(
        Rendered("Hei", "ä" * 300, "<p>" + "ö" * 300),
        sender="a@example.com",
        to="b@example.com",
        language="fi",
        message_id="<1@example.com>",
        now=NOW,
    )
    assert max(map(len, raw.partition(b"\r\n\r\n")[2].split(b"\r\n"))) == 76


def test_no_line_is_longer_than_a_relay_takes():
    assert max(map(len, message(List_Unsubscribe=LONG).split(b"\r\n"))) <= 998


@pytest.mark.parametrize(
    "value",
    [
        "Hello\nBcc: mallory@example.com",
        "Hello\r\nBcc: mallory@example.com",
        "=?utf-8?q?Hello=0ABcc=3A_mallory=40example=2Ecom?=",
        "=?utf-8?b?SGVsbG8KQmNjOiBtYWxsb3J5QGV4YW1wbGUuY29t?=",
        "bell\x07",
        "nul\x00",
    ],
)
def test_no_header_can_start_another_one(value):
    with pytest.raises(BadInput):
        message(Subject=value)


def test_an_ordinary_header_is_left_alone():
    assert safe_header("Tervetuloa, Äijälä – 50 %") == "Tervetuloa, Äijälä – 50 %"


def test_kept_mail_can_be_read_again(tmp_path):
    reply = Folder(tmp_path).deliver("a@example.com", "b@example.com", message(), nothing)
    assert reply.is_sent
    (kept,) = tmp_path.glob("*.eml")
    assert message_from_bytes(kept.read_bytes(), policy=policy.default)["To"] == "aino@example.fi"


def test_a_mail_that_cannot_be_kept_never_left_and_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(path, _content):
        path.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    left = []
    with pytest.raises(OSError, match="No space"):
        Folder(tmp_path).deliver("a@example.com", "b@example.com", message(), lambda: left.append(True))
    assert (left, list(tmp_path.iterdir())) == ([], [])


def test_a_relay_gets_exactly_the_bytes_with_dots_doubled(smtp_sink):
    relay = Smtp(smtp_sink.url)
    assert relay.deliver("a@example.com", "aino@example.fi", message(), nothing).is_sent
    relay.close()
    (arrival,) = smtp_sink.arrived
    assert arrival.message.get_body(("plain",)).get_content() == "Päivää\n.piste alussa\n"


def test_a_connection_is_kept_for_the_next_message(smtp_sink):
    relay = Smtp(smtp_sink.url)
    for _ in range(3):
        assert relay.deliver("a@example.com", "aino@example.fi", message(), nothing).is_sent
    relay.close()
    assert len(smtp_sink.taken) == 3


@pytest.mark.parametrize(
    ("fault", "to", "code", "about_sender"),
    [
        (Fault(at_sender="451 4.3.0 later"), "x@example.fi", 451, True),
        (Fault(at_sender="550 5.1.0 sender rejected"), "ä@example.fi", 550, True),
        (Fault(at_sender="550 5.6.7 ASCII only"), "ä@example.fi", 550, False),
        (Fault(at_recipient="550 5.1.1 nobody"), "x@example.fi", 550, False),
        (Fault(at_data="452 4.3.1 full"), "x@example.fi", 452, False),
    ],
)
def test_a_refusal_before_the_body_is_a_reply_and_nothing_began(smtp_sink, fault, to, code, about_sender):
    began = []
    smtp_sink.next_faults.append(fault)
    relay = Smtp(smtp_sink.url)
    reply = relay.deliver("a@example.com", to, message(), lambda: began.append(1))
    assert (reply.code, reply.about_sender) == (code, about_sender)
    assert not began
    assert relay.deliver("a@example.com", "x@example.fi", message(), nothing).is_sent
    relay.close()


def test_a_drop_after_the_dot_is_uncertain(smtp_sink):
    smtp_sink.next_faults.append(Fault(drop="after dot"))
    relay = Smtp(smtp_sink.url)
    with pytest.raises(Lost) as lost:
        relay.deliver("a@example.com", "x@example.fi", message(), nothing)
    assert lost.value.after_data
    relay.close()


def test_a_relay_that_is_not_there_is_lost_before_anything_began():
    relay = Smtp("smtp://127.0.0.1:9")
    with pytest.raises(Lost) as lost:
        relay.deliver("a@example.com", "x@example.fi", message(), nothing)
    assert not lost.value.after_data


def test_an_international_mailbox_needs_a_relay_that_offers_it(smtp_sink):
    smtp_sink.offers_smtputf8 = False
    relay = Smtp(smtp_sink.url)
    reply = relay.deliver("a@example.com", "äiti@example.fi", message(), nothing)
    relay.close()
    assert reply.is_final
    assert "SMTPUTF8" in reply.text


def test_reading_a_mail_fetches_nothing(tmp_path):
    settings = Settings.from_env({"CLEVENIO_DATA": str(tmp_path)})
    html = render("newsletter/mail/confirm.html", "en", settings=settings, names=[], link="x").html
    assert "<html" in html
    assert not re.search(r"<link|<img|url\(|@import", html)


def test_a_message_that_may_not_leave_after_all_is_taken_back(smtp_sink):
    def refuse():
        raise RuntimeError("withdrawn")

    relay = Smtp(smtp_sink.url)
    with pytest.raises(RuntimeError, match="withdrawn"):
        relay.deliver("a@example.com", "aino@example.fi", message(), refuse)
    assert relay.deliver("a@example.com", "veikko@example.fi", message(), nothing).is_sent
    relay.close()
    assert [arrival.recipients for arrival in smtp_sink.arrived] == [("veikko@example.fi",)]


def test_a_kept_connection_that_the_relay_ended_is_made_anew():
    with listening() as sink:
        relay = Smtp(sink.url, timeout=5)
        assert relay.deliver("a@example.com", "aino@example.fi", message(), nothing).is_sent
    with listening(sink.port) as again:
        began = []
        assert relay.deliver("a@example.com", "veikko@example.fi", message(), lambda: began.append(1)).is_sent
        relay.close()
    assert began == [1]
    assert [arrival.recipients for arrival in again.arrived] == [("veikko@example.fi",)]


def test_a_relay_that_ends_an_idle_connection_with_a_word_is_asked_again_at_once(smtp_sink):
    relay = Smtp(smtp_sink.url)
    assert relay.deliver("a@example.com", "aino@example.fi", message(), nothing).is_sent
    smtp_sink.next_faults.append(Fault(at_sender="421 4.4.2 idle for too long"))
    assert relay.deliver("a@example.com", "veikko@example.fi", message(), nothing).is_sent
    relay.close()
    assert len(smtp_sink.taken) == 2


def test_a_relay_that_closes_again_and_again_is_lost_before_anything_began(smtp_sink):
    smtp_sink.fault = Fault(at_sender="421 4.3.2 going down")
    relay = Smtp(smtp_sink.url)
    for _ in range(2):
        with pytest.raises(Lost, match=r"421 4\.3\.2 going down") as lost:
            relay.deliver("a@example.com", "aino@example.fi", message(), nothing)
        assert not lost.value.after_data


def test_nothing_is_repeated_once_the_body_may_leave(smtp_sink):
    relay = Smtp(smtp_sink.url)
    assert relay.deliver("a@example.com", "aino@example.fi", message(), nothing).is_sent
    smtp_sink.next_faults.append(Fault(drop="within data"))
    began = []
    with pytest.raises(Lost) as lost:
        relay.deliver("a@example.com", "aino@example.fi", message(), lambda: began.append(1))
    assert (lost.value.after_data, began) == (True, [1])


def test_the_mark_before_the_signature_keeps_its_space(tmp_path):
    settings = Settings.from_env({"CLEVENIO_DATA": str(tmp_path)})
    made = render("newsletter/mail/confirm.html", "en", settings=settings, names=[], link="x")
    raw = build(
        made,
        sender="a@example.com",
        to="b@example.com",
        language="en",
        message_id="<1@example.com>",
        now=NOW,
    )
    text = message_from_bytes(raw, policy=policy.default).get_body(("plain",)).get_content()
    assert [line for line in text.splitlines() if line != line.rstrip()] == ["-- "]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (
            "5.1.1 <aino@example.fi>: Recipient address rejected",
            "5.1.1 (address): Recipient address rejected",
        ),
        ("No such user here: aino@example.fi", "No such user here: (address)"),
        ('<"aino m"@example.fi> unknown', "(address) unknown"),
        ("äiti@example.fi, 'x@y.example' (see b@c.example)", "(address), '(address)' (see (address))"),
        ("2.0.0 Ok: queued as 4F2A", "2.0.0 Ok: queued as 4F2A"),
    ],
)
def test_what_a_relay_says_is_kept_without_the_address_in_it(said, kept):
    assert _reply(550, said.encode()).text == kept


@pytest.mark.parametrize(
    ("fault", "may_have_arrived"),
    [
        (Fault(at_sender="354 go on"), False),
        (Fault(at_recipient="199 what"), False),
        (Fault(at_data="250 taken"), False),
        (Fault(at_data="hello"), False),
        (Fault(after_dot="354 go on"), True),
        (Fault(after_dot="hello"), True),
    ],
)
def test_an_answer_that_no_relay_gives_is_no_answer(smtp_sink, fault, may_have_arrived):
    smtp_sink.next_faults.append(fault)
    relay = Smtp(smtp_sink.url, timeout=5)
    began = []
    with pytest.raises(Lost) as lost:
        relay.deliver("a@example.com", "b@example.com", b"Subject: x\r\n\r\nx\r\n", lambda: began.append(1))
    assert (lost.value.after_data, len(began)) == (may_have_arrived, int(may_have_arrived))
    # The next one goes over a connection of its own.
    reply = relay.deliver("a@example.com", "b@example.com", b"Subject: x\r\n\r\nx\r\n", lambda: None)
    relay.close()
    assert reply.is_sent


def test_a_relay_that_stalls_after_the_dot_is_uncertain(smtp_sink):
    smtp_sink.next_faults.append(Fault(delay=2))
    relay = Smtp(smtp_sink.url, timeout=0.5)
    with pytest.raises(Lost) as lost:
        relay.deliver("a@example.com", "b@example.com", b"Subject: x\r\n\r\nx\r\n", lambda: None)
    assert lost.value.after_data
