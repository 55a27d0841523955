"""Somebody with a row in every table, and the files that are made for them."""

from io import BytesIO
from zipfile import ZipFile

import pytest

from clevenio.rights import subjects
from clevenio.rights.access.file import access_file
from tests.rights.conftest import make_everything
from tests.support.factories import NOW

EMAIL = "aino.tiedot@example.com"


@pytest.fixture
def session(database):
    with database.session() as session:
        yield session


@pytest.fixture
def made(session, settings):
    """`made(subject, language, make)`: the files in somebody's zip, by name."""

    def make(subject, language="en", maker=access_file, now=NOW):
        with ZipFile(BytesIO(maker(session, settings, subject, language, now))) as bundle:
            assert bundle.testzip() is None
            return {name: bundle.read(name).decode("utf-8") for name in bundle.namelist()}

    return make


@pytest.fixture
def everything(session, settings):
    person = make_everything(session, settings, EMAIL)
    session.flush()
    return subjects.of_person(session, settings, person)
