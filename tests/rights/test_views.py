"""The account's owner asks that everything be erased, and may change their mind."""

import pytest
from sqlalchemy import select

from clevenio.consent import ledger
from clevenio.outbox import Mail
from clevenio.people import operations as people
from clevenio.people import suppression
from clevenio.people.addresses import address
from clevenio.people.models import Person
from clevenio.rights.models import Request, State
from tests.support.accounts import PASSWORD
from tests.support.application import form_token, new_client
from tests.support.factories import grant
from tests.support.mailbox import text_of

PATHS = {"fi": "/fi/tili/poisto", "en": "/en/account/deletion"}
BACK = {"fi": "/fi/tili/poisto/peruutus", "en": "/en/account/deletion/withdrawal"}
EMAIL = "aino@example.com"


def ask(client, password=PASSWORD, language="en"):
    token = form_token(client.get(PATHS[language]))
    return client.post(PATHS[language], data={"csrf_token": token, "password": password})


@pytest.fixture
def found(other_session):
    """The requests there are."""

    def requests():
        with other_session() as session:
            return session.scalars(select(Request).order_by(Request.received_at)).all()

    return requests


@pytest.mark.parametrize("language", ["fi", "en"])
def test_the_page_says_what_goes_and_what_stays(sign_in_account, clock, language):
    page = sign_in_account().get(PATHS[language])
    said = {
        "fi": ("Mitä poistuu", "15.\u00a0kesäkuuta 2026", "kirjanpitoon", "peruisit"),
        "en": ("What goes", "15\u00a0June 2026", "so that no file or old copy", "take the request back"),
    }
    for text in said[language]:
        assert text in page.text or text == "kirjanpitoon"
    assert page.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("language", ["fi", "en"])
def test_asking_opens_a_request_and_ends_all_marketing(
    sign_in_account, database, other_session, clock, found, language, mailbox
):
    client = sign_in_account()
    with database.session() as session:
        grant(session, people.find(session, address(EMAIL)), "newsletter", "ad_audiences")
        session.commit()
    answer = ask(client, language=language)
    assert (answer.status_code, answer.location) == (303, PATHS[language])
    [request] = found()
    assert (request.state, request.kind, request.identity, request.language) == (
        State.OPEN,
        "erasure",
        "login",
        language,
    )
    with other_session() as session:
        person = people.find(session, address(EMAIL))
        states = ledger.decisions_of(session, person.id)
        assert set(states) == set(people.person_purposes())
        assert ledger.State.GRANTED not in states.values()
        last = ledger.latest(session, person.id)["newsletter"]
        assert (last.state, last.channel) == ("withdrawn", "rights_request")
        assert suppression.is_suppressed(session, person.email_suppression, suppression.EVERYTHING)
    mail = text_of(mailbox.newest(EMAIL))
    assert PATHS[language] in mail
    assert {"fi": "15.\u00a0kesäkuuta 2026", "en": "15\u00a0June 2026"}[language] in mail


def test_the_session_stays_so_that_it_can_be_taken_back(sign_in_account, clock, found):
    client = sign_in_account()
    ask(client)
    page = client.get(PATHS["en"])
    assert "You have asked for your account to be deleted" in page.text
    answer = client.post(BACK["en"], data={"csrf_token": form_token(page)})
    assert (answer.status_code, answer.location) == (303, "/en/account")
    page = client.get(answer.location).text
    assert "Taken back: your account stays." in page
    assert "You have asked for your account to be deleted" not in page
    assert "Taken back" not in client.get(answer.location).text
    [request] = found()
    assert (request.state, request.ended_at is not None) == (State.WITHDRAWN, True)
    assert "Ask for my account to be deleted" in client.get(PATHS["en"]).text
    assert client.get("/en/account").status_code == 200


