"""Another address by the mailed link: in force once whoever reads the new mailbox confirms."""

import pytest
from sqlalchemy import select, update

from clevenio.errors import BadToken
from clevenio.people import links, suppression
from clevenio.people.models import Link, Person
from tests.rights.choices.conftest import AINO, ASK, OWN, OwnPage
from tests.support.accounts import make_account
from tests.support.factories import SUPPRESSION_KEY, make_person
from tests.support.mailbox import link_in, text_of

pytestmark = pytest.mark.usefixtures("clock")
on_sqlite = pytest.mark.parametrize("backend", ["sqlite"])
NEW = "aino.uusi@example.com"


@pytest.fixture
def address(other_session, person):
    def read():
        with other_session() as session:
            return session.get(Person, person.id).email

    return read


def test_the_address_changes_when_the_new_one_confirms(client, page, mailbox, address, granted):
    assert page.post("/address", email=NEW).status_code == 200
    path = link_in(mailbox.newest(NEW), "/m/")
    assert AINO not in mailbox.newest(NEW).as_string()
    looked = client.get(path)
    assert (looked.status_code, address()) == (200, AINO)
    assert AINO not in looked.text
    assert "If you confirm, our e-mails come to this address and no longer to the earlier one." in looked.text
    assert "from now on" not in looked.text
    assert client.post(path).status_code == 200
    assert address() == NEW
    assert granted() == {"newsletter", "surveys", "ad_audiences"}
    for _ in range(2):
        assert "Our e-mails now come to" in client.post(path).text
    for to in (AINO, NEW):
        assert "another address now" in str(mailbox.newest(to)["Subject"])


@on_sqlite
def test_what_the_old_mailbox_still_holds_opens_nothing(client, page, mailed, mailbox, clock):
    page.post("/address", email=NEW)
    clock.advance(minutes=11)
    another = mailed()
    client.post("/en/rights", data={"kind": "access", "email": AINO})
    asked = link_in(mailbox.newest(AINO), "/q/")
    assert client.get(asked).status_code == client.get(another).status_code == 200
    client.post(link_in(mailbox.newest(NEW), "/m/"))
    assert client.get(another).status_code == client.get(asked).status_code == 404
    # Nor does the page go on that was opened before.
    assert page.post("/copy").status_code == 410


@on_sqlite
@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "Your address was changed, so this page has ended"), ("fi", "Osoitteesi on vaihdettu")],
)
def test_a_page_that_was_open_says_that_the_address_was_changed_and_how_to_get_another(
    client, page, mailbox, language, words
):
    page.post("/address", email=NEW)
    client.post(link_in(mailbox.newest(NEW), "/m/"))
    path = page.path if language == "en" else page.path.replace(OWN["en"], OWN["fi"])
    acts = {"en": ("", "/permissions", "/copy"), "fi": ("", "/luvat", "/kopio")}[language]
    for act in acts:
        answer = client.post(path + act, data={"secret": page.secret})
        assert answer.status_code == 410
        assert words in answer.text
        assert ASK[language] in answer.text
        assert AINO not in answer.text
        assert NEW not in answer.text
        assert "no-store" in answer.headers["Cache-Control"]
        browser = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "same-origin"}
        led = client.post(path + act, data={"secret": page.secret}, headers=browser)
        assert (led.status_code, led.location) == (303, f"{path}?page={page.secret}")
    # After Reload, and in the other language.
    assert words in client.get(f"{path}?page={page.secret}").text
    switched = client.post(path, data={"secret": page.secret, "switch": "1"})
    assert (switched.status_code, words in switched.text) == (410, True)


@on_sqlite
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "stays in force, except what your new address had already refused"),
        ("fi", "paitsi siltä osin kuin uudesta osoitteestasi oli jo kieltäydytty"),
    ],
)
def test_the_ended_page_does_not_promise_what_the_new_mailbox_had_refused(
    client, page, mailbox, database, clock, granted, settings, language, words
):
    with database.session() as session:
        key = suppression.email_key(SUPPRESSION_KEY, NEW)
        suppression.suppress(session, key, "email", "surveys", "unsubscribed", clock.now)
        session.commit()
    page.post("/address", email=NEW)
    client.post(link_in(mailbox.newest(NEW), "/m/"))
    assert "surveys" not in granted()
    path = page.path if language == "en" else page.path.replace(OWN["en"], OWN["fi"])
    told = client.post(path, data={"secret": page.secret}).text
    assert words in told
    content = told.partition("<main")[2].partition("</main>")[0]
    assert f'href="mailto:{settings.controller_contact}"' in content


