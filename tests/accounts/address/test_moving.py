"""What goes along to another address: opt-outs, decisions, agreements, and no link of the old one."""

from clevenio.accounts import queries
from clevenio.consent import ledger
from clevenio.people import erasures, suppression
from clevenio.people.addresses import address
from tests.accounts.address.conftest import NEW, OLD
from tests.support.application import new_client
from tests.support.factories import SUPPRESSION_KEY, grant, make_person
from tests.support.mailbox import link_in


def test_everything_computed_from_the_address_follows(asked, account_at, app):
    _, old, new = asked
    for path in (old, new):
        new_client(app).post(path)
    person, to = account_at(NEW).person, address(NEW)
    assert (person.address_key, person.email_ascii, person.mailbox_key) == (to.key, to.ascii, to.mailbox_key)
    assert person.email_suppression == suppression.email_key(SUPPRESSION_KEY, to.mailbox_key)


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
