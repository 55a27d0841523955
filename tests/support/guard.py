"""Nothing in a test may reach beyond this machine, nor a mail server that happens to run on it."""

import ipaddress
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

MAIL_PORTS = {25, 465, 587}


class OutsideWorldError(RuntimeError):
    """A test tried to reach a machine or a real mail server. No OSError, so no retry swallows it."""


def refuse_outside(host: object, port: object = None) -> None:
    """Raise `OutsideWorldError` unless the host is this machine and the port no mail server's."""
    if isinstance(host, bytes):
        host = host.decode("idna")
    if not isinstance(host, str) or host.startswith(("/", "\0")) or host == "":
        return  # a Unix socket, or the wildcard that servers listen on
    if not _is_loopback(host) or port in MAIL_PORTS:
        raise OutsideWorldError(f"a test tried to reach {host} port {port}")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _guarded_method(name: str) -> Callable[..., Any]:
    real = getattr(socket.socket, name)

    def guarded(self: socket.socket, *arguments: Any) -> Any:
        address = arguments[-1]  # the only argument of connect, the last one of sendto
        refuse_outside(*address[:2]) if isinstance(address, tuple) else refuse_outside(address)
        return real(self, *arguments)

    return guarded


def _guarded_lookup(host: object, port: object = None, *arguments: Any, **options: Any) -> Any:
    refuse_outside(host, port)
    return _lookup(host, port, *arguments, **options)  # type: ignore[arg-type]


_lookup = socket.getaddrinfo


@pytest.fixture(scope="session", autouse=True)
def only_this_machine() -> Iterator[None]:
    """Puts the guard in front of every connection that Python opens."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex", "sendto"):
            patch.setattr(socket.socket, name, _guarded_method(name))
        patch.setattr(socket, "getaddrinfo", _guarded_lookup)
        yield
