"""Somebody who has forgotten their password, and the link that was mailed to them."""

import pytest
from sqlalchemy import func, select

from clevenio.accounts.models import Account
from tests.support.accounts import PASSWORD, make_account
from tests.support.mailbox import link_in

EMAIL = "aino@example.com"
NEW = "kolme uutta sanaa"
PATHS = {"fi": "/fi/uusi-salasana", "en": "/en/new-password"}


@pytest.fixture
def account(database):
    """A committed account; its id."""
    with database.session() as session:
        made = make_account(session, EMAIL)
        session.commit()
        return made.id


@pytest.fixture
def kept(other_session, account):
    """What is kept of the account's password."""

    def find():
        with other_session() as session:
            return session.get_one(Account, account).password

    return find


@pytest.fixture
def count(other_session):
    """How many rows of a kind there are."""

    def rows(kind):
        with other_session() as session:
            return session.scalar(select(func.count()).select_from(kind))

    return rows


def ask(client, email=EMAIL, language="en"):
    return client.post(PATHS[language], data={"email": email})


@pytest.fixture
def link(client, account, worker, mailbox, clock):
    """The path of a link that was mailed to the account."""
    ask(client)
    worker()
    return link_in(mailbox.newest(EMAIL), "/r/")


def log_in(client, password=PASSWORD, email=EMAIL):
    return client.post("/en/login", data={"email": email, "password": password}).status_code


def again(client, email, language="en"):
    path = {"fi": "/fi/rekisteroidy/uudelleen", "en": "/en/signup/again"}[language]
    return client.post(path, data={"email": email})
