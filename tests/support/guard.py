"""Nothing in a test may reach beyond this machine, nor a mail server that happens to run on it."""

import ipaddress
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

MAIL_PORTS = {25, 465, 587}


class OutsideWorldError(RuntimeError):
    """A test tried to reach a machine or a real mail server. No OSError, so no retry swallows it."""


def refuse_outside(address: object, port: object = None) -> None:
    """Raise `OutsideWorldError` unless the address is this machine's own and no mail port."""
    if isinstance(address, tuple):
        address, port = address[0], address[1]
    if isinstance(address, bytes):
        address = address.decode("idna")
    if not isinstance(address, str) or address.startswith(("/", "\0")) or address == "":
        return
    if not _is_loopback(address) or port in MAIL_PORTS:
        raise OutsideWorldError(f"a test tried to reach {address} port {port}")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _guarded_method(name: str) -> Callable[..., Any]:
    real = getattr(socket.socket, name)

    def guarded(self: socket.socket, *arguments: Any) -> Any:
        # The address stands first in connect and last in sendto.
        refuse_outside(arguments[-1])
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
