"""Requests in the account: the login shows whose they are, and the person may take them back."""

import pytest
from sqlalchemy import select

from clevenio.consent import ledger
from clevenio.people import operations as people
from clevenio.people.addresses import address
from clevenio.rights.models import Kind, State, Submission
from tests.support.application import form_token
from tests.support.factories import grant, make_person

PATHS = {"fi": "/fi/tili/pyynnot", "en": "/en/account/requests"}
BACK = {"fi": "/fi/tili/pyynnot/peruutus", "en": "/en/account/requests/withdrawal"}
EMAIL = "aino@example.com"


def ask(client, *kinds, language="en", details=""):
    token = form_token(client.get(PATHS[language]))
    return client.post(PATHS[language], data={"csrf_token": token, "kind": list(kinds), "details": details})


@pytest.mark.parametrize("language", ["fi", "en"])
def test_asking_is_open_at_once_and_shown_with_its_day(
    sign_in_account, clock, found, other_session, language
):
    client = sign_in_account(language=language)
    answer = ask(client, "access", "restriction", language=language, details="All of it")
    assert (answer.status_code, answer.location) == (303, PATHS[language])
    assert [(each.state, each.identity, each.channel) for each in found()] == [
        ("open", "login", "account")
    ] * 2
    with other_session() as session:
        person = people.find(session, address(EMAIL))
        assert {request.subject for request in found()} == {person.id}
        [written] = session.scalars(select(Submission)).all()
    assert (written.email, written.details) == (None, "All of it")
    page = client.get(PATHS[language])
    assert {"fi": "15.\u00a0kesäkuuta 2026", "en": "15\u00a0June 2026"}[language] in page.text
    assert page.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("kind", ["direct_marketing", "withdrawal"])
def test_refusing_and_withdrawing_are_done_as_they_are_posted(
    sign_in_account, database, other_session, found, kind
):
    client = sign_in_account()
    with database.session() as session:
        person = people.find(session, address(EMAIL))
        grant(session, person, "newsletter", "ad_audiences")
        session.commit()
        number = person.id
    ask(client, kind)
    assert [request.state for request in found()] == [State.DONE]
    with other_session() as session:
        assert ledger.State.GRANTED not in ledger.decisions_of(session, number).values()


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_request_is_taken_back_by_the_person_and_by_nobody_else(sign_in_account, found, database):
    client = sign_in_account()
    ask(client, "access")
    [request] = found()
    stranger = sign_in_account("kaarlo@example.com")
    token = form_token(stranger.get(PATHS["en"]))
    theirs = stranger.post(BACK["en"], data={"csrf_token": token, "request": str(request.id)})
    assert theirs.status_code == 404
    token = form_token(client.get(PATHS["en"]))
    for wrong in ("", "x", "4b1c1f9e-2f3c-4a53-8f3f-0f6bb0a6d0aa"):
        assert client.post(BACK["en"], data={"csrf_token": token, "request": wrong}).status_code == 404
    assert found()[0].state == State.OPEN
    client.post(BACK["en"], data={"csrf_token": token, "request": str(request.id)})
    assert found()[0].state == State.WITHDRAWN
    assert "taken back" in client.get(PATHS["en"]).text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_doubled_post_is_one_act_and_an_erasure_is_not_among_the_boxes(sign_in_account, found):
    client = sign_in_account()
    for _ in range(2):
        ask(client, "access", details="once")
    assert [request.kind for request in found()] == [Kind.ACCESS]
    assert ask(client, "erasure").status_code == 422
    assert len(found()) == 1


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("kinds", "details", "complaint"),
    [([], "", "Tick what you would like us to do."), (["access"], "x" * 5001, "Shorten this to 5000")],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(sign_in_account, found, kinds, details, complaint):
    answer = ask(sign_in_account(), *kinds, details=details)
    assert answer.status_code == 422
    assert complaint in answer.text
    assert details in answer.text
    assert found() == []


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_form_whose_login_ended_is_not_lost(sign_in_account, found):
    client = sign_in_account()
    page = client.get(PATHS["en"])
    mark = page.text.partition('name="whose" value="')[2].partition('"')[0]
    token = form_token(page)
    client.delete_cookie("session")
    answer = client.post(
        PATHS["en"], data={"csrf_token": token, "whose": mark, "kind": "access", "details": "Kept words"}
    )
    assert answer.status_code == 403
    assert 'name="draft"' in answer.text
    assert found() == []


def test_one_person_sees_nothing_of_anothers_requests(sign_in_account, database, found):
    client = sign_in_account()
    with database.session() as session:
        make_person(session, "other@example.com")
        session.commit()
    other = sign_in_account("kaarlo@example.com")
    ask(other, "portability")
    assert "Take my data along</strong>" not in client.get(PATHS["en"]).text
    assert "Take my data along</strong>" in other.get(PATHS["en"]).text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_was_taken_back_may_be_asked_again_at_once(sign_in_account, found, clock):
    client = sign_in_account()
    ask(client, "access")
    [first] = found()
    token = form_token(client.get(PATHS["en"]))
    client.post(BACK["en"], data={"csrf_token": token, "request": str(first.id)})
    ask(client, "access")
    ask(client, "access")
    assert sorted(request.state for request in found()) == [State.OPEN, State.WITHDRAWN]


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(("kind", "has_ended"), [("access", False), ("withdrawal", True)])
def test_what_has_ended_is_said_where_something_has(sign_in_account, clock, kind, has_ended):
    client = sign_in_account()
    ask(client, kind)
    page = client.get(PATHS["en"]).text
    assert "We have your request." in page
    assert ("What you refused or withdrew has ended." in page) is has_ended


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("language", "link"),
    [
        ("fi", '<a href="https://tietosuoja.fi">tietosuoja.fi</a>'),
        ("en", '<a href="https://tietosuoja.fi/en">tietosuoja.fi/en</a>'),
    ],
)
def test_the_list_says_where_to_complain_by_a_link(sign_in_account, clock, language, link):
    assert link in sign_in_account(language=language).get(PATHS[language]).text
