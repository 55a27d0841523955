"""A new version of what was agreed to: who is led to it, what it shows, and what a press keeps."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from sqlalchemy import select

from clevenio import legal
from clevenio.accounts import agreements
from clevenio.accounts.models import Account, Agreement
from tests.support.accounts import PASSWORD, make_account
from tests.support.application import form_token, new_client

FI = ("milloin tahansa", "kuukauden varoitusajalla")
EN = ("at any time", "with a month’s notice")
NEW = {"fi": "/fi/tili/sopimukset/uudet", "en": "/en/account/agreements/new"}
TODAY = datetime(2027, 1, 2, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def today(clock):
    """A day on which what is published here for 1 January 2027 is in force."""
    clock.now = TODAY


@pytest.fixture
def kept(other_session):
    """(text, version, kind, language) of every row with a version that came after signup."""

    def find():
        with other_session() as session:
            rows = session.scalars(select(Agreement).where(Agreement.at >= TODAY)).all()
        return sorted((row.text, row.version, row.kind, row.language) for row in rows)

    return find


def shown(page):
    return page.text.partition('name="shown" value="')[2].partition('"')[0]


def press(client, page, path=NEW["en"], **more):
    return client.post(path, data={"csrf_token": form_token(page), "shown": shown(page), **more})


def test_a_version_to_accept_comes_before_the_account(sign_in_account, publish, kept):
    client = sign_in_account()
    assert client.get("/en/account").status_code == 200
    publish("terms", "2027-01-01", "required", fi=FI, en=EN)
    led = client.get("/en/account")
    assert (led.status_code, led.location) == (303, "/en/account/agreements/new?next=/en/account")
    page = client.get(led.location)
    assert "We say what changed." in page.text
    assert "<del>" in page.text
    assert EN[1] in page.text
    assert "Accept the terms of use</button>" in page.text
    assert "checkbox" not in page.text.partition("<main")[2].partition("</main>")[0]
    assert kept() == []
    done = press(client, page, led.location)
    assert (done.status_code, done.location) == (303, "/en/account")
    assert kept() == [("terms", "2027-01-01", "accepted", "en")]
    assert client.get("/en/account").status_code == 200


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_login_leads_there_and_on_to_where_the_person_wanted_to_go(sign_in_account, publish, app):
    sign_in_account(language="fi")
    publish(
        "dpa", "2027-01-01", fi=("Sinä päätät", "Sinä päätät aina"), en=("You decide", "You always decide")
    )
    client = new_client(app)
    form = {"email": "aino@example.com", "password": PASSWORD}
    at = client.post("/fi/kirjaudu?next=/fi/tili", data=form).location
    page = client.get(at, follow_redirects=True)
    assert page.request.path == NEW["fi"]
    assert "Hyväksy käsittelysopimus</button>" in page.text
    done = press(client, page, page.request.full_path)
    assert done.location == "/fi/tili"


@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_is_only_to_be_known_waits_at_the_door_and_needs_no_acceptance(sign_in_account, publish, kept):
    client = sign_in_account()
    publish("privacy", "2027-01-01", "informed")
    page = client.get("/en/account", follow_redirects=True)
    assert page.request.path == NEW["en"]
    assert "There is nothing to accept." in page.text
    assert "If you do not accept" not in page.text
    assert client.get("/en/account/use").status_code == 200
    assert press(client, page).status_code == 303
    assert kept() == [("privacy", "2027-01-01", "shown", "en")]
    assert client.get("/en/account").status_code == 200


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_contract_that_only_informs_is_kept_as_shown(sign_in_account, publish, kept):
    client = sign_in_account()
    publish("terms", "2027-01-01", "informed")
    press(client, client.get(NEW["en"]))
    assert kept() == [("terms", "2027-01-01", "shown", "en")]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_who_missed_a_version_to_accept_is_asked_though_the_newest_only_informs(
    sign_in_account, publish, kept
):
    client = sign_in_account()
    publish("terms", "2026-12-15", "required", {"fi": "Ensin tämä.", "en": "First this."})
    publish("terms", "2027-01-01", "informed", {"fi": "Sitten tuo.", "en": "Then that."})
    page = client.get("/en/account", follow_redirects=True)
    assert page.text.index("First this.") < page.text.index("Then that.")
    press(client, page)
    assert kept() == [("terms", "2027-01-01", "accepted", "en")]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_version_published_ahead_leads_nobody_and_can_be_accepted_early(sign_in_account, publish, kept):
    client = sign_in_account()
    publish("terms", "2027-03-01", "required", fi=FI, en=EN)
    assert client.get("/en/account").status_code == 200
    assert "in force from 1 March 2027" in client.get("/en/account/agreements").text.replace("\xa0", " ")
    page = client.get(NEW["en"])
    assert "Comes into force on 1 March 2027" in page.text.replace("\xa0", " ")
    assert "If you do not accept" not in page.text
    press(client, page)
    assert kept() == [("terms", "2027-03-01", "accepted", "en")]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_whoever_agreed_to_the_terms_alone_is_asked_for_the_rest(app, database, kept, monkeypatch):
    """An account from before there was a data-processing agreement."""
    with database.session() as session, monkeypatch.context() as patch:
        patch.setattr(legal, "TEXTS", ("terms",))
        make_account(session, "aino@example.com")
        session.commit()
    client = new_client(app)
    client.post("/en/login", data={"email": "aino@example.com", "password": PASSWORD})
    page = client.get("/en/account", follow_redirects=True)
    assert "This text is new to you. Here it is as a whole." in page.text
    assert "Accept the data-processing agreement</button>" in page.text
    assert "Only what you instructed us to process." in page.text
    press(client, page)
    newest = {text: legal.versions(text)[0].day for text in legal.TEXTS}
    assert kept() == [("dpa", newest["dpa"], "accepted", "en"), ("privacy", newest["privacy"], "shown", "en")]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_pressing_again_and_in_two_tabs_keeps_one_row(sign_in_account, publish, kept):
    client = sign_in_account()
    publish("terms", "2027-01-01")
    tabs = [client.get(NEW["en"]), client.get(NEW["en"])]
    assert [press(client, tab).status_code for tab in tabs] == [303, 303]
    assert kept() == [("terms", "2027-01-01", "accepted", "en")]
    assert client.get(NEW["en"]).location == "/en/account"


def test_two_tabs_at_the_same_moment_keep_one_row(sign_in_account, publish, kept, app, monkeypatch):
    client = sign_in_account()
    publish("terms", "2027-01-01")
    page = client.get(NEW["en"])
    both_looked, matters = Barrier(2), agreements.matters

    def wait(session, account, day):
        found = matters(session, account, day)
        if not app.extensions["clevenio"].database.is_sqlite:
            both_looked.wait(10)
        return found

    data = {"csrf_token": form_token(page), "shown": shown(page)}
    cookie = client.get_cookie("session") or client.get_cookie("__Host-session")

    def post(_number):
        other = new_client(app)
        other.set_cookie(cookie.key, cookie.value)
        return other.post(NEW["en"], data=data).status_code

    monkeypatch.setattr(agreements, "matters", wait)
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(post, range(2))) == [303, 303]
    assert kept() == [("terms", "2027-01-01", "accepted", "en")]


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("language", ["fi", "en"])
def test_a_page_from_before_a_text_changed_accepts_nothing(sign_in_account, publish, kept, language):
    client = sign_in_account()
    publish("terms", "2026-12-15")
    old = client.get(NEW[language])
    publish("terms", "2027-01-01", fi=FI, en=EN)
    response = press(client, old, NEW[language])
    assert response.status_code == 422
    said = {"fi": "Tekstit ovat muuttuneet", "en": "The texts have changed since you opened this page."}
    assert said[language] in response.text
    assert {"fi": FI, "en": EN}[language][1] in response.text
    assert shown(response) != shown(old)
    assert kept() == []


@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_the_page_did_not_show_is_not_accepted(sign_in_account, publish, kept):
    client = sign_in_account()
    newest = publish("terms", "2027-01-01", fi=FI, en=EN)
    page = client.get(NEW["en"])
    good = shown(page)
    assert good == f"terms:2027-01-01:en:{newest.digest('en')}"
    forged = [
        "",
        "x",
        good.replace("2027-01-01", "2030-01-01"),
        good.replace("terms", "privacy"),
        good.replace("terms", "nothing"),
        shown(client.get(NEW["fi"])),
        good.replace(newest.digest("en"), newest.digest("fi")),
        f"{good} {good}",
        good + "\r\nx",
        "é" * 5000,
    ]
    token = form_token(page)
    for one in forged:
        response = client.post(NEW["en"], data={"csrf_token": token, "shown": one})
        assert response.status_code == 422, one
        assert "terms:2027-01-01" in shown(response)
    assert client.post(NEW["en"], data={"csrf_token": token}).status_code == 422
    assert kept() == []


@pytest.mark.parametrize("backend", ["sqlite"])
def test_nothing_in_a_form_accepts_for_somebody_else(sign_in_account, publish, other_session):
    sign_in_account("other@example.com")
    client = sign_in_account()
    publish("terms", "2027-01-01")
    with other_session() as session:
        accounts = {one.person.email: one for one in session.scalars(select(Account))}
    other, mine = accounts["other@example.com"], accounts["aino@example.com"]
    more = {"account": str(other.id), "person": str(other.person_id), "id": str(other.id), "kind": "accepted"}
    press(client, client.get(NEW["en"]), **more)
    with other_session() as session:
        (row,) = session.scalars(select(Agreement).where(Agreement.at >= TODAY)).all()
    assert (row.account, row.person) == (mine.id, mine.person_id)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_post_without_its_token_or_login_accepts_nothing(sign_in_account, publish, kept, app):
    client = sign_in_account()
    publish("terms", "2027-01-01")
    page = client.get(NEW["en"])
    assert client.post(NEW["en"], data={"shown": shown(page)}).status_code == 400
    assert press(new_client(app), page).status_code == 403
    assert kept() == []


@pytest.mark.parametrize("backend", ["sqlite"])
def test_whoever_does_not_accept_can_still_withdraw_keep_proof_and_leave(sign_in_account, publish, kept):
    client = sign_in_account()
    publish("terms", "2027-01-01")
    page = client.get(NEW["en"])
    for open_ in (
        "/en/account/choices",
        "/en/account/security",
        "/en/account/agreements",
        "/en/account/data",
        "/en/account/deletion",
    ):
        assert f'href="{open_}"' in page.text.partition("If you do not accept")[2]
        assert client.get(open_).status_code == 200, open_
    assert client.get("/en/account/agreements.zip").status_code == 200
    boxes = client.get("/en/account/choices")
    saved = client.post("/en/account/choices", data={"csrf_token": form_token(boxes), "newsletter": "yes"})
    assert saved.location == "/en/account/choices"
    assert "They are in force now." in client.get(saved.location).text
    assert client.get("/en/account").status_code == 303
    assert client.post("/en/logout", data={"csrf_token": form_token(page)}).status_code == 303
    assert kept() == []


@pytest.mark.parametrize("backend", ["sqlite"])
def test_boxes_that_are_refused_stand_alone_while_the_account_does_not_open(sign_in_account, publish):
    client = sign_in_account()
    form = {"csrf_token": form_token(client.get("/en/account")), "newsletter": "yes", "notice": "0" * 32}
    whole = client.post("/en/account/choices", data=form)
    publish("terms", "2027-01-01")
    alone = client.post("/en/account/choices", data=form)
    assert (whole.status_code, alone.status_code) == (422, 422)
    for page in (whole, alone):
        assert "has changed since you opened this page" in page.text
    assert ['id="known"' in page.text for page in (whole, alone)] == [True, False]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_was_typed_before_the_version_came_is_not_lost(sign_in_account, publish, other_session):
    client = sign_in_account()
    token = form_token(client.get("/en/account"))
    publish("terms", "2027-01-01")
    form = {
        "first_name": "Aino",
        "last_name": "Uusinimi",
        "company": "Uusi Oy",
        "website": "example.fi",
        "role": "sales",
        "language": "en",
        "csrf_token": token,
    }
    assert client.post("/en/account/profile", data=form).status_code == 303
    with other_session() as session:
        assert session.scalars(select(Account)).one().person.last_name == "Uusinimi"


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    "evil", ["https://evil.example", "//evil.example", "/\\evil.example", "https:///evil.example"]
)
def test_the_way_on_stays_on_this_site(sign_in_account, publish, evil):
    client = sign_in_account()
    publish("terms", "2027-01-01")
    assert press(client, client.get(NEW["en"]), f"{NEW['en']}?next={evil}").location == "/en/account"


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_version_published_for_each_text_is_one_page_and_one_press(sign_in_account, publish, kept):
    client = sign_in_account()
    for text in legal.TEXTS:
        publish(text, "2027-01-01", "informed" if text in legal.NOTICES else "required")
    page = client.get(NEW["en"])
    assert "Accept the terms and the data-processing agreement</button>" in page.text
    press(client, page)
    assert kept() == [
        ("dpa", "2027-01-01", "accepted", "en"),
        ("privacy", "2027-01-01", "shown", "en"),
        ("terms", "2027-01-01", "accepted", "en"),
    ]
