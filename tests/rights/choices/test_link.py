"""The link to one's own choices: asked for by anybody, the same for everybody, opened once."""

import re

import pytest
from sqlalchemy import select

from clevenio.people import restrictions
from clevenio.people.models import Link, Person
from tests.rights.choices.conftest import AINO, ASK, OWN, OwnPage
from tests.support.application import new_client
from tests.support.factories import refuse
from tests.support.mailbox import link_in, text_of

pytestmark = pytest.mark.usefixtures("clock")
NAVIGATED = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "same-origin"}
CROSS_SITE = {"Sec-Fetch-Site": "cross-site"}
on_sqlite = pytest.mark.parametrize("backend", ["sqlite"])


@pytest.mark.parametrize("language", ["fi", "en"])
@on_sqlite
def test_the_link_comes_in_the_persons_own_language(client, mailbox, person, database, language):
    with database.session() as session:
        session.merge(person).language = language
        session.commit()
    answer = client.post(ASK["en"], data={"email": AINO.upper()})
    assert (answer.status_code, answer.location) == (303, "/en/choices/link/sent")
    mail = mailbox.newest(AINO)
    assert mail["Content-Language"] == language
    path = link_in(mail, OWN[language])
    assert f'lang="{language}"' in client.get(path).text
    assert mail["List-Unsubscribe"] is None


@on_sqlite
def test_the_answer_is_the_same_whoever_has_the_address(app, mailbox, person):
    seen = set()
    for email in (AINO, "nobody@example.com"):
        answer = new_client(app).post(ASK["en"], data={"email": email})
        seen.add((answer.status_code, answer.location, answer.text, str(sorted(answer.headers))))
        assert len(mailbox.all(email)) == 1
    assert len(seen) == 1
    assert "/my-choices/" not in text_of(mailbox.newest("nobody@example.com"))


@on_sqlite
def test_one_mail_in_ten_minutes_and_three_a_day_to_a_mailbox(client, mailbox, person, clock):
    sent = []
    for minutes in (0, 1, 8, 11, 11, 11):
        clock.advance(minutes=minutes)
        assert client.post(ASK["en"], data={"email": AINO}).status_code == 303
        sent.append(len(mailbox.all()))
    assert sent == [1, 1, 1, 2, 3, 3]
    clock.advance(days=1)
    client.post(ASK["en"], data={"email": AINO})
    assert len(mailbox.all()) == 4


@on_sqlite
@pytest.mark.parametrize("email", ["", "not an address", "a@b@example.com"])
@pytest.mark.parametrize("language", ["fi", "en"])
def test_a_bad_address_comes_back_as_it_was_typed(client, mailbox, email, language):
    answer = client.post(ASK[language], data={"email": email})
    assert answer.status_code == 422
    assert 'id="email-error"' in answer.text
    assert f'value="{email}"' in answer.text
    assert mailbox.all() == []


def test_looking_shows_nothing_and_uses_nothing_up(app, client, mailed, granted):
    path = mailed()
    for _ in range(3):
        page = new_client(app).get(path)
        assert page.status_code == 200
        assert "a•••@example.fi" in page.text
        for private in (AINO, "+358", 'name="newsletter"'):
            assert private not in page.text
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert "Set-Cookie" not in page.headers
    opened = OwnPage(client, path).answer
    assert opened.status_code == 200
    assert AINO in opened.text
    assert granted() == {"newsletter", "surveys", "ad_audiences"}


def test_the_link_opens_once_and_goes_on_for_the_page_that_opened_it(app, client, mailed, granted):
    path = mailed()
    late = re.search(r'name="secret" value="([^"]+)"', client.get(path).text)[1]
    page = OwnPage(client, path)
    # Pressed twice, or reloaded: the same page.
    assert page.post().status_code == 200
    for secret in (late, "", "x" * 10_000, "\0"):
        for act in ("", "/permissions", "/language", "/address", "/leaving", "/copy"):
            refused = new_client(app).post(path + act, data={"secret": secret, "tongue": "fi"})
            assert refused.status_code == 410, act
            assert AINO not in refused.text
    assert new_client(app).get(path).status_code == 410
    assert granted() == {"newsletter", "surveys", "ad_audiences"}


@on_sqlite
def test_the_link_waits_half_an_hour_and_the_page_works_half_an_hour(client, mailed, clock):
    path = mailed()
    clock.advance(minutes=29)
    page = OwnPage(client, path)
    clock.advance(minutes=29)
    assert page.save("newsletter").status_code == 200
    clock.advance(minutes=1)
    assert page.post("/leaving").status_code == 404
    unopened = mailed()
    clock.advance(minutes=30)
    assert client.get(unopened).status_code == 404
    assert client.post(unopened).status_code == 404


