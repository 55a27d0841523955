"""Requests of every kind in the back office: written down, checked, doubted, assigned, answered, forwarded."""

import html
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from clevenio.audit import AuditEntry
from clevenio.consent import ledger
from clevenio.people.staff_members import StaffMember
from clevenio.rights import reminders
from clevenio.rights.models import Event, Kind, State, Submission
from tests.support.application import form_token
from tests.support.factories import NOW, grant, make_person
from tests.support.mailbox import link_in, text_of

EMAIL = "aino@example.com"
NEW = "/staff/requests/new"


@pytest.fixture
def officer(sign_in_staff, clock):
    return sign_in_staff("privacy_officer")


def send(client, path, page, **fields):
    return client.post(path, data={"csrf_token": form_token(client.get(page)), **fields})


def enter(client, *kinds, **fields):
    typed = {"email": EMAIL, "channel": "phone", "language": "en", "details": "Called us", **fields}
    return send(client, NEW, NEW, kind=list(kinds), **typed)


@pytest.mark.parametrize("language", ["fi", "en"])
def test_what_came_by_phone_is_checked_by_facts_and_answered_in_its_language(
    officer, found, mailbox, database, language
):
    with database.session() as session:
        make_person(session, EMAIL, first_name="Aino")
        session.commit()
    answer = enter(
        officer,
        "access",
        received_on="2026-05-30",
        language=language,
        checked="Company and the month of the signup",
    )
    [request] = found()
    assert answer.location == f"/staff/requests/{request.id}"
    assert (request.state, request.identity, request.channel) == ("open", "facts", "phone")
    assert request.promised.isoformat() == "2026-06-13"
    page = officer.get(answer.location)
    assert "Called us" in page.text
    assert "Company and the month of the signup" in page.text
    path = f"{answer.location}/answer"
    draft = officer.get(path).text
    assert {"fi": "Pyysit 30.\u00a0toukokuuta 2026", "en": "On 30\u00a0May 2026 you asked"}[language] in draft
    sent = send(officer, path, path, text="Hei Aino\n\nHere it is.", way="mail", outcome="")
    assert sent.status_code == 303
    [request] = found()
    assert (request.state, request.outcome) == (State.DONE, None)
    text = text_of(mailbox.newest(EMAIL))
    assert "Hei Aino\n\nHere it is." in text
    assert "tietosuoja.fi" in text
    assert "Here it is." in officer.get(answer.location).text


