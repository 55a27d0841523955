"""The form on the page of rights, the answer that is the same for everybody, and the page behind the link."""

import re
from collections import Counter
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from clevenio import limits
from clevenio.outbox import Mail
from clevenio.people.models import Suppression
from clevenio.rights.models import State, Submission
from clevenio.web import network
from clevenio.web.network import POSTS
from tests.support.factories import grant, make_person
from tests.support.mailbox import link_in, text_of

PAGES = {"fi": "/fi/oikeudet", "en": "/en/rights"}
SENT = {"fi": "/fi/oikeudet/lahetetty", "en": "/en/rights/sent"}
EMAIL = "aino@example.com"


def ask(client, *kinds, language="en", email=EMAIL, details=""):
    return client.post(PAGES[language], data={"kind": list(kinds), "email": email, "details": details})


@pytest.mark.parametrize("language", ["fi", "en"])
def test_asking_confirming_and_the_promise_in_both_languages(client, clock, mailbox, found, language):
    page = client.get(PAGES[language])
    assert page.text.count('name="kind"') == 8
    answer = ask(client, "access", "portability", language=language)
    assert (answer.status_code, answer.location) == (303, SENT[language])
    assert client.get(SENT[language]).status_code == 200
    mail = mailbox.newest(EMAIL)
    path = link_in(mail, "/q/")
    assert client.get(path).text.count('name="mine"') == 2
    assert {request.state for request in found()} == {State.UNVERIFIED}
    done = client.post(path, data={})
    assert {"fi": "15.\u00a0kesäkuuta 2026", "en": "15\u00a0June 2026"}[language] in done.text
    assert [(each.state, each.identity, each.language) for each in found()] == [
        ("open", "link", language)
    ] * 2


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_answer_is_the_same_whether_or_not_the_address_is_known(client, clock, database, mailbox):
    with database.session() as session:
        grant(session, make_person(session, EMAIL), "newsletter")
        session.commit()
    answers = []
    for email in (EMAIL, "nobody@example.com"):
        answer = ask(client, "access", "withdrawal", email=email)
        answers.append((answer.status_code, answer.location, answer.text, dict(answer.headers)))
    assert answers[0] == answers[1]
    known, unknown = (text_of(mailbox.newest(email)) for email in (EMAIL, "nobody@example.com"))
    assert known.replace(link_in(mailbox.newest(EMAIL), "/q/"), "") == unknown.replace(
        link_in(mailbox.newest("nobody@example.com"), "/q/"), ""
    )


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"kind": []}, "Tick what you would like us to do."),
        ({"kind": ["everything"]}, "Tick some of these boxes, and nothing else."),
        ({"email": ""}, "Type an e-mail address."),
        ({"email": "aino example"}, "An e-mail address has no spaces in it."),
        ({"details": "x" * 5001}, "Shorten this to 5000 characters."),
        ({"details": "a\x00b"}, "Leave out control characters."),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_nothing_typed_is_lost(client, found, fields, complaint):
    typed = {"kind": ["access", "direct_marketing"], "email": EMAIL, "details": "My old address"}
    answer = client.post("/en/rights", data={**typed, **fields})
    assert answer.status_code == 422
    assert complaint in answer.text
    if fields.get("details") is None:
        assert "My old address" in answer.text
    if "kind" not in fields:
        assert len(re.findall(r'<input [^>]*checked[^>]* name="kind"', answer.text)) == 2
    # The summary's link leads into the group: what it names takes the focus.
    assert ('tabindex="-1">\n<legend>' in answer.text) is ("kind" in fields)
    assert found() == []


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_crowded_network_refuses_all_the_same_and_loses_nothing(
    client, clock, app, database, found, mailbox
):
    settings = app.extensions["clevenio"].settings
    limit = limits.Limit(f"rights request: {POSTS.name}", POSTS.most, POSTS.window)
    with database.session() as session:
        for _ in range(POSTS.most):
            limits.take(session, settings.secret_keys[0], limit, "127.0.0.0/24", clock.now)
        session.commit()
    answer = ask(client, "access", "direct_marketing", details="Everything since 2020")
    assert answer.status_code == 429
    assert "Everything since 2020" in answer.text
    assert [(request.kind, request.state) for request in found()] == [("direct_marketing", State.DONE)]
    assert mailbox.all() == []
    assert ask(client, "withdrawal").status_code == 303
    assert [request.state for request in found()] == [State.DONE, State.DONE]


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("posts", "most"), [(60, 20), pytest.param(10_000, POSTS.most, marks=pytest.mark.slow)]
)
def test_ten_thousand_from_one_network_refuse_and_write_to_nobody_beyond_its_limit(
    client, clock, found, other_session, monkeypatch, posts, most
):
    monkeypatch.setattr(network, "POSTS", replace(POSTS, most=most))
    codes = Counter()
    for number in range(posts):
        client.environ_base["REMOTE_ADDR"] = f"192.0.2.{number % 256}"
        email = f"made.up.{number}@example.com"
        codes[ask(client, "access", "direct_marketing", email=email).status_code] += 1
    assert codes == {303: most, 429: posts - most}
    assert Counter((each.kind, each.state) for each in found()) == {
        ("direct_marketing", State.DONE): posts,
        ("access", State.UNVERIFIED): most,
    }
    with other_session() as session:
        assert session.scalar(select(func.count()).select_from(Mail)) == most
        assert session.scalar(select(func.count()).select_from(Suppression)) == posts
    client.environ_base["REMOTE_ADDR"] = "198.51.100.1"
    assert ask(client, "access", email=EMAIL).status_code == 303


