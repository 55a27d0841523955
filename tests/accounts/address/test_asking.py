"""Asking for another address: limited, checked, and nobody learns whose it was."""

import pytest

from clevenio.accounts import address_changes, password_changes
from clevenio.accounts.models import AddressChange
from clevenio.people.addresses import address
from tests.accounts.address.conftest import NEW, OLD, PATHS, ask
from tests.support.accounts import PASSWORD, make_account
from tests.support.application import form_token, new_client
from tests.support.factories import make_person
from tests.support.mailbox import link_in, text_of


def test_a_newer_request_takes_the_place_of_the_older(asked, client, worker, mailbox, account_at, clock):
    browser, old, new = asked
    ask(browser, "third@example.com")
    worker()
    for path in (old, new):
        client.post(path)
        assert "A newer request took the place" in client.get(path).text
    assert account_at(OLD) is not None


def test_the_asker_learns_nothing_of_the_new_address_and_its_mailbox_does(
    sign_in_account, database, worker, mailbox, clock, app, account_at
):
    with database.session() as session:
        make_account(session, "customer@example.com", language="fi")
        make_person(session, "reader@example.com")
        session.commit()
    answers, pages = set(), set()
    for email in ("customer@example.com", "reader@example.com", "nobody@example.com"):
        client = sign_in_account(f"asking.{email}")
        answer = ask(client, email)
        worker()
        answers.add((answer.status_code, answer.location))
        page = client.get("/en/account/security").text.partition("<main")[2].partition('name="csrf_token"')[0]
        pages.add(page.replace(f"asking.{email}", "OLD").replace(email, "NEW"))
        assert link_in(mailbox.newest(f"asking.{email}"), "/a/")
    assert len(answers) == len(pages) == 1
    subjects = [mailbox.newest(f"{name}@example.com")["Subject"] for name in ("customer", "reader", "nobody")]
    assert subjects == [
        "Tämä osoite on meillä jo",
        "We know this address already",
        "Confirm the new address of your account",
    ]
    old = link_in(mailbox.newest("asking.customer@example.com"), "/a/")
    new_client(app).post(old)
    assert account_at("customer@example.com").person.language == "fi"


def test_the_new_mailbox_learns_nothing_of_the_account(asked, client, mailbox):
    _, _, new = asked
    for text in (client.get(new).text, mailbox.newest(NEW).as_string()):
        assert OLD not in text
        assert "Aino Esimerkki" not in text
        assert "Esimerkki Oy" not in text


@pytest.mark.parametrize(
    ("email", "password", "field"),
    [
        ("", PASSWORD, "email"),
        ("no address", PASSWORD, "email"),
        ("a@example.com\r\nBcc: b@example.com", PASSWORD, "email"),
        (OLD, PASSWORD, "email"),
        ("AINO@EXAMPLE.COM", PASSWORD, "email"),
        (NEW, "", "address_password"),
        (NEW, "not the password", "address_password"),
        (NEW, "y" * 262144, "address_password"),
    ],
)
@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_will_not_do_is_named_and_nobody_is_written_to(
    sign_in_account, worker, mailbox, email, password, field
):
    response = ask(sign_in_account(), email, password)
    assert response.status_code == 422
    assert f'id="{field}-error"' in response.text
    worker()
    assert mailbox.all() == []


def test_a_browser_left_open_moves_no_account(sign_in_account, clock):
    client = sign_in_account()
    most = password_changes.PROOFS.most
    answers = [ask(client, NEW, "a guess").status_code for _ in range(most + 1)]
    assert answers == [422] * most + [429]
    assert ask(client).status_code == 429


def test_how_often_is_limited_for_the_account_and_for_the_mailbox(sign_in_account, worker, mailbox, clock):
    client = sign_in_account()
    for _ in range(address_changes.CHANGES.most):
        assert ask(client).status_code == 303
        worker()
    refused = ask(client)
    assert refused.status_code == 422
    assert "several times today" in refused.text
    other = sign_in_account("other@example.com")
    assert ask(other).status_code == 303
    worker()
    assert len(mailbox.all(NEW)) == address_changes.MAILS.most


@pytest.mark.parametrize(
    "spelling", ["uusi.I\u0307@example.fi", "a\u0308iti@example.fi", "\u0130ti@example.fi"]
)
def test_composed_and_decomposed_spellings_are_one_address(
    sign_in_account, worker, mailbox, clock, account_at, app, other_session, spelling
):
    ask(sign_in_account(), spelling)
    worker()
    with other_session() as session:
        (change,) = session.query(AddressChange).all()
    assert change.email == address(spelling).email
    paths = [link_in(mail, "/a/") for mail in mailbox.all()]
    for path in paths:
        new_client(app).post(path)
    assert account_at(spelling).person.address_key == address(spelling).key


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_field_sent_twice_or_besides_changes_nothing_else(
    sign_in_account, app, worker, mailbox, account_at, clock
):
    client = sign_in_account()
    sign_in_account("victim@example.com")
    victim = account_at("victim@example.com")
    ask(
        client,
        [NEW, "thief@example.com"],
        account=str(victim.id),
        person_id=str(victim.person_id),
        old_confirmed_at="1",
    )
    worker()
    assert sorted(str(mail["To"]) for mail in mailbox.all()) == [NEW, OLD]
    new_client(app).post(link_in(mailbox.newest(NEW), "/a/"), data={"side": "old", "old_confirmed_at": "1"})
    assert account_at(OLD) is not None


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_page_says_what_to_do_where_the_old_mailbox_is_gone(sign_in_account):
    text = sign_in_account(language="fi").get("/fi/tili/osoite").text
    assert (
        "Jos et enää voi lukea nykyisen osoitteesi viestejä, kirjoita osoitteeseen aleksi@clevenio.com."
        in text
    )


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_mails_name_our_own_address(sign_in_account, worker, mailbox, clock):
    client = sign_in_account()
    page = client.get(PATHS["en"][0])
    form = {"csrf_token": form_token(page), "email": NEW, "address_password": PASSWORD}
    client.post(PATHS["en"][1], data=form, headers={"X-Forwarded-Host": "evil.example"})
    worker()
    for to in (OLD, NEW):
        assert "http://localhost/a/" in text_of(mailbox.newest(to))
        assert "evil.example" not in mailbox.newest(to).as_string()
