"""A relay, over real sockets: each answer it may give, and each moment at which it may go."""

import errno
import re
import smtplib
import socket
import ssl

import pytest

from clevenio.smtp import Lost, Smtp, _dotted, _path, _reply, without_addresses
from tests.support.smtp_sink import Fault, listening
from tests.test_mail import message, nothing


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
    with pytest.raises(Lost, match="nobody listens at the relay's address") as lost:
        relay.deliver("a@example.com", "x@example.fi", message(), nothing)
    assert not lost.value.after_data


def test_of_what_a_relay_says_at_length_whole_words_of_the_beginning_are_kept():
    said = without_addresses("550 no <aino@example.fi> " + "x" * 2_000_000)
    assert said == "550 no (address)"
    assert len(without_addresses("word " * 1000)) < 1000


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            smtplib.SMTPServerDisconnected("Connection unexpectedly closed"),
            "ended the connection without a word",
        ),
        (smtplib.SMTPAuthenticationError(535, b"5.7.8 no, x@example.fi"), "535 5.7.8 no, (address)"),
        (smtplib.SMTPAuthenticationError(535, "no"), "535 no"),
        (TimeoutError(), "did not answer in time"),
        (ssl.SSLCertVerificationError(), "not one to trust"),
        (ssl.SSLError(), "no way to encrypt"),
        (ConnectionResetError(), "the connection broke"),
        (socket.gaierror(-2, "Name or service not known"), "name is not known"),
        (
            smtplib.SMTPNotSupportedError("SMTP AUTH extension not supported"),
            "no way to sign in that we know",
        ),
        (smtplib.SMTPException("No suitable authentication method found."), "no way to sign in that we know"),
        (OSError(errno.EHOSTUNREACH, "No route to host"), "the relay cannot be reached"),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), "the relay cannot be reached"),
        (OSError(), "the relay cannot be reached"),
    ],
)
def test_what_broke_a_connection_is_said_in_words(monkeypatch, error, words):
    def break_off(*_):
        raise error

    monkeypatch.setattr(Smtp, "_connected", break_off)
    with pytest.raises(Lost, match=re.escape(words)):
        Smtp("smtp://127.0.0.1:9").greet()


def test_an_international_mailbox_needs_a_relay_that_offers_it(smtp_sink):
    smtp_sink.offers_smtputf8 = False
    relay = Smtp(smtp_sink.url)
    reply = relay.deliver("a@example.com", "äiti@example.fi", message(), nothing)
    relay.close()
    assert reply.is_final
    assert "SMTPUTF8" in reply.text


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


def deliver(relay, to, following=""):
    return relay.deliver("a@example.com", to, message(), nothing, following)


def recipients(smtp_sink):
    return [arrival.recipients[0] for arrival in smtp_sink.arrived]


@pytest.mark.parametrize("is_offered", [True, False])
def test_the_envelope_of_the_next_leaves_with_a_body_where_the_relay_offers_it(smtp_sink, is_offered):
    smtp_sink.offers_pipelining = is_offered
    relay = Smtp(smtp_sink.url, timeout=5)
    assert deliver(relay, "aino@example.fi", following="ä@example.fi").is_sent
    assert (relay._ahead is not None) == is_offered
    assert deliver(relay, "ä@example.fi", following="veikko@example.fi").is_sent
    assert deliver(relay, "veikko@example.fi").is_sent
    relay.close()
    assert recipients(smtp_sink) == ["aino@example.fi", "ä@example.fi", "veikko@example.fi"]


def test_a_next_message_that_does_not_come_leaves_nothing_behind(smtp_sink):
    relay = Smtp(smtp_sink.url, timeout=5)
    assert deliver(relay, "aino@example.fi", following="gone@example.fi").is_sent
    assert deliver(relay, "veikko@example.fi", following="gone@example.fi").is_sent
    relay.close()
    assert deliver(relay, "late@example.fi").is_sent
    relay.close()
    assert recipients(smtp_sink) == ["aino@example.fi", "veikko@example.fi", "late@example.fi"]


def test_a_relay_that_goes_after_its_answer_has_given_it(smtp_sink):
    smtp_sink.next_faults.append(Fault(drop="after answer"))
    relay = Smtp(smtp_sink.url, timeout=5)
    assert deliver(relay, "aino@example.fi", following="veikko@example.fi").is_sent
    assert deliver(relay, "veikko@example.fi").is_sent
    relay.close()
    assert recipients(smtp_sink) == ["aino@example.fi", "veikko@example.fi"]


def test_what_is_said_of_the_next_envelope_is_said_of_the_next_message(smtp_sink):
    smtp_sink.next_faults += [Fault(), Fault(at_recipient="550 5.1.1 nobody"), Fault(at_sender="550 no")]
    relay = Smtp(smtp_sink.url, timeout=5)
    assert deliver(relay, "aino@example.fi", following="gone@example.fi").is_sent
    refused = deliver(relay, "gone@example.fi", following="veikko@example.fi")
    assert (refused.code, refused.about_sender) == (550, False)
    refused = deliver(relay, "veikko@example.fi")
    assert (refused.code, refused.about_sender) == (550, True)
    assert deliver(relay, "veikko@example.fi").is_sent
    relay.close()
    assert recipients(smtp_sink) == ["aino@example.fi", "veikko@example.fi"]


def test_an_international_mailbox_that_the_relay_does_not_take_is_not_announced(smtp_sink):
    smtp_sink.offers_smtputf8 = False
    relay = Smtp(smtp_sink.url, timeout=5)
    assert deliver(relay, "aino@example.fi", following="ä@example.fi").is_sent
    assert deliver(relay, "ä@example.fi", following="veikko@example.fi").is_final
    assert deliver(relay, "veikko@example.fi").is_sent
    relay.close()


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        (b".a\r\n..b\r\n", b"..a\r\n...b\r\n.\r\n"),
        (b"a\n.b\rc\r\n\n.", b"a\r\n..b\r\nc\r\n\r\n..\r\n.\r\n"),
        (b"a.\r\n", b"a.\r\n.\r\n"),
        (b"", b"\r\n.\r\n"),
    ],
)
def test_lines_end_alike_and_leading_dots_are_doubled(body, sent):
    assert _dotted(body) == sent


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("aino@example.fi", "<aino@example.fi>"),
        ("ä.o'b+c@xn--exmple-cua.fi", "<ä.o'b+c@xn--exmple-cua.fi>"),
        ('"a b"@example.fi', '<"a b"@example.fi>'),
        ("a@[192.0.2.1]", "<a@[192.0.2.1]>"),
    ],
)
def test_an_address_stands_between_brackets(address, path):
    assert _path(address) == path
