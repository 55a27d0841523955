import smtplib
import socket

import pytest

from tests.support.guard import OutsideWorldError


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "mail.example.com"])
def test_no_test_reaches_another_machine(host):
    with pytest.raises(OutsideWorldError):
        socket.create_connection((host, 80), timeout=1)


def test_no_test_reaches_a_mail_server_of_this_machine():
    with pytest.raises(OutsideWorldError):
        smtplib.SMTP("localhost", 25)


def test_a_datagram_stays_here_too():
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mailman,
        pytest.raises(OutsideWorldError),
    ):
        mailman.sendto(b"?", ("192.0.2.1", 53))


def test_this_machine_may_be_reached():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=5).close()
