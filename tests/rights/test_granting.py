"""A granted objection ends what was objected to, and the restriction with it; what stands is listed for staff."""

import re
from html import unescape

import pytest
from sqlalchemy import select

from clevenio.accounts import usage
from clevenio.accounts.models import Account
from clevenio.audit import AuditEntry
from clevenio.consent import ledger
from clevenio.i18n import format_date, use_language
from clevenio.people import operations as people
from clevenio.people import restrictions, suppression
from clevenio.people.addresses import address
from clevenio.people.usage import Kind, UsageEvent, UseDay
from clevenio.rights.models import State
from tests.rights.handling.test_staff import enter, officer, send
from tests.support.accounts import PASSWORD
from tests.support.application import form_token, new_client
from tests.support.factories import NOW, SUPPRESSION_KEY, grant, make_person
from tests.support.mailbox import link_in, text_of

__all__ = ["officer"]
EMAIL = "aino@example.com"
OWN = "/en/account/requests"
LIST = "/staff/requests/restrictions"


@pytest.fixture
def customer(sign_in_account, database):
    """A customer who gets the newsletter and whose use is in the log, signed in."""
    client = sign_in_account(EMAIL)
    with database.session() as session:
        person = people.find(session, address(EMAIL))
        grant(session, person, "newsletter")
        account = session.scalars(select(Account).where(Account.person_id == person.id)).one()
        usage.record(session, account.id, Kind.LOGIN, NOW)
        usage.record_day(session, account.id, NOW)
        session.commit()
    return client


@pytest.fixture
def standing(other_session):
    """The grounds that stand, whether the newsletter may go out, and how many rows of use there are."""

    def look():
        with other_session() as session:
            person = people.find(session, address(EMAIL))
            rows = list(session.scalars(select(restrictions.Restriction.ground)))
            theirs = select(UsageEvent.id).where(UsageEvent.person == person.id)
            used = [*session.scalars(theirs), *session.scalars(select(UseDay.day))]
            return rows, ledger.permits(session, person.id, "newsletter").allowed, len(used)

    return look


def ask(client, kind="objection"):
    token = form_token(client.get(OWN))
    return client.post(OWN, data={"csrf_token": token, "kind": [kind], "details": "Your figures"})


def answer(officer, path, *ends):
    fields = {"text": "We stopped.", "way": "mail", "outcome": "", "ends": list(ends)}
    return send(officer, f"{path}/answer", f"{path}/answer", **fields)


def test_the_log_ends_and_the_data_is_used_again_for_the_rest(
    app, customer, officer, found, standing, mailbox
):
    ask(customer)
    path = f"/staff/requests/{found()[0].id}"
    assert answer(officer, path).status_code == 409
    assert found()[0].state == State.OPEN
    assert answer(officer, path, "improvement").status_code == 303
    assert standing() == ([], True, 0)
    texts = [text_of(mail).replace("\n", " ") for mail in mailbox.all(EMAIL)]
    assert any(
        "That restriction ends now" in text and "the log of how the service is used" in text for text in texts
    )
    assert new_client(app).post("/en/login", data={"email": EMAIL, "password": PASSWORD}).status_code == 303
    assert standing() == ([], True, 0)
    assert "the log of how the service is used" in officer.get(path).text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_marketing_ends_with_it_where_that_is_what_they_object_to(customer, officer, found, standing):
    ask(customer)
    assert answer(officer, f"/staff/requests/{found()[0].id}", "direct_marketing").status_code == 303
    assert standing()[:2] == ([], False)


