"""Rows whose time is over."""

import pytest

from clevenio.limits import Attempts


@pytest.fixture
def old(app):
    """Three counts of tries that nobody needs any more."""
    kit = app.extensions["clevenio"]
    with kit.database.session() as session:
        session.add_all([Attempts(key=f"{each:064}", number=1, until=kit.clock()) for each in range(3)])
        session.commit()
