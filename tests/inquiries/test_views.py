import re
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from clevenio.inquiries.models import Inquiry
from clevenio.outbox import Mail, MailState
from clevenio.web import network

GOOD = {"name": "Aino Esimerkki", "email": "aino@example.com", "message": "How do I begin?"}


@pytest.fixture
def stored(other_session):
    """What another session sees: how many inquiries, how many mails."""

    def count():
        with other_session() as session:
            return tuple(session.scalar(select(func.count()).select_from(each)) for each in (Inquiry, Mail))

    return count


@pytest.mark.parametrize(
    ("path", "thanks"),
    [("/fi/yhteys", "/fi/yhteys/kiitos"), ("/en/contact", "/en/contact/thanks")],
)
def test_an_inquiry_leads_to_a_page_of_its_own(client, stored, path, thanks):
    response = client.post(path, data=GOOD)
    assert (response.status_code, response.location) == (303, thanks)
    assert stored() == (1, 1)
    assert client.get(thanks).status_code == 200


def test_the_receipt_is_delivered_at_once_where_mail_is_kept(client, mailbox, other_session):
    client.post("/en/contact", data=GOOD)
    assert mailbox.newest("aino@example.com")["Subject"] == "We have your message"
    with other_session() as session:
        assert session.scalars(select(Mail.state)).all() == [MailState.SENT]


def test_pressing_twice_is_one_act_and_both_see_success(client, stored):
    answers = [client.post("/en/contact", data=GOOD).status_code for _ in range(2)]
    assert answers == [303, 303]
    assert stored() == (1, 1)


@pytest.mark.parametrize(
    ("field", "value", "english", "finnish"),
    [
        ("name", "", "Type a name.", "Kirjoita nimi."),
        ("name", "123", "A name has at least one letter.", "Nimessä on ainakin yksi kirjain."),
        ("email", "", "Type an e-mail address.", "Kirjoita sähköpostiosoite."),
        ("email", "aino@", "It looks like name@example.com.", "Sellainen on esimerkiksi nimi@example.com."),
        ("message", " \n ", "Write your message.", "Kirjoita viestisi."),
        ("message", "x" * 5001, "Shorten this to 5000 characters.", "Lyhennä tämä enintään 5000 merkkiin."),
        ("message", "a\x00b", "Leave out control characters.", "Jätä ohjausmerkit pois."),
        ("company", "x" * 201, "Shorten this to 200 characters.", "Lyhennä tämä enintään 200 merkkiin."),
    ],
)
@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_is_wrong_is_said_beside_the_field_in_the_pages_language(
    client, stored, field, value, english, finnish
):
    for path, sentence in (("/en/contact", english), ("/fi/yhteys", finnish)):
        response = client.post(path, data={**GOOD, "company": "Oy Keksitty Ab", field: value})
        assert response.status_code == 422
        beside = response.text.partition(f'id="{field}-error"')[2].partition("</p>")[0]
        assert sentence in beside
        assert f'aria-describedby="{"email-hint " if field == "email" else ""}{field}-error"' in response.text
    assert stored() == (0, 0)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_summary_of_mistakes_names_each_field(client):
    page = client.post("/en/contact", data={**GOOD, "name": "x" * 300, "company": "x" * 201}).text
    summary = page.partition('id="errors"')[2].partition("</div>")[0]
    said = [re.sub("<[^>]+>", "", line).strip() for line in re.findall(r"<li>.*?</li>", summary)]
    assert "Company: Shorten this to 200 characters." in said
    assert len(said) == len(set(said)) == 2


@pytest.mark.parametrize("backend", ["sqlite"])
def test_nothing_typed_is_lost_by_a_mistake(client):
    typed = {
        **GOOD,
        "email": "aino(at)example.com",
        "message": "<b>Keep & show</b>",
        "company": "Oy Keksitty Ab",
    }
    page = client.post("/en/contact", data=typed).text
    assert "&lt;b&gt;Keep &amp; show&lt;/b&gt;" in page
    assert 'value="aino(at)example.com"' in page
    assert 'value="Oy Keksitty Ab"' in page
    assert 'value="Aino Esimerkki"' in page


def test_line_breaks_stay_and_line_ends_are_one_kind(client, other_session):
    client.post("/en/contact", data={**GOOD, "message": "One\r\n\r\nTwo\rThree  \n"})
    with other_session() as session:
        assert session.scalar(select(Inquiry.message)) == "One\n\nTwo\nThree"


def test_another_site_cannot_post_the_form(client, stored):
    response = client.post("/en/contact", data=GOOD, headers={"Sec-Fetch-Site": "cross-site"})
    assert response.status_code == 403
    assert stored() == (0, 0)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_network_that_floods_is_told_to_wait_and_keeps_its_text(client, stored, monkeypatch):
    monkeypatch.setattr(network, "POSTS", replace(network.POSTS, most=2))
    answers = [client.post("/en/contact", data={**GOOD, "message": f"Nr {number}"}) for number in range(3)]
    assert [answer.status_code for answer in answers] == [303, 303, 429]
    assert "Nr 2" in answers[-1].text
    assert stored()[0] == 2


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_page_says_how_long_messages_are_kept(client):
    assert "24 months from the last message" in client.get("/en/contact").text
    assert "24 kuukautta viimeisestä viestistä" in client.get("/fi/yhteys").text