def test_where_the_data_goes_it_stays_unused_until_it_has_gone(
    customer, officer, found, standing, other_session
):
    ask(customer)
    assert answer(officer, f"/staff/requests/{found()[0].id}", "erasure").status_code == 303
    erasure, objection = sorted(found(), key=lambda each: each.kind)
    assert (objection.state, erasure.kind, erasure.state) == (State.DONE, "erasure", State.OPEN)
    assert standing()[:2] == (["objection"], False)
    with other_session() as session:
        assert session.scalars(select(restrictions.Restriction.request)).all() == [erasure.id]
    path = f"/staff/requests/{erasure.id}"
    assert f"{path}/erasure" in officer.get(path).text
    send(officer, f"{path}/refusal", path, **{"refusal-reason": "Article 17(3)(e)"})
    assert standing()[0] == []


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("way", ["mail", "post"])
def test_the_answer_tells_that_the_data_is_erased_because_of_it(customer, officer, found, mailbox, way):
    ask(customer)
    path = f"/staff/requests/{found()[0].id}"
    if way == "post":
        route = {"route-way": "post", "route-post": "Katu 1, 00100 Helsinki", "route-reason": "They asked"}
        assert send(officer, f"{path}/route", path, **route).status_code == 303
    assert answer(officer, path, "erasure", "direct_marketing").status_code == 303
    erasure = next(each for each in found() if each.kind == "erasure")
    if way == "post":
        [letter] = set(re.findall(r"/staff/requests/letters/[0-9a-f-]+", officer.get(path).text))
        told = unescape(officer.get(letter).text)
    else:
        told = text_of(mailbox.newest(EMAIL))
    with use_language("en"):
        day = format_date(erasure.due)
    assert f"Because of your objection we erase your data, on {day} at the latest." in told
    assert "What ends because of your objection: direct marketing" in told
    assert "/en/account/deletion" in told


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("way", ["mail", "post"])
def test_the_answer_names_what_ended_and_claims_nothing_more(customer, officer, found, mailbox, way):
    ask(customer)
    path = f"/staff/requests/{found()[0].id}"
    if way == "post":
        route = {"route-way": "post", "route-post": "Katu 1, 00100 Helsinki", "route-reason": "They asked"}
        assert send(officer, f"{path}/route", path, **route).status_code == 303
    draft = unescape(officer.get(f"{path}/answer").text)
    assert "We have granted your objection." in draft
    assert "legitimate interest" not in draft.partition("<textarea")[2].partition("</textarea>")[0]
    assert answer(officer, path, "improvement").status_code == 303
    if way == "post":
        letters = set(re.findall(r"/staff/requests/letters/[0-9a-f-]+", officer.get(path).text))
        pages = [unescape(officer.get(letter).text) for letter in letters]
    else:
        pages = [text_of(mail).replace("\n", " ") for mail in mailbox.all(EMAIL)]
    [told] = [page for page in pages if "We stopped." in page]
    assert "What ends because of your objection: the log of how the service is used" in told
    assert "we erase your data" not in told


ASKED = {
    "en": ("You have asked for your account", "Your request to delete", "your request to delete", "Came on"),
    "fi": ("Olet pyytänyt tilisi", "Pyyntösi poistaa tili", "pyyntösi poistaa tili", "Tuli"),
}
OBJECTED = {"en": "because we granted your objection", "fi": "koska hyväksyimme vastustuksesi"}


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("language", ["fi", "en"])
def test_the_account_says_that_an_objection_led_to_the_erasure(customer, officer, found, language):
    ask(customer)
    answer(officer, f"/staff/requests/{found()[0].id}", "erasure")
    paths = {
        "en": ("/en/account", "/en/account/data", "/en/account/deletion"),
        "fi": ("/fi/tili", "/fi/tili/omat-tiedot", "/fi/tili/poisto"),
    }
    for path in paths[language]:
        page = unescape(customer.get(path).text)
        assert [words for words in ASKED[language] if words in page] == [], path
        assert {"en": "objected", "fi": "vastust"}[language] in page or "objection" in page, path
    listed = customer.get({"en": OWN, "fi": "/fi/tili/pyynnot"}[language]).text
    assert listed.count(OBJECTED[language]) == 1
    assert listed.count(ASKED[language][-1]) == 1


@pytest.mark.parametrize("backend", ["sqlite"])
def test_who_is_erased_because_they_objected_reads_so_in_the_answer(
    customer, officer, found, acts, relay, mailbox
):
    ask(customer)
    answer(officer, f"/staff/requests/{found()[0].id}", "erasure")
    acts.erase(next(each.id for each in found() if each.kind == "erasure"), relay)
    told = " ".join(text_of(mailbox.newest(EMAIL)).split())
    assert "erased because you objected to its use" in told
    assert "as you asked" not in told