@on_sqlite
def test_another_site_opens_nothing(client, mailed):
    path = mailed()
    answer = client.post(path, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert client.get(path).status_code == 200


@on_sqlite
def test_of_the_link_no_more_than_a_hash_is_kept(mailed, other_session):
    handle = mailed().rpartition("/")[2].partition(".")[0]
    with other_session() as session:
        kept = session.scalars(select(Link).where(Link.purpose == "manage")).one()
        assert kept.handle != handle
        assert "example" not in str(kept.data)


@on_sqlite
def test_a_restricted_address_gets_nothing_and_its_link_opens_nothing(
    client, mailed, mailbox, database, clock, person
):
    path = mailed()
    with database.session() as session:
        ground = restrictions.Ground.ACCURACY
        restrictions.restrict(session, person.address_key, ground, person.id, clock.now)
        session.commit()
    assert client.get(path).status_code == 404
    clock.advance(minutes=11)
    assert client.post(ASK["en"], data={"email": AINO}).status_code == 303
    assert len(mailbox.all()) == 1


@on_sqlite
def test_a_browser_is_led_to_a_page_of_its_own_and_nobody_else_sees_it(app, client, mailed, granted):
    path = mailed()
    secret = re.search(r'name="secret" value="([^"]+)"', client.get(path).text)[1]
    # A look with a secret that opened nothing yet uses nothing up.
    assert AINO not in client.get(f"{path}?page={secret}", headers=NAVIGATED).text
    answer = client.post(path, data={"secret": secret}, headers=NAVIGATED)
    assert (answer.status_code, answer.location) == (303, f"{path}?page={secret}")
    assert "Set-Cookie" not in answer.headers
    for _ in range(2):
        shown = client.get(answer.location, headers=NAVIGATED)
        assert AINO in shown.text
        assert shown.headers["Cache-Control"] == "no-store"
        assert shown.headers["Referrer-Policy"] == "strict-origin"
    # Whoever was handed the address, a program or another browser, sees a button and a masked address.
    for headers in ({"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "none"}, {}, NAVIGATED | CROSS_SITE):
        looked = app.test_client().get(answer.location, headers=headers)
        assert looked.status_code == 200
        assert AINO not in looked.text
        assert f'name="secret" value="{secret}"' in looked.text
    assert new_client(app).get(f"{path}?page={secret}x", headers=NAVIGATED).status_code == 410
    left = client.post(f"{path}/leaving", data={"secret": secret}, headers=NAVIGATED)
    assert (left.status_code, left.location) == (303, f"{path}?page={secret}&said=leaving")
    assert granted() == set()


@on_sqlite
def test_the_page_of_a_browser_ends_after_half_an_hour(client, mailed, clock):
    path = mailed()
    opened = client.post(path, data={"secret": "a-page"}, headers=NAVIGATED).location
    clock.advance(minutes=30)
    assert client.get(opened, headers=NAVIGATED).status_code == 404


def test_a_page_that_was_closed_opens_no_more(app, client, mailed, granted):
    path = mailed()
    page = OwnPage(client, path)
    for stranger in ({}, {"secret": "x"}):
        assert new_client(app).post(path + "/closing", data=stranger).status_code == 410
    assert page.post().status_code == 200
    for _ in range(2):
        closed = page.post("/closing")
        assert (closed.status_code, closed.location) == (303, "/en/choices/link/closed")
    assert "its link no longer works" in client.get(closed.location).text
    for headers in (NAVIGATED, {}):
        assert client.get(f"{path}?page={page.secret}", headers=headers).location == closed.location
        assert client.get(path, headers=headers).status_code == 410
        own = client.post(path, data={"secret": page.secret}, headers=headers)
        assert (own.status_code, own.location) == (303, closed.location)
    assert page.post("/leaving").location == closed.location
    assert client.post("/en/my-choices/x/closing", data={"secret": page.secret}).status_code == 404
    assert granted() == {"newsletter", "surveys", "ad_audiences"}


@on_sqlite
@pytest.mark.parametrize("later", ["leaving", "elsewhere", None])
def test_choices_are_said_to_hold_until_the_next_decision(client, mailed, database, person, later):
    page = OwnPage(client, mailed())
    fields = {"secret": page.secret, "stood": "", "trials": "yes"}
    fields["notice"] = re.search(r'name="notice" value="([^"]+)"', page.answer.text)[1]
    saved = client.post(page.path + "/permissions", data=fields, headers=NAVIGATED).location
    assert "They are in force now." in client.get(saved, headers=NAVIGATED).text
    if later == "leaving":
        assert page.post("/leaving").status_code == 200
    elif later:
        with database.session() as session:
            refuse(session, session.get(Person, person.id), "newsletter")
            session.commit()
    assert ("They are in force now." in client.get(saved, headers=NAVIGATED).text) == (later is None)


@on_sqlite
def test_the_button_of_an_opened_page_goes_along_to_the_other_language_and_opens_nothing(client, mailed):
    path = mailed()
    finnish = path.replace("/en/my-choices/", "/fi/omat-valinnat/")
    assert f'href="{finnish}"' in client.get(path).text
    page = OwnPage(client, path)
    button = client.get(f"{path}?page={page.secret}").text
    assert f'formaction="{finnish}" name="switch"' in button
    assert "?page=" not in button
    for headers in ({}, NAVIGATED):
        switched = client.post(finnish, data={"secret": page.secret, "switch": "1"}, headers=headers)
        assert switched.status_code == 303
        shown = client.get(switched.location, headers=headers).text
        assert '<html lang="fi"' in shown
        assert AINO not in shown
        assert f'name="secret" value="{page.secret}"' in shown
    opened = client.post(finnish, data={"secret": page.secret}, headers=NAVIGATED).location
    assert AINO in client.get(opened, headers=NAVIGATED).text
    assert client.post(finnish, data={"secret": "x", "switch": "1"}).status_code == 410
