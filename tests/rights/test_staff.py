"""The privacy officer's queue and requests, and guardians' messages with support."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from clevenio.audit import AuditEntry, subject_hash
from clevenio.backoffice import people
from clevenio.rights import completion, queries, trail_words
from clevenio.rights.access.models import DataFile
from clevenio.rights.models import Request, State
from tests.rights.conftest import EMAIL
from tests.support.application import form_token
from tests.support.factories import NOW
from tests.support.mailbox import text_of
from tests.support.staff import code_at

GUARDIAN = "guardian@example.com"


@pytest.fixture
def officer(sign_in_staff, clock):
    return sign_in_staff("privacy_officer")


@pytest.fixture
def support(sign_in_staff, clock):
    return sign_in_staff("support")


@pytest.fixture
def trail(other_session):
    """The acts on requests in the audit trail, with whose data they were about."""

    def entries():
        with other_session() as session:
            query = select(AuditEntry).where(AuditEntry.action.startswith("rights."))
            return [(entry.action, entry.subject) for entry in session.scalars(query.order_by(AuditEntry.id))]

    return entries


def send(client, path, page, **fields):
    return client.post(path, data={"csrf_token": form_token(client.get(page)), **fields})


def test_the_queue_shows_what_is_due_first_and_what_is_overdue_in_red(acts, officer):
    late = acts.ask(acts.customer(), NOW - timedelta(days=20))
    young = acts.ask(acts.customer("kaarlo@example.com"), NOW)
    page = officer.get("/staff/requests")
    assert page.text.index(str(late)) < page.text.index(str(young))
    assert "1 request about personal data is overdue." in page.text
    assert page.text.count(">Overdue</span>") == 1
    for private in (EMAIL, "kaarlo", "Aino"):
        assert private not in page.text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_queue_is_filtered_by_state(acts, officer, database):
    waiting = acts.ask(acts.customer())
    frozen = acts.freeze("child@example.com")
    page = officer.get("/staff/requests?state=unverified")
    assert str(frozen) in page.text
    assert str(waiting) not in page.text
    assert officer.get("/staff/requests?state=%27&page=x").status_code == 422
    assert "Nothing here" in officer.get("/staff/requests?state=refused").text


def test_looking_at_a_request_is_an_entry_that_names_nobody(acts, officer, trail, settings):
    person = acts.customer()
    request = acts.ask(person)
    page = officer.get(f"/staff/requests/{request}")
    assert EMAIL in page.text
    assert trail() == [("rights.read", subject_hash(settings.suppression_key, person))]


def test_the_officer_erases_in_one_act_and_sees_it_done(acts, officer, app, trail, mailbox):
    request = acts.ask(acts.customer())
    path = f"/staff/requests/{request}"
    answer = send(officer, f"{path}/erasure", path, sure="y")
    assert (answer.status_code, answer.location) == (303, path)
    assert "Being carried out" in officer.get(path).text
    kit = app.extensions["clevenio"]
    kit.jobs.run("rights")
    page = officer.get(path)
    assert "The request is done" in page.text
    assert EMAIL not in page.text
    assert "rights.erase" in [action for action, _ in trail()]
    assert "has been erased as you asked" in text_of(mailbox.newest(EMAIL))


@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_erasure_takes_a_fresh_proof_and_loses_nothing_by_it(acts, officer, clock, trail):
    request = acts.ask(acts.customer())
    path = f"/staff/requests/{request}"
    clock.advance(minutes=11)
    page = send(officer, f"{path}/erasure", path, sure="y")
    assert page.status_code == 403
    assert "Erase a person’s data, as they asked" in page.text
    assert 'name="sure" value="y"' in page.text
    assert "rights.erase" not in [action for action, _ in trail()]
    sent = {"csrf_token": form_token(page), "sure": "y", "factor_code": code_at(clock.now)}
    answer = officer.post(f"{path}/erasure", data=sent)
    assert (answer.status_code, answer.location) == (303, path)
    assert [action for action, _ in trail()].count("rights.erase") == 1


@pytest.mark.parametrize("backend", ["sqlite"])
def test_erasing_for_a_guardian_takes_a_fresh_proof_as_well(acts, support, clock):
    acts.customer()
    request = acts.freeze()
    acts.check(request)
    path = f"/staff/guardian-messages/{request}"
    clock.advance(minutes=11)
    page = send(support, f"{path}/erasure", path, sure="y")
    assert page.status_code == 403
    assert "Erase a person’s data, as a guardian asked" in page.text
    assert acts.person() is not None


@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_erasure_asks_once(acts, officer):
    request = acts.ask(acts.customer())
    path = f"/staff/requests/{request}"
    answer = send(officer, f"{path}/erasure", path)
    assert answer.status_code == 422
    assert "Tick the box to erase the data." in answer.text
    assert acts.person() is not None


@pytest.mark.parametrize("backend", ["sqlite"])
def test_pressing_twice_is_one_erasure(acts, officer, trail):
    request = acts.ask(acts.customer())
    path = f"/staff/requests/{request}"
    token = form_token(officer.get(path))
    codes = [
        officer.post(f"{path}/erasure", data={"csrf_token": token, "sure": "y"}).status_code for _ in range(2)
    ]
    assert codes == [303, 303]
    assert [action for action, _ in trail()].count("rights.erase") == 1


def test_an_extension_tells_why_and_moves_the_date(acts, officer, mailbox):
    request = acts.ask(acts.customer())
    path = f"/staff/requests/{request}"
    refused = send(officer, f"{path}/extension", path, **{"extension-reason": " "})
    assert refused.status_code == 422
    answer = send(officer, f"{path}/extension", path, **{"extension-reason": "Three archives to search"})
    assert answer.status_code == 303
    found = acts.request(request)
    assert (found.state, found.due.isoformat()) == (State.EXTENDED, "2026-09-01")
    text = text_of(mailbox.newest(EMAIL))
    assert "Three archives to search" in text
    assert "1\u00a0September 2026" in text
    assert "Extend by two months" not in officer.get(path).text


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(("days", "allowed"), [(30, True), (31, False)])
def test_an_extension_comes_before_the_legal_date(acts, officer, days, allowed):
    # Received on 1 June less so many days: the month ends on the 1st, or before it.
    request = acts.ask(acts.customer(), NOW - timedelta(days=days + 1))
    path = f"/staff/requests/{request}"
    found = acts.request(request)
    answer = send(officer, f"{path}/extension", path, **{"extension-reason": "Because"})
    assert (found.legal >= NOW.date()) is allowed
    assert (answer.status_code == 303) is allowed
    assert (acts.request(request).state == State.EXTENDED) is allowed


def test_a_refusal_needs_its_ground_and_says_where_to_complain(acts, officer, mailbox):
    request = acts.ask(acts.customer())
    path = f"/staff/requests/{request}"
    assert send(officer, f"{path}/refusal", path).status_code == 422
    answer = send(officer, f"{path}/refusal", path, **{"refusal-reason": "Article 17(3)(e)"})
    assert answer.status_code == 303
    assert acts.request(request).state == State.REFUSED
    text = text_of(mailbox.newest(EMAIL))
    assert "Article 17(3)(e)" in text
    assert "tietosuoja.fi" in text
    assert acts.person() is not None


def test_support_freezes_checks_and_erases(acts, support, app, trail, mailbox):
    acts.customer()
    answer = send(
        support,
        "/staff/guardian-messages",
        "/staff/guardian-messages",
        email=EMAIL,
        channel="phone",
        received_on="2026-05-30",
        answer_to=GUARDIAN,
        language="en",
        said="The account is my child’s.",
    )
    assert answer.status_code == 303
    path = answer.location
    assert "The data of this address is frozen" in support.get(path).text
    assert acts.person().restricted_at is not None
    assert EMAIL not in path
    assert "is frozen as of now" in text_of(mailbox.newest(GUARDIAN))
    early = send(support, f"{path}/erasure", path, sure="y")
    assert early.status_code == 409
    assert acts.person() is not None
    assert send(support, f"{path}/check", path).status_code == 422
    assert send(support, f"{path}/check", path, checked="Name and company agree").status_code == 303
    assert send(support, f"{path}/erasure", path, sure="y").status_code == 303
    app.extensions["clevenio"].jobs.run("rights")
    assert "The request is done" in support.get(path).text
    assert acts.person() is None
    done = [action for action, _ in trail() if action != "rights.read"]
    assert done == ["rights.freeze", "rights.check", "rights.erase"]
    assert "has been erased as you asked" in text_of(mailbox.newest(GUARDIAN))


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "Write what was compared."),
        ("The address aino@example.com agrees", "Leave out e-mail addresses"),
        ("Called back at 040 123 4567", "Leave out phone numbers"),
        ("x" * 1001, "Shorten this to 1000 characters."),
    ],
)
def test_what_was_compared_names_nobody_and_is_kept_as_typed(acts, support, typed, why):
    acts.customer()
    path = f"/staff/guardian-messages/{acts.freeze()}"
    answer = send(support, f"{path}/check", path, checked=typed)
    assert answer.status_code == 422
    assert why in answer.text.partition('id="checked-error">')[2].partition("</p>")[0]
    assert typed in answer.text.partition('name="checked"')[2].partition("</textarea>")[0]
    assert "Write the check down" in support.get(path).text


def test_support_lifts_a_freeze_with_its_reason(acts, support):
    acts.customer()
    path = f"/staff/guardian-messages/{acts.freeze()}"
    assert send(support, f"{path}/lifting", path).status_code == 422
    named = send(support, f"{path}/lifting", path, **{"lifting-reason": "Says aino@example.com"})
    assert (named.status_code, "Leave out e-mail addresses" in named.text) == (422, True)
    assert send(support, f"{path}/lifting", path, **{"lifting-reason": "Works at a bank"}).status_code == 303
    assert acts.person().restricted_at is None
    assert "Works at a bank" in support.get(path).text


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"email": ""}, "Type an e-mail address."),
        ({"email": "no address"}, "An e-mail address has no spaces in it."),
        ({"answer_to": "x@"}, "This is not a complete e-mail address."),
        ({"received_on": "2026-06-02"}, "This day is still to come."),
        ({"received_on": "0001-01-01"}, "This day is before 25 May 2018"),
        ({"received_on": "yesterday"}, "Not a valid date value."),
        ({"channel": "account"}, "Not a valid choice."),
        ({"said": "x" * 1001}, "Shorten this to 1000 characters."),
        ({"said": "Write to me at parent@example.com"}, "Leave out e-mail addresses"),
        ({"said": "Call me on +358 40 123 4567"}, "Leave out phone numbers"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(support, acts, fields, complaint):
    typed = {"email": EMAIL, "channel": "post", "language": "fi", "said": "A letter came."}
    page = "/staff/guardian-messages"
    answer = send(support, page, page, **{**typed, **fields})
    assert answer.status_code == 422
    assert complaint in answer.text
    assert {**typed, **fields}["said"] in answer.text
    assert acts.person() is None


@pytest.mark.parametrize("backend", ["sqlite"])
def test_support_has_no_business_with_a_persons_own_request(acts, support):
    request = acts.ask(acts.customer())
    for path in (f"/staff/guardian-messages/{request}/erasure", f"/staff/requests/{request}/erasure"):
        answer = send(support, path, "/staff/guardian-messages", sure="y")
        assert answer.status_code == 403
    assert support.get(f"/staff/requests/{request}").status_code == 403
    # The address of the other kind leads on, where the role is asked again.
    leads = support.get(f"/staff/guardian-messages/{request}")
    assert (leads.status_code, leads.location) == (303, f"/staff/requests/{request}")
    assert acts.person() is not None


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_officer_finds_guardians_messages_from_the_queue(acts, officer):
    request = acts.freeze()
    assert f"/staff/guardian-messages/{request}" in officer.get("/staff/requests?state=unverified").text
    leads = officer.get(f"/staff/requests/{request}")
    assert leads.location == f"/staff/guardian-messages/{request}"


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_request_that_is_not_there_is_missing(officer):
    nobody = "4b1c1f9e-2f3c-4a53-8f3f-0f6bb0a6d0aa"
    for path in (f"/staff/requests/{nobody}", f"/staff/guardian-messages/{nobody}"):
        assert officer.get(path).status_code == 404


def test_the_overview_says_what_waits(acts, officer, support, database):
    acts.ask(acts.customer(), NOW - timedelta(days=20))
    acts.freeze("child@example.com")
    with database.session(write=False) as session:
        late, rest = queries.due(session, NOW)
        [guardians] = queries.guardians_due(session, NOW)
    assert (late.is_urgent, rest.is_urgent, guardians.is_urgent) == (True, False, False)
    assert "1 request about personal data is overdue." in officer.get("/staff/").text
    assert "light check" in support.get("/staff/").text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_is_overdue_and_unchecked_is_led_to_where_it_stands(acts, officer, database):
    request = acts.ask(acts.customer(), NOW - timedelta(days=20))
    with database.session() as session:
        session.get_one(Request, request).state = State.UNVERIFIED
        session.commit()
    page = officer.get("/staff/requests").text
    assert str(request) not in page
    assert "1 request about personal data is overdue" not in page
    [path] = re.findall(r'nobody has checked is overdue[.]</strong> <a href="([^"]+)"', page)
    assert str(request) in officer.get(path).text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_copy_that_nobody_fetched_is_told_of_before_it_goes(acts, officer, database):
    request = acts.ask(acts.customer())
    assert "Their copy is not fetched yet" in officer.get(f"/staff/requests/{request}").text
    with database.session() as session:
        session.execute(update(DataFile).values(fetched_at=NOW))
        session.commit()
    assert "Their copy is not fetched yet" not in officer.get(f"/staff/requests/{request}").text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_completion_takes_nothing_of_anybody_who_did_not_ask(acts, settings, database):
    acts.customer()
    completion.go_on(settings, database, NOW + timedelta(days=4000))
    assert acts.person() is not None


@pytest.fixture
def many_ended(acts):
    """More messages that have ended than fit on a page, the oldest first."""
    moments = [NOW - timedelta(minutes=60 - number) for number in range(26)]
    found = [acts.freeze(f"child{number}@example.com", answer_to=None) for number in range(26)]
    for request, moment in zip(found, moments, strict=True):
        acts.lift(request, moment)
    return found


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("role", "path"),
    [("support", "/staff/guardian-messages?"), ("privacy_officer", "/staff/requests?state=ended&")],
)
def test_what_has_ended_is_shown_page_by_page(many_ended, sign_in_staff, clock, role, path):
    client = sign_in_staff(role)
    first, last, beyond = (client.get(f"{path}page={page}").text for page in ("x", "2", "99"))
    assert "Page 1 of 2" in first
    assert str(many_ended[0]) not in first
    assert all(str(request) in first for request in many_ended[1:])
    for page in (last, beyond):
        assert "Page 2 of 2" in page
        assert [str(request) in page for request in many_ended] == [True] + [False] * 25


@pytest.mark.parametrize("backend", ["sqlite"])
def test_one_reason_has_one_name(acts, officer, other_session):
    request = acts.ask(acts.customer())
    officer.get(f"/staff/requests/{request}")
    acts.freeze("child@example.com")
    with other_session() as session:
        query = select(AuditEntry.reason).where(AuditEntry.action.startswith("rights."))
        reasons = set(session.scalars(query))
    assert reasons == {people.REASONS["request"].kept}
    assert reasons < set(trail_words.REASONS)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_page_says_that_a_second_answer_address_was_not_kept(acts, support):
    request = acts.freeze()
    acts.freeze(answer_to="second@example.com")
    page = support.get(f"/staff/guardian-messages/{request}").text
    assert "its answer address was not kept" in page
    assert "second@example.com" not in page
