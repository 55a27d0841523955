"""A change of an account's address, asked for and mailed to both."""

import pytest

from clevenio.accounts import queries
from clevenio.people.addresses import address
from tests.support.accounts import PASSWORD
from tests.support.application import form_token
from tests.support.mailbox import link_in

OLD, NEW = "aino@example.com", "aino.uusi@example.fi"
PATHS = {
    "fi": ("/fi/tili/kirjautuminen", "/fi/tili/osoite"),
    "en": ("/en/account/security", "/en/account/address"),
}


def ask(client, email=NEW, password=PASSWORD, language="en", **more):
    page, path = PATHS[language]
    form = {"csrf_token": form_token(client.get(page)), "email": email, "address_password": password}
    return client.post(path, data={**form, **more})


@pytest.fixture
def account_at(other_session):
    """`account_at(email)`: the account with an address, as another session sees it."""

    def find(email):
        with other_session() as session:
            return queries.account_at(session, address(email).key)

    return find


@pytest.fixture
def asked(sign_in_account, worker, mailbox, clock):
    """A change that was asked for: the browser, and the links at the old and at the new address."""
    client = sign_in_account()
    assert ask(client).status_code == 303
    worker()
    return client, link_in(mailbox.newest(OLD), "/a/"), link_in(mailbox.newest(NEW), "/a/")
