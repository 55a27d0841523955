"""Double opt-in, over the whole application: the form, the mail, the link, the ledger."""

import re
from urllib.parse import quote

import pytest
from sqlalchemy import func, select

from clevenio.consent import ledger
from clevenio.consent.notices import newsletter_notice
from clevenio.newsletter import operations
from clevenio.people import links, suppression
from clevenio.people.models import Link, Person
from tests.support.application import new_client
from tests.support.factories import grant, make_person, refuse
from tests.support.mailbox import link_in, text_of
from tests.support.retention import let_go
from tests.support.switch import tongue

FORM = {"fi": "/fi/uutiskirje", "en": "/en/newsletter"}
AINO = "aino.esimerkki@example.fi"
NAVIGATED = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "same-origin"}

pytestmark = pytest.mark.usefixtures("clock")


def ask(client, email=AINO, language="en", **fields):
    return client.post(FORM[language], data={"email": email, **fields})


def confirm(client, mailbox, email=AINO):
    return client.post(link_in(mailbox.newest(email), "/c/"))


def people(other_session):
    with other_session() as session:
        return list(session.scalars(select(Person)))


def history(other_session):
    with other_session() as session:
        return [row for person in people(other_session) for row in ledger.history(session, person.id)]


@pytest.mark.parametrize("language", ["fi", "en"])
def test_nothing_is_in_force_before_the_confirmation_and_the_choice_is_after_it(
    client, mailbox, other_session, language
):
    answer = ask(client, language=language, topic=["surveys", "newsletter"])
    assert (answer.status_code, answer.location.rpartition("/")[0]) == (303, FORM[language])
    assert "Set-Cookie" not in answer.headers
    assert people(other_session) == []
    page = confirm(client, mailbox)
    assert page.status_code == 200
    assert f'lang="{language}"' in page.text
    [person] = people(other_session)
    assert (person.email, person.language, person.source) == (AINO, language, "newsletter")
    with other_session() as session:
        for topic in ("surveys", "newsletter"):
            permit = ledger.permits(session, person.id, topic)
            assert permit
            assert permit.decision.channel == "confirmation"
            assert permit.decision.notice == newsletter_notice(language).id
            assert permit.decision.evidence.keys() == {"asked_at", "confirmed_at", "wording"}
        assert not ledger.permits(session, person.id, "trials")


def test_no_topic_means_the_newsletter(client, mailbox, other_session):
    ask(client)
    confirm(client, mailbox)
    assert [row.purpose for row in history(other_session)] == ["newsletter"]


def test_looking_at_the_link_confirms_nothing(client, mailbox, other_session):
    ask(client)
    path = link_in(mailbox.newest(AINO), "/c/")
    for _ in range(3):
        page = client.get(path)
        assert page.status_code == 200
        assert "a•••@example.fi" in page.text
        assert AINO not in page.text
        assert client.head(path).status_code == 200
    assert people(other_session) == []


def test_clicking_twice_says_so_and_records_once(client, mailbox, other_session):
    ask(client)
    confirm(client, mailbox)
    again = confirm(client, mailbox)
    assert (again.status_code, "Already confirmed" in again.text) == (200, True)
    looked = client.get(link_in(mailbox.newest(AINO), "/c/"))
    assert (looked.status_code, "Already confirmed" in looked.text) == (200, True)
    assert len(history(other_session)) == 1


def test_what_ended_after_the_confirmation_is_said_to_have_ended(client, mailbox, database, other_session):
    ask(client, topic=["newsletter", "surveys"])
    confirmed = client.post(link_in(mailbox.newest(AINO), "/c/"), headers=NAVIGATED).location
    assert "You are on the list" in client.get(confirmed).text
    [person] = people(other_session)
    for stopped, ended, leaves in ((["surveys"], 1, True), (["newsletter"], 2, False)):
        with database.session() as session:
            refuse(session, session.get(Person, person.id), *stopped)
            session.commit()
        page = client.get(confirmed).text
        assert "Already confirmed" in page
        assert "You are on the list" not in page
        assert (page.count("ended since then"), "a link to leave the list" in page) == (ended, leaves)
        assert "subscribe to it anew" in page
        assert client.post(confirmed, headers=NAVIGATED).status_code == 303
        assert "Already confirmed" in confirm(client, mailbox).text
    with database.session() as session:
        grant(session, session.get(Person, person.id), "newsletter", "surveys")
        session.commit()
    assert "ended since then" not in client.get(confirmed).text


def test_a_used_link_keeps_no_address(client, mailbox, other_session):
    ask(client)
    confirm(client, mailbox)
    with other_session() as session:
        [data] = session.scalars(select(Link.data).where(Link.purpose == "confirm"))
    assert "example.fi" not in str(data)


def test_the_link_works_for_seven_days(client, mailbox, clock, other_session):
    ask(client)
    clock.advance(days=7)
    assert confirm(client, mailbox).status_code == 404
    assert people(other_session) == []


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("spoil", ["", "x", ".", "é", "a.b"])
def test_unknown_forged_and_foreign_links_look_alike(client, mailbox, settings, database, clock, spoil):
    ask(client)
    path = link_in(mailbox.newest(AINO), "/c/")
    with database.session() as session:
        foreign = links.make(session, settings.mail_keys, "unsubscribe", clock.now, data={"topic": "trials"})
        session.commit()
    forged = path[:-1] + ("A" if path[-1] != "A" else "B")
    seen = set()
    for bad in (forged, f"/c/{foreign}", f"/c/x{spoil}"):
        for method in ("GET", "POST"):
            answer = client.open(bad, method=method)
            seen.add((answer.status_code, answer.text.replace(bad, "").replace(quote(bad), "")))
    assert {status for status, _text in seen} == {404}
    assert len(seen) == 1


