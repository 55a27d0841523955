"""No spelling of somebody's address opens, changes or reveals what is theirs (Unicode TR 36, ASVS 5.0 6.2)."""

import unicodedata
from email import message_from_bytes, policy

import pytest
from sqlalchemy import select

from clevenio.accounts.models import Signup
from clevenio.errors import BadInput
from clevenio.people import addresses
from clevenio.people.models import Link
from clevenio.signing import Signer
from tests.accounts.signup.conftest import GOOD as SIGNUP
from tests.support.accounts import PASSWORD, make_account
from tests.support.crawl import crawl, entries
from tests.support.mailbox import text_of

REAL = "mikko.strasse@example.com"
ANOTHER = "äiti.illi@example.fi"
# Spelt so, they are other mailboxes, or none.
OTHERS = [
    "m\u0130kko.strasse@example.com",  # capital I with a dot
    "m\u0131kko.strasse@example.com",  # small i without one
    "MIKKO.STRA\u00dfE@example.com",  # sharp s, which upper-cases to SS
    "mikko.stra\u1e9ee@example.com",  # its capital
    "mikko.stra\u017f\u017fe@example.com",  # long s, which upper-cases to S
    "m\u0456kko.strasse@example.com",  # Cyrillic i
    "mikko.strasse@ex\u0430mple.com",  # Cyrillic a in the domain
    "mikko.strasse@examp\u04cfe.com",
    "\uff4d\uff49\uff4b\uff4b\uff4f.strasse@example.com",  # full width
    "mikko\uff0estrasse@example.com",
    "mikko\u2024strasse@example.com",  # one dot leader
    "mikko.strasse@example\u2024com",
    "mikko.strasse\ufe6bexample.com",  # small commercial at
    "mikko.strasse@example.com@evil.example",
    "mikko.strasse@example.com\x00@evil.example",
    "mikko.strasse@example.com\r\nBcc: evil@evil.example",
    "mikko.strasse@example.com,evil@evil.example",
    "mikko.strasse@example.com;evil@evil.example",
    "mikko.strasse@example.com evil@evil.example",
    "evil@evil.example <mikko.strasse@example.com>",
    '"mikko.strasse@example.com"@evil.example',
    "mikko.strasse%example.com@evil.example",
    "mikko.strasse@[127.0.0.1]",
    "aiti.illi@example.fi",
    "a\u0308\u0308iti.illi@example.fi",
    "\u00e4iti.\u0131ll\u0131@example.fi",
    "\u00c4\u0130T\u0130.ILLI@example.fi",
]
# Spelt so, they are the same mailbox, and mail goes to its owner: case, composition (the sign of kelvin is
# composed of nothing but a K), and what nobody sees change nothing.
SAME = {
    REAL: [
        "MIKKO.Strasse@EXAMPLE.com",
        "mi\u212a\u212ao.strasse@example.com",
        " mikko.strasse@example.com\u200b",
        "mikko.stras\u00adse@example.com",
        "mikko.strasse@\uff45xample.com",
    ],
    ANOTHER: [unicodedata.normalize("NFD", ANOTHER), ANOTHER.upper(), "a\u0308iti.illi@example.fi"],
}

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


@pytest.fixture
def owners(database, clock):
    """{address: the person behind it}, each with an account."""
    with database.session() as session:
        made = {email: make_account(session, email).person_id for email in (REAL, ANOTHER)}
        session.commit()
        return made


def key_of(text):
    try:
        return addresses.address(text).key
    except BadInput:
        return None


def test_no_other_spelling_is_taken_for_the_address(backend):
    known = {addresses.address(email).key for email in (REAL, ANOTHER)}
    assert [text for text in OTHERS if key_of(text) in known] == []
    assert [
        text for email, spellings in SAME.items() for text in spellings if key_of(text) != key_of(email)
    ] == []


def test_no_other_spelling_logs_in(client, owners):
    for text in OTHERS:
        answer = client.post("/en/login", data={"email": text, "password": PASSWORD})
        assert answer.status_code in (422, 429), text
    assert client.get_cookie("session") is None


def mails_of(database):
    from clevenio.outbox import Mail

    with database.session(write=False) as session:
        return list(session.scalars(select(Mail)))


def whose_links(database, settings, mail):
    """The people whom the links of a mail are about."""
    text = text_of(message_from_bytes(mail.message, policy=policy.default)) if mail.message else ""
    with database.session(write=False) as session:
        rows = session.scalars(select(Link)).all()
        signed = {
            Signer(keys, row.purpose).sign(row.handle): row.person
            for row in rows
            for keys in (settings.mail_keys, settings.secret_keys)
        }
    return {person for token, person in signed.items() if token in text and person}


def test_no_mail_about_somebody_goes_to_another_mailbox(app, client, database, settings, owners):
    """Every form with a field for an address, in every spelling: signup, subscription, reset, requests."""
    _, forms = crawl(client, entries(app))
    # Each form in one language: a signup takes its time.
    asking = [form for form in forms if "email" in form.fields and form.action.startswith("/en/")]
    asking = [form for form in asking if not form.action.endswith("login")]
    assert {form.action for form in asking} >= {"/en/signup", "/en/contact", "/en/newsletter"}
    recipients = {owners[email]: addresses.address(email).ascii for email in owners}
    for form in asking:
        for text in [*OTHERS, *(text for texts in SAME.values() for text in texts)]:
            answer = client.post(form.action, data={**form.fields, **form.boxes, **SIGNUP, "email": text})
            assert answer.status_code < 500, (form.action, text)
    sent = mails_of(database)
    assert len(sent) >= 10
    for mail in sent:
        for person in whose_links(database, settings, mail):
            if person in recipients:
                assert mail.recipient == recipients[person]
        assert len([part for part in mail.recipient.split("@") if part]) == 2
        assert not set(mail.recipient) & set(" ,;<>\r\n\0")


def test_a_signup_in_another_spelling_takes_over_no_account(client, database, settings, owners):
    for text in OTHERS:
        client.post("/en/signup", data={**SIGNUP, "email": text, "password": "the attacker's own words"})
    with database.session(write=False) as session:
        keys = set(session.scalars(select(Signup.address_key)))
    assert keys.isdisjoint({addresses.address(email).key for email in owners})
    # Neither spelling got at the password.
    for email in owners:
        assert client.post("/en/login", data={"email": email, "password": PASSWORD}).status_code == 303