@pytest.mark.parametrize("backend", ["sqlite"])
def test_opening_a_link_changes_nothing_and_is_kept_by_nobody(client, clock, mailbox, found):
    ask(client, "erasure")
    path = link_in(mailbox.newest(EMAIL), "/q/")
    for _ in range(3):
        page = client.get(path)
    assert [request.state for request in found()] == [State.UNVERIFIED]
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert EMAIL not in page.text + path
    assert "a•••@example.com" in page.text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_link_that_is_old_forged_or_forwarded_after_its_use_opens_nothing(client, clock, mailbox, found):
    ask(client, "access")
    path = link_in(mailbox.newest(EMAIL), "/q/")
    assert client.post(path[:-1] + "x").status_code == 404
    clock.advance(hours=24)
    assert client.get(path).status_code == client.post(path).status_code == 404
    assert [request.state for request in found()] == [State.UNVERIFIED]
    ask(client, "access", details="again")
    again = link_in(mailbox.newest(EMAIL), "/q/")
    assert "answer by" in client.post(again).text
    used = client.post(again)
    assert used.status_code == 200
    assert EMAIL not in used.text
    assert "Confirm the requests" not in used.text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_browser_is_led_back_to_the_page_and_sees_there_all_that_was_confirmed(
    client, clock, mailbox, found
):
    ask(client, "access")
    clock.advance(minutes=11)
    ask(client, "portability")
    path = link_in(mailbox.newest(EMAIL), "/q/")
    named = [str(request.id) for request in found()]
    navigated = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "same-origin"}
    led = client.post(path, data={"shown": named, "mine": named}, headers=navigated)
    assert (led.status_code, led.location) == (303, path)
    page = client.get(path).text
    assert page.count("answer by") == len(named) == 2
    assert client.post(path, data={"shown": named}).text == page


@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_the_owner_unticks_comes_to_nothing(client, clock, mailbox, found):
    ask(client, "access", "erasure")
    path = link_in(mailbox.newest(EMAIL), "/q/")
    access, erasure = found()
    page = client.post(path, data={"shown": [str(access.id), str(erasure.id)], "mine": [str(access.id), "x"]})
    assert "taken back" in page.text
    assert [request.state for request in found()] == [State.OPEN, State.WITHDRAWN]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_officer_is_told_once_and_of_nobody(
    client, clock, mailbox, database, sign_in_staff, other_session
):
    sign_in_staff("privacy_officer")
    ask(client, "access", "portability", details="I am Aino")
    assert mailbox.all("officer") == []
    client.post(link_in(mailbox.newest(EMAIL), "/q/"))
    notices = [mail for mail in mailbox.all() if "waits" in str(mail["Subject"])]
    assert len(notices) == 1
    assert EMAIL not in text_of(notices[0])
    with other_session() as session:
        assert session.scalars(select(Submission.details)).all() == ["I am Aino"]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_post_from_another_site_is_refused(client, found):
    answer = client.post(
        "/en/rights", data={"kind": "erasure", "email": EMAIL}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 403
    assert found() == []


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_request_by_a_program_without_a_browser_counts(app, found):
    answer = app.test_client().post("/en/rights", data={"kind": "access", "email": EMAIL})
    assert answer.status_code == 303
    assert [request.kind for request in found()] == ["access"]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_doubled_post_after_the_window_is_another_request(client, clock, found):
    for _ in range(2):
        ask(client, "access")
    clock.advance(minutes=10)
    ask(client, "access")
    assert len(found()) == 2


@pytest.mark.parametrize("backend", ["sqlite"])
def test_who_has_confirmed_gets_the_link_of_the_next_request_at_once(client, clock, mailbox, found):
    for number, kind in enumerate(["access", "portability", "rectification", "restriction", "objection"], 1):
        ask(client, kind)
        assert len(mailbox.all(EMAIL)) == number
        client.post(link_in(mailbox.newest(EMAIL), "/q/"))
    assert [request.state for request in found()] == [State.OPEN] * 5


@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_was_let_go_at_the_link_may_be_asked_again_at_once(client, clock, mailbox, found):
    ask(client, "access")
    [first] = found()
    client.post(link_in(mailbox.newest(EMAIL), "/q/"), data={"shown": str(first.id)})
    ask(client, "access")
    ask(client, "access")
    assert sorted(request.state for request in found()) == [State.UNVERIFIED, State.WITHDRAWN]
    assert len(mailbox.all(EMAIL)) == 2


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("language", ["fi", "en"])
def test_a_link_that_does_not_work_leads_to_the_form_it_came_from(client, language):
    page = client.get("/q/no-such-link", headers={"Accept-Language": language})
    assert page.status_code == 404
    onward = page.text.split('class="onward"')[-1].split("</ul>")[0]
    assert "/rights" in onward or "/oikeudet" in onward


@pytest.mark.parametrize("backend", ["sqlite"])
def test_who_unticks_everything_is_promised_no_answer(client, clock, mailbox, found):
    ask(client, "access", "erasure")
    path = link_in(mailbox.newest(EMAIL), "/q/")
    posted = client.post(path, data={"shown": [str(request.id) for request in found()]}).text
    for page in (posted, client.get(path).text):
        assert "Nothing is asked of us" in page
        assert "no answer comes" in page
        assert "The answer comes by e-mail" not in page
        assert "We have your requests" not in page