@on_sqlite
def test_of_somebody_restricted_since_a_look_tells_no_more_than_a_press(
    client, page, mailbox, database, person, clock
):
    page.post("/address", email=NEW)
    client.post(link_in(mailbox.newest(NEW), "/m/"))
    with database.session() as session:
        session.get(Person, person.id).restricted_at = clock.now
        session.commit()
    looked = client.get(f"{page.path}?page={page.secret}")
    pressed = client.post(page.path, data={"secret": page.secret})
    switched = client.post(page.path, data={"secret": page.secret, "switch": "1"})
    assert (looked.status_code, pressed.status_code, switched.status_code) == (404, 404, 404)
    assert "address was changed" not in looked.text


@on_sqlite
def test_to_whoever_has_not_the_pages_secret_a_moved_link_is_one_that_never_was(client, page, mailbox, clock):
    page.post("/address", email=NEW)
    client.post(link_in(mailbox.newest(NEW), "/m/"))
    for secret in ("", "another"):
        looked = client.get(f"{page.path}?page={secret}")
        pressed = client.post(page.path, data={"secret": secret})
        assert (looked.status_code, pressed.status_code) == (404, 404)
        assert "address was changed" not in looked.text + pressed.text
    clock.advance(minutes=31)
    assert page.post("/copy").status_code == 404


@on_sqlite
@pytest.mark.parametrize("email", ["", "aino@", AINO, AINO.upper()])
def test_a_bad_address_and_the_present_one_are_refused_beside_the_field(page, mailbox, email):
    answer = page.post("/address", email=email)
    assert answer.status_code == 422
    assert 'id="email-error"' in answer.text
    assert f'value="{email}"' in answer.text
    assert len(mailbox.all()) == 1


@on_sqlite
def test_somebody_elses_address_is_told_so_in_its_mailbox_alone(page, mailbox, database, address):
    with database.session() as session:
        make_person(session, NEW)
        session.commit()
    free, taken = page.post("/address", email="free@example.com"), page.post("/address", email=NEW)
    assert free.text == taken.text
    assert "/m/" not in text_of(mailbox.newest(NEW))
    assert address() == AINO


@on_sqlite
def test_an_address_that_came_into_use_meanwhile_stays_where_it_is(client, page, mailbox, database, address):
    page.post("/address", email=NEW)
    path = link_in(mailbox.newest(NEW), "/m/")
    with database.session() as session:
        make_person(session, NEW)
        session.commit()
    for _ in range(2):
        assert "come into use with us meanwhile" in client.post(path).text
    assert address() == AINO


@on_sqlite
def test_a_newer_wish_takes_the_place_of_one_that_waits(client, page, mailbox, address):
    for email in (NEW, "second@example.com"):
        page.post("/address", email=email)
    assert client.post(link_in(mailbox.newest(NEW), "/m/")).status_code == 404
    client.post(link_in(mailbox.newest("second@example.com"), "/m/"))
    assert address() == "second@example.com"


@on_sqlite
def test_of_two_presses_at_once_the_later_reads_what_the_first_did(client, page, mailbox, monkeypatch):
    page.post("/address", email=NEW)

    def too_late(session, link, now):
        """The other press has committed since this one looked."""
        rows = Link.__table__
        session.connection().execute(update(rows).where(rows.c.handle == link.handle).values(used_at=now))
        raise BadToken

    monkeypatch.setattr(links, "consume", too_late)
    assert "Our e-mails now come to" in client.post(link_in(mailbox.newest(NEW), "/m/")).text


@on_sqlite
def test_what_the_new_mailbox_opted_out_of_is_withdrawn(client, page, mailbox, database, clock, granted):
    with database.session() as session:
        key = suppression.email_key(SUPPRESSION_KEY, NEW)
        suppression.suppress(session, key, "email", "surveys", "unsubscribed", clock.now)
        session.commit()
    page.post("/address", email=NEW)
    client.post(link_in(mailbox.newest(NEW), "/m/"))
    assert granted() == {"newsletter", "ad_audiences"}


@on_sqlite
def test_three_addresses_a_day_may_be_tried(page, mailbox):
    answers = [page.post("/address", email=f"try{n}@example.com").status_code for n in range(4)]
    assert answers == [200, 200, 200, 422]
    assert len([mail for mail in mailbox.all() if "try" in mail["To"]]) == 3


@on_sqlite
def test_an_accounts_address_is_changed_in_the_account(client, database, mailbox, clock):
    with database.session() as session:
        make_account(session, "customer@example.com")
        session.commit()
    client.post("/en/choices/link", data={"email": "customer@example.com"})
    page = OwnPage(client, link_in(mailbox.newest("customer@example.com"), "/en/my-choices/"))
    assert "Change it in the account" in page.answer.text
    assert page.post("/address", email=NEW).status_code == 422
    # Everything that is held takes the password there, too.
    assert "/en/account/data/copy" in page.answer.text
    assert page.post("/copy").location == "/en/account/data/copy"
    with database.session(write=False) as session:
        assert list(session.scalars(select(Person.email))) == ["customer@example.com"]
