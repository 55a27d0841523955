"""Customers with an account, and browsers that are signed in as one."""

from collections.abc import Callable
from functools import cache

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from clevenio import legal
from clevenio.accounts import passwords
from clevenio.accounts.agreements import Kind
from clevenio.accounts.models import Account, Agreement
from clevenio.people import operations
from tests.support.application import new_client
from tests.support.factories import NOW, SUPPRESSION_KEY, make_person

PASSWORD = "a made-up pass phrase"
PROFILE = {
    "first_name": "Aino",
    "last_name": "Esimerkki",
    "company": "Esimerkki Oy",
    "website": "https://example.fi",
    "website_domain": "example.fi",
    "role": "sales",
}

SignInAccount = Callable[..., FlaskClient]


@cache
def _hashed() -> str:
    return passwords.hashed(PASSWORD)


def make_account(
    session: Session, email: str = "aino@example.com", *, language: str = "en", **profile: str | None
) -> Account:
    """Somebody who signed up, verified the address, and has `PASSWORD`. Flushes, never commits."""
    person = make_person(session, email, language=language)
    operations.change(SUPPRESSION_KEY, person, {**PROFILE, **profile}, NOW)
    account = Account(person_id=person.id, person=person, password=_hashed(), verified_at=NOW)
    session.add(account)
    session.flush()
    know_texts(session, account, language)
    return account


def know_texts(session: Session, account: Account, language: str = "en") -> None:
    """The account has accepted, or was shown, the newest version of each legal text."""
    for text in legal.TEXTS:
        version = legal.versions(text)[0]
        agreement = Agreement(
            person=account.person_id,
            account=account.id,
            text=text,
            version=version.day,
            language=language,
            kind=Kind.SHOWN if text in legal.NOTICES else Kind.ACCEPTED,
            digest=version.digest(language),
            facts={"controller": "Made-up Oy", "address": "Example Street 1", "contact": "a@example.com"},
            at=NOW,
        )
        session.add(agreement)
    session.flush()


@pytest.fixture
def sign_in_account(app: Flask) -> SignInAccount:
    """`sign_in_account("aino@example.com")`: a browser signed in to a new account, by the login form."""

    def sign_in(email: str = "aino@example.com", language: str = "en", **profile: str | None) -> FlaskClient:
        with app.extensions["clevenio"].database.session() as session:
            make_account(session, email, language=language, **profile)
            session.commit()
        client = new_client(app)
        response = client.post("/en/login", data={"email": email, "password": PASSWORD})
        assert response.status_code == 303, response.text
        return client

    return sign_in


@pytest.fixture
def worker(app: Flask) -> Callable[[], None]:
    """`worker()`: what the worker does about account mail, here and now."""

    def work() -> None:
        for tick in ("account-mail", "mail"):
            app.extensions["clevenio"].jobs.run(tick)

    return work