@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_erasure_that_is_taken_back_ends_the_restriction_it_holds(
    customer, officer, found, standing, mailbox
):
    ask(customer)
    answer(officer, f"/staff/requests/{found()[0].id}", "erasure")
    page = customer.get("/en/account/deletion")
    customer.post("/en/account/deletion/withdrawal", data={"csrf_token": form_token(page)})
    assert standing()[0] == []
    told = mailbox.newest(EMAIL)
    assert told["Subject"] == "Your data is used again"
    assert "The erasure that your objection led to" in text_of(told)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_one_that_is_forwarded_needs_nothing_to_end(customer, officer, found, standing):
    ask(customer)
    path = f"/staff/requests/{found()[0].id}/answer"
    fields = {"text": "It is theirs.", "way": "mail", "outcome": "forwarded"}
    assert send(officer, path, path, **fields).status_code == 303
    assert standing()[0] == []


def test_what_stands_is_listed_with_what_holds_it(customer, officer, found, acts, other_session):
    assert "Nothing is restricted" in officer.get(LIST).text
    ask(customer)
    acts.freeze("lapsi@example.com")
    page = officer.get(LIST).text
    assert f'href="{LIST}"' in officer.get("/staff/requests").text
    for request in found():
        assert str(request.id) in page
    assert "lapsi@example.com" in page
    assert "there is an objection to it" in page
    with other_session() as session:
        read = session.scalars(select(AuditEntry).where(AuditEntry.action == "rights.restrictions")).all()
    assert len(read) == 1
    assert len(read[0].details["subjects"]) == 2


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_red_label_stands_on_every_request_of_the_person(customer, officer, found):
    ask(customer)
    ask(customer, "access")
    paths = {each.kind: f"/staff/requests/{each.id}" for each in found()}
    page = officer.get(paths["access"]).text
    assert "This data is restricted" in page
    assert f'href="{paths["objection"]}"' in page
    assert page.count("This data is restricted") == 1
    assert officer.get(paths["objection"]).text.count("This data is restricted") == 1


@pytest.mark.parametrize("backend", ["sqlite"])
def test_of_somebody_unknown_nothing_has_to_end(officer, found):
    path = enter(officer, "objection", email="", phone="+358401234567", checked="Nobody we know").location
    assert 'name="ends"' not in officer.get(f"{path}/answer").text
    assert answer(officer, path).status_code == 303
    assert [each.state for each in found()] == [State.DONE]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_of_an_address_alone_marketing_ends_and_no_log_is_said_to(officer, found, other_session):
    path = enter(officer, "objection", checked="The company agrees").location
    refused = answer(officer, path, "improvement")
    assert refused.status_code == 422
    assert "Tick some of these boxes, and nothing else." in refused.text
    assert answer(officer, path, "direct_marketing").status_code == 303
    key = suppression.email_key(SUPPRESSION_KEY, address(EMAIL).mailbox_key)
    with other_session() as session:
        assert suppression.is_suppressed(session, key, suppression.EVERYTHING)
    assert [each.state for each in found()] == [State.DONE]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_marketing_ends_for_the_other_spelling_of_the_mailbox(officer, database):
    with database.session() as session:
        person = make_person(session, "aino+lista@example.com")
        grant(session, person, "newsletter")
        session.commit()
        number = person.id
    path = enter(officer, "objection", checked="The company agrees").location
    assert answer(officer, path, "direct_marketing").status_code == 303
    with database.session(write=False) as session:
        assert not ledger.permits(session, number, "newsletter").allowed


@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_erasure_that_nobody_confirmed_holds_no_restriction(customer, officer, found, other_session):
    ask(customer)
    [objection] = found()
    enter(officer, "erasure")
    assert answer(officer, f"/staff/requests/{objection.id}", "erasure").status_code == 303
    states = {each.id: each.state for each in found() if each.kind == "erasure"}
    assert sorted(states.values()) == [State.OPEN, State.UNVERIFIED]
    with other_session() as session:
        [holds] = session.scalars(select(restrictions.Restriction.request)).all()
    assert states[holds] == State.OPEN


@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_is_not_the_owners_restricts_nothing_afterwards(officer, found, mailbox, client, other_session):
    path = enter(officer, "objection", checked="The company agrees").location
    send(officer, f"{path}/doubt", path, **{"doubt-reason": "The voice was another"})
    send(officer, f"{path}/link", path)
    [request] = found()
    client.post(link_in(mailbox.newest(EMAIL), "/q/"), data={"shown": str(request.id)})
    assert [each.state for each in found()] == [State.WITHDRAWN]
    with other_session() as session:
        assert session.scalars(select(restrictions.Restriction)).all() == []
