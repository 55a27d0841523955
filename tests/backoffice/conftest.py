"""The member of staff whose way in is tried."""

import pytest

from tests.support.staff import SUPPORT, give_app, make_member


@pytest.fixture
def member(database, settings, clock):
    """Somebody of the support with a password and an authenticator app."""
    with database.session() as session:
        made = make_member(session, SUPPORT, "support")
        give_app(session, settings.secret_keys, made)
        session.commit()
        return made
