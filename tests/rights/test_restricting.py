"""Data that is kept and not used while a question is open, and who is told before that ends."""

import pytest
from sqlalchemy import select

from clevenio.consent import ledger
from clevenio.people import operations as people
from clevenio.people import restrictions
from clevenio.people.addresses import address
from clevenio.people.models import Person
from clevenio.people.queries import is_mailable
from tests.rights.handling.test_staff import enter, officer, send
from tests.support.accounts import PASSWORD
from tests.support.application import form_token, new_client
from tests.support.factories import NOW, grant, make_person
from tests.support.mailbox import text_of

__all__ = ["officer"]
EMAIL = "aino@example.com"
OWN = "/en/account/requests"


@pytest.fixture
def customer(sign_in_account, database):
    """A customer who gets the newsletter, signed in."""
    client = sign_in_account(EMAIL)
    with database.session() as session:
        grant(session, people.find(session, address(EMAIL)), "newsletter")
        session.commit()
    return client


@pytest.fixture
def standing(database):
    """What stands about the address: the ground of its restriction, and whether the newsletter may go there."""

    def look():
        with database.session(write=False) as session:
            rows = session.scalars(select(restrictions.Restriction.ground)).all()
            mailable = select(Person.id).where(is_mailable("newsletter", ledger.Basis))
            return rows, session.scalar(mailable) is not None

    return look


def ask(client, *kinds):
    return client.post(
        OWN, data={"csrf_token": form_token(client.get(OWN)), "kind": list(kinds), "details": "Why"}
    )


@pytest.mark.parametrize(("kind", "ground"), [("objection", "objection"), ("rectification", "accuracy")])
def test_an_open_question_restricts_the_data_and_shuts_nobody_out(
    app, customer, standing, clock, kind, ground
):
    assert standing() == ([], True)
    ask(customer, kind)
    assert standing() == ([ground], False)
    assert customer.get(OWN).status_code == 200
    again = new_client(app).post("/en/login", data={"email": EMAIL, "password": PASSWORD})
    assert again.status_code == 303


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("kind", ["access", "portability", "restriction"])
def test_other_questions_restrict_nothing_by_themselves(customer, standing, clock, kind):
    ask(customer, kind)
    assert standing() == ([], True)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_stranger_with_a_form_restricts_nobody(customer, client, standing, clock):
    client.post("/en/rights", data={"kind": "objection", "email": EMAIL})
    assert standing() == ([], True)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_refused_objection_tells_before_the_data_is_used_again(customer, officer, found, standing, mailbox):
    ask(customer, "objection")
    path = f"/staff/requests/{found()[0].id}"
    assert "This data is restricted" in officer.get(path).text
    send(officer, f"{path}/refusal", path, **{"refusal-reason": "Article 21(1)"})
    assert standing() == ([], True)
    texts = [text_of(mail) for mail in mailbox.all(EMAIL)]
    assert any("That restriction ends now" in text for text in texts)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_corrected_record_is_used_again(customer, officer, found, standing):
    ask(customer, "rectification")
    path = f"/staff/requests/{found()[0].id}"
    named = {"field": "first_name", "value": "Aino", "source": "The person", "effect": ""}
    assert send(officer, f"{path}/correction", path, **named).status_code == 303
    send(officer, f"{path}/answer", f"{path}/answer", text="Corrected.", way="mail", outcome="")
    assert standing() == ([], True)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_taking_the_question_back_ends_the_restriction(customer, found, standing, clock):
    ask(customer, "objection")
    token = form_token(customer.get(OWN))
    customer.post(f"{OWN}/withdrawal", data={"csrf_token": token, "request": str(found()[0].id)})
    assert standing() == ([], True)


@pytest.mark.parametrize("ground", ["accuracy", "unlawful", "claim", "objection"])
def test_staff_restrict_on_each_of_the_four_grounds(officer, found, standing, database, ground):
    with database.session() as session:
        grant(
            session,
            people.find_or_add(session, "k", address(EMAIL), language="en", source="signup", now=NOW),
            "newsletter",
        )
        session.commit()
    path = enter(officer, "restriction", checked="The company agrees").location
    assert send(officer, f"{path}/restriction", path, ground="guardian").status_code == 422
    assert standing() == ([], True)
    assert send(officer, f"{path}/restriction", path, ground=ground).status_code == 303
    assert standing() == ([ground], False)