def test_refusing_marketing_by_post_is_done_as_it_is_saved(officer, found, database, other_session):
    with database.session() as session:
        person = make_person(session, EMAIL)
        grant(session, person, "newsletter")
        session.commit()
        number = person.id
    enter(officer, "direct_marketing", channel="post")
    assert [request.state for request in found()] == [State.DONE]
    with other_session() as session:
        assert not ledger.permits(session, number, "newsletter").allowed
        assert session.scalars(select(Submission.email)).all() == [None]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_nobody_compared_waits_for_the_link(officer, found, mailbox, client):
    path = enter(officer, "access").location
    assert [request.state for request in found()] == [State.UNVERIFIED]
    page = officer.get(f"{path}/answer").text
    assert "No answer can be sent now" in page
    assert "<textarea" not in page
    early = send(officer, f"{path}/answer", path, text="Typed before", way="mail", outcome="")
    assert early.status_code == 409
    assert "Typed before" in early.text
    assert send(officer, f"{path}/link", path).status_code == 303
    client.post(link_in(mailbox.newest(EMAIL), "/q/"))
    assert [(request.state, request.identity) for request in found()] == [("open", "link")]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_lost_mailbox_is_checked_by_facts_and_answered_elsewhere(officer, found, mailbox):
    path = enter(officer, "access", answer_to="uusi@example.com").location
    assert send(officer, f"{path}/check", path).status_code == 422
    assert send(officer, f"{path}/check", path, checked="Role and phone agree").status_code == 303
    send(officer, f"{path}/answer", f"{path}/answer", text="Here.", way="mail", outcome="")
    assert "Here." in text_of(mailbox.newest("uusi@example.com"))
    assert mailbox.all(EMAIL) == []
    assert [request.answer_to for request in found()] == [None]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_erasure_is_not_offered_while_a_copy_waits(officer, found):
    enter(officer, "erasure", "access", checked="The company agrees")
    paths = {request.kind: f"/staff/requests/{request.id}" for request in found()}
    assert "A copy of the data comes first" in officer.get(paths["erasure"]).text
    act = f'action="{paths["erasure"]}/erasure"'
    assert act not in officer.get(paths["erasure"]).text
    copy = f"{paths['access']}/answer"
    send(officer, copy, copy, text="Here it is.", way="mail", outcome="")
    assert act in officer.get(paths["erasure"]).text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_recipient_is_named_by_hand_and_the_person_learns_of_it(officer, mailbox):
    path = enter(officer, "objection", checked="The company agrees").location
    named = f"{path}/recipients"
    assert send(officer, named, path, vendor="nobody").status_code == 422
    assert send(officer, named, path, vendor="linkedin").status_code == 303
    again = send(officer, named, path, vendor="linkedin")
    assert again.status_code == 409
    assert "This recipient is to be told already." in again.text
    [task] = set(re.findall(r"/staff/recipients/[0-9a-f-]{36}", officer.get(path).text))
    assert "the registry names no contact" in officer.get(task).text
    send(
        officer,
        f"{path}/answer",
        f"{path}/answer",
        text="We stopped.",
        way="mail",
        outcome="",
        ends="elsewhere",
    )
    assert "LinkedIn, LinkedIn Ireland Unlimited Company" in text_of(mailbox.newest(EMAIL)).replace("\n", " ")


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_answer_to_a_correction_names_nobody_who_is_told_of_something_else(officer, mailbox, database):
    with database.session() as session:
        make_person(session, EMAIL, first_name="Aino")
        session.commit()
    path = enter(officer, "rectification", checked="The company agrees").location
    fields = {"field": "first_name", "value": "Anna", "source": "The person", "effect": ""}
    send(officer, f"{path}/correction", path, **fields)
    send(officer, f"{path}/recipients", path, vendor="google")
    other = enter(officer, "objection", checked="The company agrees").location
    send(officer, f"{other}/recipients", other, vendor="linkedin")
    send(officer, f"{path}/answer", f"{path}/answer", text="Corrected.", way="mail", outcome="")
    text = text_of(mailbox.newest(EMAIL))
    assert "Google Ads" in text
    assert "LinkedIn" not in text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_doubt_has_its_reason_and_puts_the_request_back(officer, found, other_session):
    path = enter(officer, "access", checked="The company agrees").location
    assert send(officer, f"{path}/doubt", path).status_code == 422
    named = send(officer, f"{path}/doubt", path, **{"doubt-reason": "Not aino@example.com"})
    assert named.status_code == 422
    assert send(officer, f"{path}/doubt", path, **{"doubt-reason": "Another voice"}).status_code == 303
    [request] = found()
    assert (request.state, request.identity) == (State.UNVERIFIED, None)
    assert "Another voice" in officer.get(path).text
    with other_session() as session:
        acts = set(session.scalars(select(AuditEntry.action)))
    assert {"rights.enter", "rights.doubt", "rights.read"} <= acts


@pytest.mark.parametrize("backend", ["sqlite"])
def test_one_that_nobody_could_check_is_refused_with_its_ground(officer, found, mailbox):
    path = enter(officer, "access").location
    answer = send(officer, f"{path}/refusal", path, **{"refusal-reason": "Article 12(2)"})
    assert answer.status_code == 303
    assert [request.state for request in found()] == [State.REFUSED]
    assert "Article 12(2)" in text_of(mailbox.newest(EMAIL))


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_request_about_a_customers_data_is_forwarded_to_its_controller(officer, found, mailbox):
    path = enter(officer, "erasure", checked="The company agrees").location
    form = f"{path}/answer?template=forwarded"
    page = officer.get(form).text
    assert '<option selected value="forwarded">' in page
    assert "data is ours, too" not in page
    alone = send(officer, f"{path}/answer", form, text="Erased.", way="mail", outcome="")
    assert alone.status_code == 409
    assert "Erased." in alone.text
    text = "The controller is Made-up Oy."
    assert (
        send(officer, f"{path}/answer", form, text=text, way="mail", outcome="forwarded").status_code == 303
    )
    assert [(request.state, request.outcome) for request in found()] == [("done", "forwarded")]
    assert text in text_of(mailbox.newest(EMAIL))


