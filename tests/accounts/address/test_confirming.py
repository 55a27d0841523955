"""Another address: confirmed at both, in either order, or stopped at either, and forgotten where it came to nothing."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from clevenio.accounts import queries
from clevenio.accounts.models import AddressChange
from clevenio.outbox import Mail
from clevenio.people.addresses import address
from tests.accounts.address.conftest import NEW, OLD
from tests.support.accounts import PASSWORD
from tests.support.application import form_token, new_client
from tests.support.mailbox import link_in
from tests.support.switch import tongue


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
    app.extensions["clevenio"].jobs.run("retention")
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
    app.extensions["clevenio"].jobs.run("retention")
    for path in (old, new):
        assert client.get(path).status_code == client.post(path).status_code == 404
        assert client.post(f"{path}/refusal").status_code == 404
    assert account_at(NEW) is None
    with other_session() as session:
        assert session.query(AddressChange).all() == []


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


def test_the_links_of_a_disabled_account_open_nothing(asked, client, database, clock):
    _, old, new = asked
    with database.session() as session:
        queries.account_at(session, address(OLD).key).disabled_at = clock.now
        session.commit()
    assert [client.post(path).status_code for path in (old, new)] == [404, 404]


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


def test_the_other_language_stays_through_the_forms_of_the_link(asked, app, account_at):
    _client, old, new = asked
    stranger = new_client(app)
    finnish = tongue(stranger.get(old))
    assert finnish == f"{old}?language=fi"
    page = stranger.get(finnish)
    assert '<html lang="fi">' in page.text
    assert f'action="{old}/refusal?language=fi"' in page.text
    assert tongue(page) == f"{old}?language=en"
    assert account_at(NEW) is None
    assert stranger.post(finnish).location == finnish
    assert stranger.post(f"{new}/refusal?language=fi").location == f"{new}?language=fi"
