"""Passwords that cost a test next to nothing: Argon2id still, by the least it takes.

Servers of their own processes keep to the real parameters, and so does a test with `passwords_in_full`.
"""

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher

from clevenio.accounts import passwords

IN_FULL = passwords._hasher
LEAST = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

passwords._hasher = LEAST


@pytest.fixture
def passwords_in_full() -> Iterator[None]:
    """Passwords as they are kept in production."""
    passwords._hasher = IN_FULL
    passwords._nobody.cache_clear()
    yield
    passwords._hasher = LEAST
    passwords._nobody.cache_clear()