@pytest.mark.parametrize("backend", ["sqlite"])
def test_who_forwards_a_request_about_data_of_ours_is_told_that(officer, database):
    with database.session() as session:
        make_person(session, EMAIL)
        session.commit()
    path = enter(officer, "access", checked="The company agrees").location
    assert "data is ours, too" in officer.get(f"{path}/answer").text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_answer_by_post_is_kept_and_mails_nobody(officer, found, mailbox, other_session):
    path = enter(officer, "access", channel="post", checked="Name and address agree").location
    send(officer, f"{path}/answer", f"{path}/answer", text="By letter.", way="other", outcome="")
    assert [request.state for request in found()] == [State.DONE]
    assert mailbox.all(EMAIL) == []
    with other_session() as session:
        assert session.scalars(select(Event.note).where(Event.act == "answer_by_other")).all() == [
            "By letter."
        ]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_two_answers_are_one(officer, found, mailbox):
    path = enter(officer, "access", checked="The company agrees").location
    token = form_token(officer.get(f"{path}/answer"))
    fields = {"csrf_token": token, "text": "Here.", "way": "mail", "outcome": ""}
    codes = [officer.post(f"{path}/answer", data=fields).status_code for _ in range(2)]
    other = officer.post(f"{path}/answer", data={**fields, "text": "Something else."})
    assert (codes, other.status_code) == ([303, 303], 409)
    assert "Something else." in other.text
    assert len(mailbox.all(EMAIL)) == 1


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("act", "fields", "noted", "checked"),
    [
        ("extension", {"extension-reason": "It is complex"}, "extended", "The company agrees"),
        ("refusal", {"refusal-reason": "Article 12(5)"}, "refused", "The company agrees"),
        ("doubt", {"doubt-reason": "The phone differs"}, "doubted", "The company agrees"),
        ("check", {"checked": "The phone agrees"}, "checked", ""),
        ("link", {}, "link_sent", ""),
    ],
)
def test_a_form_that_is_posted_twice_is_one_act(
    officer, found, mailbox, other_session, act, fields, noted, checked
):
    path = enter(officer, "access", checked=checked).location
    data = {"csrf_token": form_token(officer.get(path)), **fields}
    codes = [officer.post(f"{path}/{act}", data=data).status_code for _ in range(2)]
    assert codes == [303, 303]
    with other_session() as session:
        assert session.scalars(select(Event.act).where(Event.act == noted)).all() == [noted]
    assert len(mailbox.all(EMAIL)) == (1 if act in ("extension", "refusal", "link") else 0)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_request_is_given_to_somebody_and_found_by_that(officer, found, other_session):
    path = enter(officer, "access", checked="The company agrees").location
    with other_session() as session:
        [member] = session.scalars(select(StaffMember.id))
    assert send(officer, f"{path}/assignment", path, member="no member").status_code == 422
    assert send(officer, f"{path}/assignment", path, member=str(member)).status_code == 303
    assert found()[0].assigned_to == member
    assert path in officer.get("/staff/requests?care=me").text
    assert path not in officer.get("/staff/requests?care=nobody").text
    assert path in officer.get("/staff/requests?kind=access").text
    assert path not in officer.get("/staff/requests?kind=erasure").text


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"email": "x@"}, "This is not a complete e-mail address."),
        ({"kind": []}, "Tick what you would like us to do."),
        ({"received_on": "2026-06-02"}, "This day is still to come."),
        ({"received_on": "0001-01-01"}, "This day is before 25 May 2018"),
        ({"channel": "account"}, "Not a valid choice."),
        ({"checked": "Passport of aino@example.com"}, "Leave out e-mail addresses"),
        ({"answer_to": "no"}, "This is not a complete e-mail address."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(officer, found, fields, complaint):
    typed = {"kind": ["access"], "email": EMAIL, "channel": "post", "language": "fi", "details": "A letter"}
    answer = send(officer, NEW, NEW, **{**typed, **fields})
    assert answer.status_code == 422
    assert complaint in answer.text
    assert "A letter" in answer.text
    assert found() == []


@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_empty_answer_is_not_sent(officer, found):
    path = enter(officer, "access", checked="The company agrees").location
    answer = send(officer, f"{path}/answer", f"{path}/answer", text=" ", way="mail", outcome="")
    assert (answer.status_code, "Write the answer." in answer.text) == (422, True)
    assert found()[0].state == State.OPEN


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    "kind", [kind.value for kind in Kind if kind not in ("direct_marketing", "withdrawal")]
)
@pytest.mark.parametrize("language", ["fi", "en"])
def test_every_kind_has_a_page_and_an_answer_to_begin_with(officer, kind, language):
    path = enter(officer, kind, language=language, checked="The company agrees").location
    assert officer.get(path).status_code == 200
    assert "{" not in officer.get(f"{path}/answer").text.partition("<textarea")[2].partition("</textarea>")[0]


