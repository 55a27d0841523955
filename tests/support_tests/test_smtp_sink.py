import smtplib
import time
from email.message import EmailMessage

import pytest

from tests.support.smtp_sink import Fault, listening

LATER = "451 4.3.0 later"
NEVER = "550 5.1.1 nobody of that name"


def make_message(recipient="aino@example.fi", text="Hei\n.piste\n"):
    message = EmailMessage()
    message["From"] = "news@example.com"
    message["To"] = recipient
    message["Subject"] = "Hei"
    message["Message-ID"] = "<1@example.com>"
    message.set_content(text)
    return message


def send(sink, message=None):
    with smtplib.SMTP("127.0.0.1", sink.port, timeout=5) as client:
        client.send_message(message or make_message())


def test_a_mail_is_kept_with_its_envelope_and_its_dots(smtp_sink):
    send(smtp_sink)
    [arrival] = smtp_sink.wait_for(1)
    assert (arrival.sender, arrival.recipients) == ("news@example.com", ("aino@example.fi",))
    assert arrival.message_id == "<1@example.com>"
    assert arrival.message.get_content() == "Hei\n.piste\n"


def test_several_mails_may_share_a_connection(smtp_sink):
    with smtplib.SMTP("127.0.0.1", smtp_sink.port, timeout=5) as client:
        for _ in range(3):
            client.send_message(make_message())
    assert len(smtp_sink.sent_to("aino@example.fi")) == 3


@pytest.mark.parametrize("reply", [LATER, NEVER])
@pytest.mark.parametrize("stage", ["at_sender", "at_recipient", "at_data", "after_dot"])
def test_a_refusal_is_told_at_its_stage(smtp_sink, stage, reply):
    smtp_sink.fault = Fault(**{stage: reply})
    with pytest.raises(smtplib.SMTPException) as caught:
        send(smtp_sink)
    assert reply[:3] in str(caught.value)
    assert smtp_sink.taken == []
    assert len(smtp_sink.arrived) == (stage == "after_dot")


def test_a_fault_in_line_is_used_once(smtp_sink):
    smtp_sink.next_faults.append(Fault(at_recipient=LATER))
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(smtp_sink)
    send(smtp_sink)
    assert len(smtp_sink.taken) == 1


@pytest.mark.parametrize(("drop", "arrivals"), [("within data", 0), ("after dot", 1)])
def test_a_dropped_connection_leaves_the_sender_in_the_dark(smtp_sink, drop, arrivals):
    smtp_sink.fault = Fault(drop=drop)
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        send(smtp_sink)
    assert (len(smtp_sink.arrived), smtp_sink.taken) == (arrivals, [])


def test_a_slow_server_has_the_mail_before_it_says_so(smtp_sink):
    smtp_sink.fault = Fault(delay=0.3)
    started = time.monotonic()
    send(smtp_sink)
    assert time.monotonic() - started >= 0.3


def test_international_addresses_need_a_server_that_offers_them(smtp_sink):
    send(smtp_sink, make_message("äänetön@example.fi"))
    smtp_sink.offers_smtputf8 = False
    with pytest.raises(smtplib.SMTPNotSupportedError):
        send(smtp_sink, make_message("äänetön@example.fi"))
    assert [arrival.recipients for arrival in smtp_sink.arrived] == [("äänetön@example.fi",)]


def test_a_line_longer_than_the_standard_allows_is_refused(smtp_sink):
    with (
        smtplib.SMTP("127.0.0.1", smtp_sink.port, timeout=5) as client,
        pytest.raises(smtplib.SMTPDataError, match="line too long"),
    ):
        client.sendmail("news@example.com", ["aino@example.fi"], "Subject: x\r\n\r\n" + "x" * 999)


def test_a_sink_can_come_back_on_the_same_port():
    with listening() as first:
        port = first.port
    with pytest.raises(ConnectionRefusedError):
        smtplib.SMTP("127.0.0.1", port, timeout=5)
    with listening(port) as second:
        send(second)
        assert len(second.wait_for(1)) == 1