@pytest.mark.parametrize("ground", ["accuracy", "claim"])
def test_what_another_question_holds_is_not_restricted_by_request(officer, customer, found, standing, ground):
    ask(customer, "restriction", "rectification")
    paths = {request.kind: f"/staff/requests/{request.id}" for request in found()}
    path = paths["restriction"]
    answer = {"text": "It is kept and not used.", "way": "mail", "outcome": ""}
    refused = send(officer, f"{path}/answer", f"{path}/answer", **answer)
    assert "Nothing is restricted yet." in refused.text
    assert send(officer, f"{path}/restriction", path, ground=ground).status_code == 303
    assert send(officer, f"{path}/answer", f"{path}/answer", **answer).status_code == 303
    path = paths["rectification"]
    named = {"field": "first_name", "value": "Aino", "source": "The person", "effect": ""}
    assert send(officer, f"{path}/correction", path, **named).status_code == 303
    send(officer, f"{path}/answer", f"{path}/answer", text="Corrected.", way="mail", outcome="")
    assert standing() == ([ground], False)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_one_request_restricts_on_one_ground_and_stays_in_hand(officer, found, standing):
    path = enter(officer, "restriction", checked="The company agrees").location
    send(officer, f"{path}/restriction", path, ground="claim")
    assert send(officer, f"{path}/restriction", path, ground="unlawful").status_code == 409
    assert standing()[0] == ["claim"]
    assert officer.get(path).status_code == 200
    ended = send(officer, f"{path}/restriction/end", path, **{"restriction-reason": "The claim was settled"})
    assert ended.status_code == 303
    assert standing()[0] == []


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_restriction_that_came_again_ends_again_for_the_same_reason(
    officer, found, standing, mailbox, clock
):
    path = enter(officer, "restriction", checked="The company agrees").location
    for ground in ("claim", "unlawful"):
        send(officer, f"{path}/restriction", path, ground=ground)
        for _doubled in range(2):
            reason = {"restriction-reason": "Settled"}
            assert send(officer, f"{path}/restriction/end", path, **reason).status_code == 303
        assert standing()[0] == []
    assert len(mailbox.all(EMAIL)) == 2


def test_somebody_known_by_nothing_but_the_restriction_is_told_of_its_end(officer, standing, mailbox, clock):
    path = enter(officer, "restriction", checked="The company agrees").location
    send(officer, f"{path}/restriction", path, ground="claim")
    send(officer, f"{path}/answer", f"{path}/answer", text="Restricted.", way="mail", outcome="")
    before = len(mailbox.all(EMAIL))
    send(officer, f"{path}/restriction/end", path, **{"restriction-reason": "The claim was settled"})
    assert standing()[0] == []
    told = mailbox.all(EMAIL)
    assert len(told) == before + 1
    assert any("The claim was settled" in text_of(mail) for mail in told)


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("ground", "said"),
    [
        ("accuracy", "its accuracy is contested"),
        ("unlawful", "its use was unlawful"),
        ("claim", "for a legal claim"),
        ("objection", "there is an objection to it"),
    ],
)
def test_the_history_keeps_the_ground_of_a_restriction_that_has_ended(officer, clock, ground, said):
    path = enter(officer, "restriction", checked="The company agrees").location
    send(officer, f"{path}/restriction", path, ground=ground)
    send(officer, f"{path}/restriction/end", path, **{"restriction-reason": "Settled"})
    page = officer.get(path).text
    assert "This data is restricted" not in page
    history = page.partition("History")[2]
    assert said in history.partition("The data was restricted")[2].partition("</tr>")[0]