def test_what_is_overdue_stands_above_every_page_of_an_officer(officer, sign_in_staff, clock):
    enter(officer, "access", checked="The company agrees")
    assert "is overdue" not in officer.get("/staff/audit").text
    clock.advance(days=15)
    sign_in = {role: sign_in_staff(role) for role in ("administrator", "support")}
    assert (
        "1 request about personal data is overdue." in sign_in["administrator"].get("/staff/inquiries").text
    )
    assert "is overdue" not in sign_in["support"].get("/staff/inquiries").text


def test_what_nobody_has_checked_is_counted_where_it_is_listed(officer, sign_in_staff, clock):
    path = enter(officer, "access").location
    assert "1 request is not checked yet" in officer.get("/staff/").text
    clock.advance(days=15)
    officer = sign_in_staff("administrator")
    queue = officer.get("/staff/requests").text
    stats = queue.partition('<dl class="stats">')[2].partition("</dl>")[0].split("<dt>")[1:]
    counts = [int(re.search(r"<dd>(?:<a[^>]*>)?(\d+)", each)[1]) for each in stats]
    assert counts == [0, 0, 0, 0, 1]
    assert "overdue: 1" in stats[-1]
    assert path not in queue
    assert path in officer.get("/staff/requests?state=unverified").text
    home = officer.get("/staff/").text
    assert "1 request that nobody has checked is overdue." in home
    assert 'href="/staff/requests?state=unverified"' in home


def test_what_is_overdue_is_mailed_once_a_day(officer, database, settings, other_session):
    enter(officer, "access", checked="The company agrees")
    told = []
    # From before the working day of the day after the promise on: 04:00 UTC is seven in Finland.
    start = NOW.replace(hour=3, minute=30) + timedelta(days=14)
    for hours in (0, 24, 25, 30, 48, 49):
        with database.session() as session:
            told.append(reminders.remind(session, settings, start + timedelta(hours=hours)))
            session.commit()
    assert told == [0, 0, 1, 0, 0, 1]


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("kind", ["access", "portability", "rectification", "restriction", "objection"])
def test_the_answer_that_stands_there_never_says_that_there_is_nothing(officer, kind):
    path = enter(officer, kind, language="fi", checked="The company agrees").location
    assert "muuta kuin tämän pyynnön" not in officer.get(f"{path}/answer").text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_answer_with_a_gap_of_its_template_does_not_go_out(officer, found, mailbox):
    path = enter(officer, "rectification", checked="The company agrees").location
    draft = html.unescape(
        re.search("<textarea[^>]*>(.*?)</textarea>", officer.get(f"{path}/answer").text, re.DOTALL)[1]
    )
    assert "\n–\n" in draft
    fields = {"way": "mail", "outcome": ""}
    refused = send(officer, f"{path}/answer", f"{path}/answer", text=draft, **fields)
    assert refused.status_code == 422
    assert "This is what we corrected" in refused.text
    assert "only a dash" in refused.text
    assert mailbox.all(EMAIL) == []
    whole = draft.replace("\n–\n", "\nFirst name: Aina\n")
    assert send(officer, f"{path}/answer", f"{path}/answer", text=whole, **fields).status_code == 303


@pytest.mark.parametrize("backend", ["sqlite"])
def test_mails_name_the_request_they_are_about(officer, found, mailbox):
    path = enter(officer, "objection", "access", "portability", checked="The company agrees").location
    paths = {request.kind: f"{path.rsplit('/', 1)[0]}/{request.id}" for request in found()}
    answer, longer = paths["access"], paths["portability"]
    send(officer, f"{answer}/answer", f"{answer}/answer", text="Here.", way="mail", outcome="")
    assert "Your request of 1\u00a0June 2026: See the data" in text_of(mailbox.newest(EMAIL))
    send(officer, f"{longer}/extension", longer, **{"extension-reason": "There is much of it"})
    assert "Your request of 1\u00a0June 2026: Take the data along" in text_of(mailbox.newest(EMAIL))
    send(officer, f"{paths['objection']}/refusal", paths["objection"], **{"refusal-reason": "Article 21(1)"})
    texts = [text_of(mail) for mail in mailbox.all(EMAIL)]
    assert any("Your request of 1\u00a0June 2026: Object to its use" in text for text in texts)
