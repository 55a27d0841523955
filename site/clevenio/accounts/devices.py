"""Browsers that somebody got in with before, by a signed cookie: what strangers guess does not count for them.

OWASP, Slow Down Online Guessing Attacks with Device Cookies. The cookie opens nothing and names nobody:
it holds a random number and a day for each of the last people to log in with the browser, signed together
with who they are and what is kept of their password. So another password ends it, and so does erasure.
"""

import hashlib
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from clevenio.accounts.sessions import Kind
from clevenio.errors import BadToken
from clevenio.registry import load
from clevenio.signing import Signer, new_handle

NAME = "device"
# Colleagues share a browser, and one person may be customer and staff.
PEOPLE = 4
_TOKEN = re.compile(r"([A-Za-z0-9_-]{20})\.([0-9]{1,10})\.([A-Za-z0-9_-]{43})")
# Signed for nobody, so that a cookie is looked at as long for an address that nobody has.
_NOBODY = secrets.token_hex()


@dataclass(frozen=True)
class Owner:
    """Whom a browser may belong to; `member` and `password`, a hash, are None where there is nobody."""

    kind: Kind
    member: UUID | None
    password: str | None


def lifetime() -> timedelta:
    """How long a browser is known after a login, as the registry declares the cookie."""
    return timedelta(days=load().cookies[NAME].days)


def known(keys: tuple[str, ...], cookie: str, owner: Owner, now: datetime) -> str | None:
    """The number under which this owner's browser is known; None where the cookie says nothing of the kind."""
    found = None
    for number, second, token in _tokens(cookie):
        if _is_signed(keys, owner, number, second, token) and _is_young(second, now):
            found = found or number
    return found


def renewed(keys: tuple[str, ...], cookie: str, owner: Owner, now: datetime) -> str:
    """The cookie after a login: this owner under a new number, before the others who used the browser."""
    number, second = new_handle(), str(int(now.timestamp()))
    signature = _signer(keys, owner).sign(_signed(owner, number, second)).rpartition(".")[2]
    others = [
        token
        for other, moment, token in _tokens(cookie)
        if _is_young(moment, now) and not _is_signed(keys, owner, other, moment, token)
    ]
    return "~".join([f"{number}.{second}.{signature}", *others[: PEOPLE - 1]])


def _tokens(cookie: str) -> Iterator[tuple[str, str, str]]:
    """Number, second and whole token of each entry of the cookie that could be ours."""
    for token in cookie.split("~", PEOPLE)[:PEOPLE]:
        if found := _TOKEN.fullmatch(token):
            yield found[1], found[2], token


def _is_young(second: str, now: datetime) -> bool:
    return timedelta() <= now - datetime.fromtimestamp(int(second), UTC) < lifetime()


def _is_signed(keys: tuple[str, ...], owner: Owner, number: str, second: str, token: str) -> bool:
    signature = token.rpartition(".")[2]
    try:
        _signer(keys, owner).unsign(f"{_signed(owner, number, second)}.{signature}")
    except BadToken:
        return False
    return True


def _signer(keys: tuple[str, ...], owner: Owner) -> Signer:
    return Signer(keys, f"device.{owner.kind}")


def _signed(owner: Owner, number: str, second: str) -> str:
    """What is signed; who it is stays out of the cookie."""
    proof = hashlib.sha256((owner.password or _NOBODY).encode("utf-8")).hexdigest()
    return f"{number}.{second}.{owner.member}.{proof}"