def test_two_grounds_end_one_by_one(database, standing):
    with database.session() as session:
        person = people.find_or_add(session, "k", address(EMAIL), language="en", source="signup", now=NOW)
        grant(session, person, "newsletter")
        for ground in (restrictions.Ground.ACCURACY, restrictions.Ground.GUARDIAN):
            restrictions.restrict(session, EMAIL, ground, person.id, NOW)
        session.commit()
    with database.session() as session:
        assert people.find(session, address(EMAIL)).frozen_at == NOW
        restrictions.lift(session, EMAIL, restrictions.Ground.GUARDIAN)
        session.commit()
    with database.session() as session:
        person = people.find(session, address(EMAIL))
        assert (person.restricted_at, person.frozen_at) == (NOW, None)
        assert not restrictions.is_frozen(session, EMAIL)
        restrictions.lift(session, EMAIL, restrictions.Ground.ACCURACY)
        session.commit()
    assert standing() == ([], True)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_nobody_is_told_of_a_restriction_that_is_not_there(officer, standing, mailbox, clock):
    path = enter(officer, "restriction", checked="The company agrees").location
    fields = {"text": "We use it for nothing else.", "way": "mail", "outcome": ""}
    refused = send(officer, f"{path}/answer", f"{path}/answer", **fields)
    assert refused.status_code == 409
    assert fields["text"] in refused.text
    assert mailbox.all(EMAIL) == []
    assert send(officer, f"{path}/restriction", path, ground="claim").status_code == 303
    assert send(officer, f"{path}/answer", f"{path}/answer", **fields).status_code == 303
    assert standing()[0] == ["claim"]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_ground_that_stands_already_is_said_beside_its_field(officer, clock):
    first = enter(officer, "restriction", checked="The company agrees").location
    send(officer, f"{first}/restriction", first, ground="claim")
    send(officer, f"{first}/answer", f"{first}/answer", text="It is kept.", way="mail", outcome="")
    path = enter(officer, "restriction", checked="The company agrees").location
    answer = send(officer, f"{path}/restriction", path, ground="claim")
    assert answer.status_code == 409
    assert "restricted on this ground already" in answer.text
    assert '<option selected value="claim">' in answer.text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_who_stays_restricted_is_not_told_that_the_data_is_used_again(officer, mailbox, clock, standing):
    enter(officer, "objection", checked="The company agrees")
    path = enter(officer, "rectification", checked="The company agrees").location
    send(officer, f"{path}/answer", f"{path}/answer", text="Corrected.", way="mail", outcome="")
    assert standing()[0] == ["objection"]
    told = [
        text_of(mail) for mail in mailbox.all(EMAIL) if mail["Subject"] == "One restriction of your data ends"
    ]
    assert len(told) == 1
    assert "stays unused" in told[0]
    assert "used again as you have chosen" not in "".join(map(text_of, mailbox.all(EMAIL)))


def whose(page):
    """What a request's page says of whose data it is about."""
    return page.partition("Whose data")[2].partition("<dd>")[2].partition("</dd>")[0]


@pytest.mark.parametrize("is_known", [True, False])
def test_a_closed_request_says_whose_data_it_holds_for_as_long_as_it_does(
    officer, database, mailbox, clock, is_known
):
    if is_known:
        with database.session() as session:
            make_person(session, EMAIL, first_name="Aino", last_name="Esimerkki")
            session.commit()
    path = enter(officer, "restriction", checked="The company agrees").location
    send(officer, f"{path}/restriction", path, ground="claim")
    send(officer, f"{path}/answer", f"{path}/answer", text="Restricted.", way="mail", outcome="")
    page = officer.get(path).text
    assert page.count("This data is restricted") == 1
    named = f"Aino Esimerkki, {EMAIL}" if is_known else f"{EMAIL}, whom no account or list knows"
    assert whose(page) == named
    send(officer, f"{path}/restriction/end", path, **{"restriction-reason": "The claim was settled"})
    assert EMAIL not in officer.get(path).text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_a_guardian_froze_is_not_said_to_let_logins_and_mail_go_on(officer, acts, clock):
    path = enter(officer, "access", checked="The company agrees").location
    acts.freeze(EMAIL)
    page = officer.get(path).text
    assert "This data is restricted" in page
    assert "no mail but the answer, no logging in" in page
    assert "Service mail, logging in and the answer go on" not in page