def test_the_answer_does_not_tell_whether_an_address_is_known(client, database, app, mailbox, clock):
    with database.session() as session:
        make_person(session, "known@example.com")
        session.commit()
    seen = set()
    for email in ("known@example.com", "unknown@example.com"):
        answer = ask(new_client(app), email)
        seen.add((answer.status_code, answer.location, answer.text, str(sorted(answer.headers.keys()))))
        assert len(mailbox.all(email)) == 1
    assert len(seen) == 1


def test_an_address_gets_one_mail_in_ten_minutes_and_three_a_day(client, mailbox, clock):
    sent = []
    for minutes in (0, 1, 8, 11, 11, 11, 11):
        clock.advance(minutes=minutes)
        # Another topic each time, a tag, and capitals: the mailbox is the same.
        assert ask(client, f"Aino.Esimerkki+{minutes}@example.fi", topic="trials").status_code == 303
        sent.append(len(mailbox.all()))
    assert sent == [1, 1, 1, 2, 3, 3, 3]
    clock.advance(days=1)
    ask(client)
    assert len(mailbox.all()) == 4


def test_a_doubled_post_is_one_act(client, mailbox, clock):
    ask(client)
    clock.advance(minutes=9)
    assert ask(client).status_code == 303
    assert len(mailbox.all()) == 1


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"email": "not an address"}, "email"),
        ({"email": ""}, "email"),
        ({"email": "a@b@example.com"}, "email"),
        ({"email": AINO, "topic": ["newsletter", "everything"]}, "topic"),
        ({"email": AINO, "topic": ["newsletter", "surveys\0"]}, "topic"),
    ],
)
@pytest.mark.parametrize("language", ["fi", "en"])
@pytest.mark.parametrize("backend", ["sqlite"])
def test_bad_input_comes_back_with_what_was_typed(client, mailbox, database, fields, field, language):
    answer = client.post(FORM[language], data={"topic": "surveys", **fields})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert f'value="{fields["email"]}"' in answer.text
    ticked = set(re.findall(r'<input[^>]* checked[^>]*value="([a-z_]+)"', answer.text))
    assert ticked == {"newsletter" if field == "topic" else "surveys"}
    assert mailbox.all() == []
    with database.session(write=False) as session:
        assert session.scalar(select(func.count()).select_from(Link)) == 0


def test_another_site_cannot_make_a_browser_subscribe(client, mailbox):
    answer = client.post(FORM["en"], data={"email": AINO}, headers={"Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, mailbox.all()) == (403, [])


def test_nothing_a_stranger_typed_is_in_the_mail(client, mailbox):
    ask(client, "buy-pills-at-example-com@example.com")
    mail = mailbox.newest("buy-pills-at-example-com@example.com")
    assert "pills" not in text_of(mail)
    assert "pills" not in str(mail["Subject"])
    assert mail["List-Unsubscribe"] is None
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "account@" in mail["From"]


def test_confirming_lifts_what_suppressed_the_address(client, mailbox, database, other_session, clock):
    with database.session() as session:
        person = make_person(session, AINO, language="fi")
        for scope in ("newsletter", suppression.EVERYTHING):
            suppression.suppress(session, person.email_suppression, "email", scope, "objection", clock.now)
        session.commit()
    ask(client)
    with other_session() as session:
        assert suppression.is_suppressed(session, person.email_suppression, "newsletter")
    confirm(client, mailbox)
    with other_session() as session:
        assert not suppression.is_suppressed(session, person.email_suppression, "newsletter")
        assert session.scalar(select(func.count()).select_from(Person)) == 1
        assert session.get(Person, person.id).language == "en"


def test_the_wording_is_the_one_that_was_shown_when_asking(client, mailbox, other_session, monkeypatch):
    ask(client)
    shown = newsletter_notice("en")
    other = type(shown)(shown.kind, shown.language, {**shown.content, "data": ["phone"]})
    monkeypatch.setattr(operations, "newsletter_notice", lambda _language: other)
    confirm(client, mailbox)
    [row] = history(other_session)
    assert (row.notice, row.evidence["wording"]) == (shown.id, shown.id)
    with other_session() as session:
        assert ledger.wordings(session, [row.notice])[shown.id].content == dict(shown.content)


def test_what_nobody_confirmed_is_forgotten_after_two_weeks(client, mailbox, database, clock, other_session):
    ask(client)
    ask(client, "confirmed@example.com")
    confirm(client, mailbox, "confirmed@example.com")
    for days, left in ((13, 2), (1, 1)):
        with database.session() as session:
            let_go(session, operations.SWEEPS, clock.advance(days=days))
            session.commit()
        with other_session() as session:
            assert session.scalar(select(func.count()).select_from(Link)) == left


def test_the_link_may_be_read_and_confirmed_in_the_other_language(client, mailbox, other_session):
    ask(client, language="fi", topic=["newsletter"])
    path = link_in(mailbox.newest(AINO), "/c/")
    finnish = client.get(path)
    assert "Jos se et ollut sinä, sulje tämä sivu" in finnish.text
    assert tongue(finnish) == f"{path}?language=en"
    assert "If it was you, confirm." in client.get(tongue(finnish)).text
    assert people(other_session) == []
    confirmed = client.post(tongue(finnish))
    assert "You are on the list" in confirmed.text
    assert tongue(confirmed) == f"{path}?language=fi"
    assert '<html lang="fi">' in client.get(tongue(confirmed)).text
    # What was agreed to was read on the form, and the mails come in the language of that.
    assert [row.language for row in history(other_session)] == ["fi"]
    assert [person.language for person in people(other_session)] == ["fi"]