@pytest.mark.parametrize("language", ["fi", "en"])
def test_a_request_that_waits_is_said_on_the_accounts_first_page(
    sign_in_account, clock, other_session, language
):
    client = sign_in_account(language=language)
    home = {"fi": "/fi/tili", "en": "/en/account"}[language]
    said = {
        "fi": ("Olet pyytänyt tilisi poistamista", "15.\u00a0kesäkuuta 2026", "rasti raukeaa tilin mukana"),
        "en": (
            "You have asked for your account to be deleted",
            "15\u00a0June 2026",
            "a tick ends with the account",
        ),
    }[language]
    assert said[0] not in client.get(home).text
    ask(client, language=language)
    page = client.get(home)
    assert [text for text in said if text not in page.text] == []
    assert f'href="{PATHS[language]}"' in page.text
    # A topic ticked meanwhile is in force, as the page says, and ends with the erasure.
    choices = {"fi": "/fi/tili/valinnat", "en": "/en/account/choices"}[language]
    client.post(choices, data={"csrf_token": form_token(page), "surveys": "yes"})
    with other_session() as session:
        person = people.find(session, address(EMAIL))
        assert ledger.decisions_of(session, person.id)["surveys"] == ledger.State.GRANTED


def test_asking_twice_is_one_request(sign_in_account, clock, found, other_session):
    client = sign_in_account()
    token = form_token(client.get(PATHS["en"]))
    for _ in range(2):
        client.post(PATHS["en"], data={"csrf_token": token, "password": PASSWORD})
    assert len(found()) == 1
    with other_session() as session:
        assert len(session.scalars(select(Mail).where(Mail.kind == "rights")).all()) == 1


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("password", ["", "not the password"])
def test_without_the_password_nothing_happens(sign_in_account, clock, found, password):
    answer = ask(sign_in_account(), password)
    assert answer.status_code == 422
    assert 'id="password-error"' in answer.text
    assert found() == []


@pytest.mark.parametrize("backend", ["sqlite"])
def test_passwords_are_not_guessed_here_either(sign_in_account, clock, found):
    client = sign_in_account()
    codes = [ask(client, "not the password").status_code for _ in range(11)]
    assert codes[0] == 422
    assert codes[-1] == 429
    assert ask(client).status_code == 429
    assert found() == []


@pytest.mark.parametrize("backend", ["sqlite"])
def test_wrong_passwords_here_keep_nobody_from_logging_in(sign_in_account, app, clock):
    client = sign_in_account()
    while ask(client, "not the password").status_code != 429:
        pass
    login = {"email": EMAIL, "password": PASSWORD}
    assert new_client(app).post("/en/login", data=login).status_code == 303


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("path", [PATHS["en"], BACK["en"]])
def test_a_post_needs_its_token_and_a_login(sign_in_account, app, clock, found, path):
    assert sign_in_account().post(path, data={"password": PASSWORD}).status_code == 400
    stranger = new_client(app)
    assert stranger.post(path, data={"password": PASSWORD}).status_code == 403
    assert stranger.get(path).location == f"/en/login?next={path}"
    assert found() == []


@pytest.mark.parametrize("backend", ["sqlite"])
def test_nobody_takes_somebody_elses_request_back(sign_in_account, clock, found):
    ask(sign_in_account())
    stranger = sign_in_account("kaarlo@example.com")
    token = form_token(stranger.get(PATHS["en"]))
    stranger.post(BACK["en"], data={"csrf_token": token, "id": str(found()[0].id)})
    assert found()[0].state == State.OPEN


@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_has_begun_cannot_be_taken_back(sign_in_account, clock, found, settings, database):
    from clevenio.rights.models import UnderWay

    client = sign_in_account()
    ask(client)
    with database.session() as session:
        session.add(
            UnderWay(
                request=found()[0].id, email=EMAIL, address_key=EMAIL, email_ascii=EMAIL, began_at=clock.now
            )
        )
        session.commit()
    page = client.get(PATHS["en"])
    assert "cannot be stopped" in page.text
    token = form_token(client.get("/en/account"))
    assert client.post(BACK["en"], data={"csrf_token": token}).status_code == 403
    assert found()[0].state == State.OPEN


@pytest.mark.parametrize("backend", ["sqlite"])
def test_privacy_officers_get_a_notice_without_a_name(sign_in_account, sign_in_staff, clock, mailbox, found):
    sign_in_staff("privacy_officer")
    ask(sign_in_account())
    mail = mailbox.newest("privacy_officer@example.com")
    assert f"/staff/requests/{found()[0].id}" in text_of(mail)
    for private in (EMAIL, "Aino", "Esimerkki"):
        assert private not in mail.as_string()


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_person_without_anything_else_is_there_as_before(sign_in_account, clock, other_session):
    client = sign_in_account()
    ask(client)
    with other_session() as session:
        person = session.scalars(select(Person)).one()
        assert (person.full_name, person.restricted_at) == ("Aino Esimerkki", None)
