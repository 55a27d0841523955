"""What is kept of somebody with an account."""

import pytest

from clevenio.people import identifiers, operations


@pytest.fixture
def company(other_session):
    """`company()`: that of aino@example.com, as another session sees it."""

    def find():
        with other_session() as session:
            return operations.find(session, identifiers.address("aino@example.com")).company

    return find
