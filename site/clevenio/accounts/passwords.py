"""Passwords: which are taken, how they are kept, and how they are compared.

Length and a list of the worst, no rules of composition (NIST SP 800-63B, OWASP ASVS 5.0 6.2).
"""

import threading
import unicodedata
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from clevenio.errors import BadInput

SHORTEST = 8
SHORTEST_FOR_STAFF = 15
LONGEST = 256

# OWASP's second setting: 19 MiB and two passes in one lane. At most two at a time in a process, so a
# crowd at the login waits for its turn instead of filling the memory.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_turns = threading.BoundedSemaphore(2)


def check(password: str, *about: str, shortest: int = SHORTEST) -> None:
    """Refuse what is too short, too long, or among the first that anybody tries.

    `about` is what everybody knows of the person: address, company. Raises `BadInput`.
    """
    text = _composed(password)
    if len(text) < shortest:
        raise BadInput(
            "Use at least %(shortest)s characters. A few words in a row do well.", shortest=shortest
        )
    if len(text) > LONGEST:
        raise BadInput("Use at most %(longest)s characters.", longest=LONGEST)
    folded = text.casefold()
    if folded in _common() or len(set(folded)) < 3:
        raise BadInput("This password is among the first that anybody tries. Choose another.")
    if folded in {_composed(known).casefold() for text in about for known in (text, *text.split("@"))}:
        raise BadInput("Choose a password that is not your address or the name of your company.")


def are_same(password: str, other: str) -> bool:
    """Whether two typed passwords are one, whichever keyboards they were typed on."""
    return _composed(password) == _composed(other)


def hashed(password: str) -> str:
    """The password as it is kept: Argon2id with its salt and parameters."""
    with _turns:
        return _hasher.hash(_composed(password))


def hashed_anew(password: str, kept: str | None) -> str:
    """The password as it is kept, in the very text that is `kept` where that is the same password.

    Takes as long either way, and where None is kept.
    """
    made = hashed(password)
    return kept if matches(kept, password) and kept is not None else made


def matches(kept: str | None, password: str) -> bool:
    """Whether this is the password. None stands for somebody unknown, and takes as long."""
    with _turns:
        try:
            _hasher.verify(kept or _nobody(), _composed(password))
        except (VerificationError, InvalidHashError):
            return False
    return kept is not None


def renewed(kept: str, password: str) -> str | None:
    """A password that matched, kept by today's parameters; None where it is already."""
    return hashed(password) if _hasher.check_needs_rehash(kept) else None


def _composed(password: str) -> str:
    # One keyboard types å in one code point, another in two. What follows is cut for the hash alone:
    # a password beyond the limit was never taken, and must not cost more than one that was.
    return unicodedata.normalize("NFC", password[: 2 * LONGEST])


@cache
def _nobody() -> str:
    return _hasher.hash("nobody has this password")


@cache
def _common() -> frozenset[str]:
    return frozenset(Path(__file__).with_name("common_passwords.txt").read_text(encoding="utf-8").split())
