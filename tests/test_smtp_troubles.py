"""A relay that falls silent, ends, answers nonsense or refuses: at each stage of the conversation."""

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from clevenio.smtp import Lost, Smtp
from tests.support.smtp_sink import Fault, Trouble
from tests.support.troubles import TROUBLES, may_have_arrived
from tests.test_mail import message, nothing

# Longer than anything that is answered here takes, also beside other work.
PATIENT = 30


@pytest.fixture
def relay(smtp_sink):
    relay = Smtp(smtp_sink.url, timeout=PATIENT, patience=PATIENT)
    yield relay
    relay.close()


def deliver(relay, to="aino@example.fi", before_body=nothing, following=""):
    return relay.deliver("a@example.com", to, message(), before_body, following)


@pytest.mark.parametrize("is_pipelining", [True, False])
@pytest.mark.parametrize("trouble", TROUBLES, ids=str)
def test_what_is_said_of_a_message_is_known_or_unknown_and_the_next_one_leaves(
    smtp_sink, relay, trouble, is_pipelining
):
    smtp_sink.offers_pipelining = is_pipelining
    smtp_sink.troubles.append(trouble)
    for _ in range(trouble.after):
        assert deliver(relay, following="veikko@example.fi").is_sent
    if trouble.how == "silence":
        relay.timeout = relay.patience = 0.3
        if trouble.after:
            relay._connection.sock.settimeout(relay.timeout)
    began = []
    try:
        reply = deliver(relay, "veikko@example.fi", lambda: began.append(1))
    except Lost as lost:
        outcome = "uncertain" if lost.after_data else "later"
    else:
        outcome = "sent" if reply.is_sent else "final" if reply.is_final else "later"
    relay.timeout = relay.patience = PATIENT
    # A connection that was kept is made anew, where nothing had begun on it.
    is_made_anew = bool(trouble.after) and trouble.how != "refusal"
    expected = "uncertain" if may_have_arrived(trouble) else "sent" if is_made_anew else "later"
    assert outcome == expected
    assert len(began) == (trouble.stage == "dot" or outcome == "sent")
    relay.close()
    assert deliver(relay, "anna@example.com").is_sent
    assert len({arrival.recipients for arrival in smtp_sink.arrived}) == len(smtp_sink.arrived)


def test_a_relay_that_reads_no_body_is_uncertain(smtp_sink, relay):
    smtp_sink.troubles.append(Trouble("body", "silence"))
    relay.timeout = 0.5
    more_than_fits_between_us = b"x" * 30_000_000
    with pytest.raises(Lost) as lost:
        relay.deliver("a@example.com", "aino@example.fi", more_than_fits_between_us, nothing)
    assert lost.value.after_data


def test_a_relay_that_takes_its_time_over_a_body_is_waited_for(smtp_sink, relay):
    smtp_sink.next_faults.append(Fault(delay=0.6))
    relay.timeout = 0.2
    assert deliver(relay).is_sent
    assert relay._connection.sock.gettimeout() == relay.timeout


@pytest.mark.parametrize("is_pipelining", [True, False])
@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "dot"])
def test_a_refusal_stands_where_the_relay_goes_behind_it(smtp_sink, relay, stage, is_pipelining):
    smtp_sink.offers_pipelining = is_pipelining
    smtp_sink.troubles.append(Trouble(stage, "farewell"))
    assert deliver(relay).is_final
    assert deliver(relay).is_sent


def test_a_refusal_stands_where_the_relay_goes_at_the_end_of_an_empty_body():
    """RFC 2920 3.1: whoever pipelines may be asked for a body although nobody is to have it."""

    def refuse(listener):
        line, _address = listener.accept()
        with line, line.makefile("rwb", buffering=0) as said:
            said.write(b"220 relay.example.com\r\n")
            said.readline()
            said.write(b"250-relay.example.com\r\n250 PIPELINING\r\n")
            for _ in ("MAIL", "RCPT", "DATA"):
                said.readline()
            said.write(b"250 fine\r\n550 5.1.1 no such mailbox\r\n354 go on\r\n")
            assert said.readline() == b".\r\n"

    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as beside:
        done = beside.submit(refuse, listener)
        relay = Smtp(f"smtp://127.0.0.1:{listener.getsockname()[1]}", timeout=10)
        assert deliver(relay).code == 550
        done.result(timeout=10)


def test_a_relay_that_never_speaks_tls_is_lost_before_anything_began(smtp_sink):
    relay = Smtp(smtp_sink.url.replace("smtp://", "smtps://"), timeout=0.3)
    with pytest.raises(Lost) as lost:
        deliver(relay)
    assert not lost.value.after_data


def test_it_is_counted_how_many_in_a_row_nobody_knows_of(smtp_sink, relay):
    smtp_sink.troubles += [Trouble("dot", "end"), Trouble("dot", "nonsense"), Trouble("dot", "end", after=1)]
    counted = []
    for _ in range(4):
        try:
            deliver(relay)
        except Lost as lost:
            counted.append(lost.in_a_row)
        else:
            counted.append(0)
    assert counted == [1, 2, 0, 1]
