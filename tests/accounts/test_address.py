"""Another address: confirmed at both, in either order; opt-outs go along, and nobody learns whose it was."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from clevenio.accounts import address_changes, password_changes, queries
from clevenio.accounts.models import AddressChange
from clevenio.consent import ledger
from clevenio.outbox import Mail
from clevenio.people import erasures, suppression
from clevenio.people.addresses import address
from tests.support.accounts import PASSWORD, make_account
from tests.support.application import form_token, new_client
from tests.support.factories import SUPPRESSION_KEY, grant, make_person
from tests.support.mailbox import link_in, text_of

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


@pytest.mark.parametrize("first", [0, 1])
def test_it_takes_force_once_both_have_confirmed_in_either_order(asked, account_at, app, mailbox, first):
    client, *links = asked
    stranger = new_client(app)
    before = account_at(OLD)
    for path in links:
        assert "aino.uusi@example.fi" in stranger.get(path).text
    assert stranger.post(links[first]).location == links[first]
    assert "Half is done" in stranger.get(links[first]).text
    assert account_at(NEW) is None
    stranger.post(links[1 - first])
    after = account_at(NEW)
    assert (after.id, after.person_id, after.person.email) == (before.id, before.person_id, NEW)
    assert account_at(OLD) is None
    for path in links:
        assert "The address has changed" in stranger.get(path).text
    assert NEW in client.get("/en/account").text
    said = [str(mail["To"]) for mail in mailbox.all() if mail["Subject"].startswith("The address of your")]
    assert sorted(said) == sorted([OLD, NEW])
    logins = [
        new_client(app).post("/en/login", data={"email": email, "password": PASSWORD}).status_code
        for email in (OLD, NEW)
    ]
    assert logins == [422, 303]


def test_everything_computed_from_the_address_follows(asked, account_at, app):
    _, old, new = asked
    for path in (old, new):
        new_client(app).post(path)
    person, to = account_at(NEW).person, address(NEW)
    assert (person.address_key, person.email_ascii, person.mailbox_key) == (to.key, to.ascii, to.mailbox_key)
    assert person.email_suppression == suppression.email_key(SUPPRESSION_KEY, to.mailbox_key)


@pytest.mark.parametrize("side", [1, 2])
def test_either_side_stops_it_for_good(asked, account_at, app, side):
    _client, old, new = asked
    stranger, stopping = new_client(app), asked[side]
    assert stranger.post(f"{stopping}/refusal").location == stopping
    for path in (old, new):
        stranger.post(path)
        assert "The address stays as it is" in stranger.get(path).text
    assert account_at(NEW) is None
    assert account_at(OLD) is not None


def knows_the_new_address(session):
    """Where the new address still stands: in the change, as the recipient of a mail."""
    changes = session.query(AddressChange).filter(AddressChange.email != "").count()
    return changes, session.query(Mail).filter(Mail.recipient == address(NEW).ascii).count()


def test_the_reader_of_the_new_address_is_forgotten_at_once(asked, app, other_session):
    _, old, new = asked
    with other_session() as session:
        assert knows_the_new_address(session) == (1, 1)
    stranger = new_client(app)
    stranger.post(f"{new}/refusal")
    with other_session() as session:
        assert knows_the_new_address(session) == (0, 0)
        assert session.query(Mail).filter(Mail.recipient == OLD).count() == 1
    for path in (old, new):
        assert "The address stays as it is" in stranger.get(path).text
        assert stranger.post(f"{path}/refusal").status_code == 303


def test_the_new_address_is_forgotten_after_a_day_where_nobody_did_anything(asked, app, clock, other_session):
    clock.advance(hours=24)
    app.extensions["clevenio"].jobs.run("address-changes")
    with other_session() as session:
        assert knows_the_new_address(session) == (0, 0)


def test_an_address_that_moved_is_the_accounts_and_stays(asked, app, clock, other_session, account_at):
    _, old, new = asked
    for path in (old, new):
        new_client(app).post(path)
    new_client(app).post(f"{new}/refusal")
    assert NEW.lower() in new_client(app).get(new).text.lower()
    assert account_at(NEW) is not None


def test_the_holder_stops_it_in_the_account(asked, account_at, app):
    client, old, new = asked
    page = client.get("/en/account/security")
    assert "A change is waiting" in page.text
    client.post("/en/account/address/cancellation", data={"csrf_token": form_token(page)})
    for path in (old, new):
        new_client(app).post(path)
    assert account_at(NEW) is None


def test_opening_the_link_changes_nothing(asked, other_session, client):
    _, old, new = asked
    for path in (old, new, old, new):
        assert client.get(path).status_code == 200
    with other_session() as session:
        change = session.query(AddressChange).one()
    assert (change.old_confirmed_at, change.new_confirmed_at, change.ended_at) == (None, None, None)


def test_links_are_over_after_a_day_and_forgotten(asked, client, clock, app, other_session, account_at):
    _, old, new = asked
    client.post(old)
    clock.advance(hours=24)
    app.extensions["clevenio"].jobs.run("address-changes")
    for path in (old, new):
        assert client.get(path).status_code == client.post(path).status_code == 404
        assert client.post(f"{path}/refusal").status_code == 404
    assert account_at(NEW) is None
    with other_session() as session:
        assert session.query(AddressChange).all() == []


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


def test_an_address_that_somebody_took_meanwhile_is_not_moved_to(asked, client, database, account_at):
    _, old, new = asked
    with database.session() as session:
        make_person(session, NEW)
        session.commit()
    for path in (old, new):
        client.post(path)
        text = client.get(path).text
    assert "has come into use with us meanwhile" in text
    assert account_at(OLD) is not None


def test_two_presses_at_once_one_at_each_side_move_it_once(asked, app, account_at, mailbox):
    _, *links = asked
    barrier = Barrier(2)

    def press(path):
        barrier.wait()
        return new_client(app).post(path).status_code

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(press, links)) == [303, 303]
    assert account_at(NEW) is not None
    assert len([m for m in mailbox.all() if m["Subject"].startswith("The address of your")]) == 2


def test_an_objection_goes_along_to_the_new_mailbox_and_stays_at_the_old(
    asked, client, database, account_at, clock
):
    _, old, new = asked
    with database.session() as session:
        key = queries.account_at(session, address(OLD).key).person.email_suppression
        suppression.suppress(session, key, "email", suppression.EVERYTHING, "objection", clock.now)
        session.commit()
    for path in (old, new):
        client.post(path)
    with database.session() as session:
        moved = queries.account_at(session, address(NEW).key).person.email_suppression
        assert suppression.is_suppressed(session, moved, "newsletter")
        assert suppression.is_suppressed(session, key, "newsletter")


def test_what_the_new_mailbox_refused_holds_and_the_boxes_say_so(asked, client, database, clock):
    browser, old, new = asked
    with database.session() as session:
        person = queries.account_at(session, address(OLD).key).person
        grant(session, person, "newsletter", "surveys")
        key = suppression.email_key(SUPPRESSION_KEY, address(NEW).mailbox_key)
        suppression.suppress(session, key, "email", "newsletter", "unsubscribed", clock.now)
        session.commit()
    for path in (old, new):
        client.post(path)
    with database.session() as session:
        decided = ledger.decisions_of(session, person.id)
        assert decided["newsletter"] is ledger.State.WITHDRAWN
        assert decided["surveys"] is ledger.State.GRANTED
        assert not suppression.is_suppressed(session, key, "surveys")
    assert 'id="box-newsletter" value="yes">' in browser.get("/en/account").text


def test_whoever_was_erased_at_the_new_mailbox_has_come_back(asked, client, database, clock):
    _, old, new = asked
    key = suppression.email_key(SUPPRESSION_KEY, address(NEW).mailbox_key)
    with database.session() as session:
        erasures.add(session, key, "email", erasures.Ground.REQUEST, clock.now)
        session.commit()
    client.post(old)
    with database.session() as session:
        assert erasures.erased_among(session, [key]) == {key}
    client.post(new)
    with database.session() as session:
        assert erasures.erased_among(session, [key]) == set()


def test_decisions_and_agreements_stay_the_persons(asked, client, database):
    _, old, new = asked
    with database.session() as session:
        person = queries.account_at(session, address(OLD).key).person
        grant(session, person, "newsletter", "ad_audiences")
        before = ledger.decisions_of(session, person.id)
        session.commit()
    for path in (old, new):
        client.post(path)
    with database.session() as session:
        moved = queries.account_at(session, address(NEW).key).person
        assert ledger.decisions_of(session, moved.id) == before


def test_a_link_to_a_new_password_in_the_old_mailbox_dies(asked, client, worker, mailbox):
    _, old, new = asked
    client.post("/en/new-password", data={"email": OLD})
    worker()
    path = link_in(mailbox.newest(OLD), "/r/")
    for each in (old, new):
        client.post(each)
    assert client.get(path).status_code == 404


def test_the_links_of_a_disabled_account_open_nothing(asked, client, database, clock):
    _, old, new = asked
    with database.session() as session:
        queries.account_at(session, address(OLD).key).disabled_at = clock.now
        session.commit()
    assert [client.post(path).status_code for path in (old, new)] == [404, 404]


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
def test_foreign_and_forged_links_open_nothing(asked, client, mailbox, worker):
    _, old, _new = asked
    token = old.removeprefix("/a/")
    for path in (f"/a/{token[:-1]}", "/a/token", f"/r/{token}", f"/v/{token}", f"/c/{token}", f"/u/{token}"):
        assert client.get(path).status_code == 404
    client.post("/en/new-password", data={"email": OLD})
    worker()
    reset = link_in(mailbox.newest(OLD), "/r/").removeprefix("/r/")
    assert client.post(f"/a/{reset}").status_code == 404


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
