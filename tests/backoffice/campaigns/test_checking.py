"""The page before sending: counts, every rule on the real bytes, and a test to oneself alone."""

from email import message_from_bytes, policy

import pytest
from sqlalchemy import select, update

from clevenio.newsletter import messages
from clevenio.outbox import Mail
from clevenio.people import suppression
from tests.backoffice.campaigns.conftest import DESK, WORDS
from tests.support.application import form_token
from tests.support.factories import NOW, grant, make_person

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


@pytest.fixture
def readers(database):
    """Three on the newsletter, one of whose address bounced."""
    with database.session() as session:
        for number in range(3):
            person = make_person(session, f"reader{number}@example.com", language="en", role="sales")
            grant(session, person, "newsletter")
        suppression.suppress(session, person.email_suppression, "email", "newsletter", "bounce", NOW)
        session.commit()


def figures(page):
    return [part.split("<dd>")[1].split("</dd>")[0].strip() for part in page.split('<div class="stat">')[1:]]


def test_recipients_are_counted_by_language_and_the_excluded_by_reason(marketer, written, readers):
    page = marketer.get(f"{DESK}{written()}/check").text
    assert figures(page) == ["2", "0", "2", "1"]
    assert "Suppressed: they left, complained, or their address does not work" in page
    assert "example.com" not in page.replace("marketer@example.com", "")


def test_a_segment_narrows_the_count_down(marketer, post, written, readers):
    made = marketer.get("/staff/audiences/segments/new")
    fields = {"csrf_token": form_token(made), "name": "Owners", "role": "owner"}
    key = marketer.post("/staff/audiences/segments", data=fields).location.rsplit("/", 1)[1]
    page = marketer.get(f"{DESK}{written(segment=key)}/check").text
    assert figures(page) == ["under 10"] * 4
    assert "Owners" in page
    assert "Nobody would get it" in page


def test_counts_of_a_segment_are_in_tens_wherever_they_stand(marketer, written, readers, database):
    with database.session() as session:
        for number in range(11):
            grant(session, make_person(session, f"more{number}@example.com", role="sales"), "newsletter")
        session.commit()
    made = marketer.get("/staff/audiences/segments/new")
    fields = {"csrf_token": form_token(made), "name": "Sales", "role": "sales"}
    key = marketer.post("/staff/audiences/segments", data=fields).location.rsplit("/", 1)[1]
    page = marketer.get(f"{DESK}{written(segment=key)}/check").text
    assert figures(page)[0] == "about 10"
    assert "Send it to the segment now" in page
    assert ">13<" not in page
    assert "13 people" not in page
    assert figures(marketer.get(f"{DESK}{written()}/check").text)[0] == "13"


def test_a_good_campaign_keeps_every_rule_in_both_languages(marketer, written):
    page = marketer.get(f"{DESK}{written()}/check").text
    assert page.count(">In order</span>") == 10
    assert ">Broken</span>" not in page
    assert "This campaign cannot be sent" not in page


def test_a_missing_language_stops_the_campaign_and_is_named(marketer, written):
    page = marketer.get(f"{DESK}{written(subject_fi='', text_fi='')}/check").text
    assert "Nothing is written in this language: Suomi." in page
    assert "This campaign cannot be sent" in page


def test_a_mail_that_breaks_a_rule_is_named_with_its_fault(marketer, written, monkeypatch):
    monkeypatch.setattr(messages, "headers", lambda *_: {"Precedence": "bulk"})
    page = marketer.get(f"{DESK}{written()}/check").text
    assert "list-unsubscribe: stands there 0 times" in page
    assert "This campaign cannot be sent" in page


def test_a_test_goes_to_oneself_alone_as_the_mail_that_everybody_gets(
    marketer, post, written, acts, settings
):
    where = written()
    assert post(f"{where}/check", f"{where}/test").status_code == 303
    sent = [path.read_bytes() for path in sorted((settings.data / "mail").glob("*.eml"))]
    mails = [message_from_bytes(each, policy=policy.default) for each in sent]
    campaign = [mail for mail in mails if mail["Precedence"] == "bulk"]
    assert {mail["Subject"] for mail in campaign} == {"Kolme tapaa kysyä", "Three ways to ask"}
    assert {mail["To"] for mail in campaign} == {"marketer@example.com"}
    assert all(mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click" for mail in campaign)
    assert acts()[-1] == "newsletter.test"


def test_a_button_pressed_twice_sends_one_test_and_later_another(marketer, post, written, clock, acts):
    where = written()
    for wait in (0, 1, 30):
        clock.advance(seconds=wait)
        assert post(f"{where}/check", f"{where}/test").status_code == 303
    assert acts().count("newsletter.test") == 2


@pytest.mark.parametrize(
    ("state", "reply", "said"), [("failed", "550 5.7.1 not yours", "Failed"), ("pending", None, "Look again")]
)
def test_what_the_relay_said_of_the_last_test_stands_on_the_page(
    marketer, post, written, clock, database, state, reply, said
):
    where = written()
    assert "Your last test" not in marketer.get(f"{DESK}{where}/check").text
    post(f"{where}/check", f"{where}/test")
    clock.advance(minutes=1)
    post(f"{where}/check", f"{where}/test")
    with database.session() as session:
        last = update(Mail).where(Mail.kind == "campaign_test", Mail.created_at == clock())
        session.execute(last.values(state=state, reply=reply))
        session.commit()
    page = marketer.get(f"{DESK}{where}/check").text
    table = page.split("Your last test")[2].split("</table>")[0]
    assert table.count("<tr>") == 3
    assert table.count(f'<span lang="en">{reply}</span>' if reply else "–") == 2
    assert said in page


def test_the_way_out_of_a_test_takes_nobody_off_a_list(client, post, written, settings):
    where = written()
    post(f"{where}/check", f"{where}/test")
    path = next(path for path in (settings.data / "mail").glob("*.eml") if b"Precedence" in path.read_bytes())
    link = message_from_bytes(path.read_bytes(), policy=policy.default)["List-Unsubscribe"].strip("<>")
    assert client.post(link.removeprefix("http://localhost")).status_code == 404


def test_a_test_that_no_mail_can_be_made_of_is_refused_with_the_reason(post, written, other_session):
    where = written(text_en="")
    answer = post(f"{where}/check", f"{where}/test")
    assert answer.status_code == 422
    assert "nothing under the heading" in answer.text
    with other_session() as session:
        assert session.scalars(select(Mail).where(Mail.kind == "campaign_test")).all() == []


@pytest.mark.parametrize(
    ("changed", "is_said"),
    [({"text_en": "Hello again."}, True), ({"topic": "surveys"}, True), ({}, False)],
)
def test_a_test_of_an_earlier_text_says_so_until_another_is_sent(
    marketer, post, written, clock, changed, is_said
):
    where, warning = written(), "shows an earlier version"
    post(f"{where}/check", f"{where}/test")
    assert warning not in marketer.get(f"{DESK}{where}/check").text
    seen = (
        marketer.get(f"{DESK}{where}/text").text.partition('name="seen"')[2].split('value="')[1].split('"')[0]
    )
    assert post(f"{where}/text", f"{where}/text", **{**WORDS, **changed}, seen=seen).status_code == 303
    assert (warning in marketer.get(f"{DESK}{where}/check").text) is is_said
    # So soon that it would be one press, were it not another text.
    clock.advance(seconds=1)
    post(f"{where}/check", f"{where}/test")
    assert warning not in marketer.get(f"{DESK}{where}/check").text
