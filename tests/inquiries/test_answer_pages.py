"""The pages on which staff write, look at and send an answer, and keep templates."""

import re
from uuid import uuid4

import pytest
from sqlalchemy import select

from clevenio.audit import AuditEntry
from clevenio.inquiries.models import AnswerTemplate, Inquiry
from clevenio.outbox import Mail, MailState
from clevenio.people import restrictions
from tests.support.application import form_token
from tests.support.factories import NOW
from tests.support.mailbox import text_of

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
KEY = re.compile(r'name="key"[^>]*value="([^"]+)"')


@pytest.fixture
def support(sign_in_staff):
    return sign_in_staff("support")


@pytest.fixture
def post(support):
    """`post(path, act="send", text="Hello")` with the token and the key of the form that is shown there."""

    def send(path, shown=None, **fields):
        page = support.get(shown or path)
        key = KEY.search(page.text)
        return support.post(
            path, data={"csrf_token": form_token(page), "key": key[1] if key else "", **fields}
        )

    return send


@pytest.fixture
def template(post):
    def save(name="Begin", fi="Hei {name},", en="Hello {name},"):
        answer = post("/staff/inquiries/templates", "/staff/inquiries/templates/new", name=name, fi=fi, en=en)
        assert answer.status_code == 303, answer.text

    return save


def test_an_answer_is_seen_before_it_is_sent_and_then_stands_in_the_thread(answering, post, support, mailbox):
    path = f"/staff/inquiries/{answering()[1]}"
    preview = post(f"{path}/answer", act="preview", text="Begin <here>.")
    assert preview.status_code == 200
    assert "Our answer to your message" in preview.text
    assert "Begin &lt;here&gt;." in preview.text
    assert "aino@example.com" in preview.text
    assert [mail["Subject"] for mail in mailbox.all("aino@example.com")] == []
    data = {"csrf_token": form_token(preview), "key": KEY.search(preview.text)[1], "text": "Begin <here>."}
    for _ in range(2):
        answer = support.post(f"{path}/answer", data={**data, "act": "send"})
        assert (answer.status_code, answer.location) == (303, path)
    assert "Begin <here>." in text_of(mailbox.newest("aino@example.com", 2))
    page = support.get(path).text
    assert page.count("Begin &lt;here&gt;.") == 1
    assert ">Sent<" in page
    assert ">Answered<" in page


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ("pending", "Waits to be sent"),
        ("failed", "Failed"),
        ("uncertain", "Uncertain"),
        ("withheld", "Withheld"),
    ],
)
def test_the_thread_says_how_far_the_mail_came(answering, post, support, database, state, word):
    path = f"/staff/inquiries/{answering()[1]}"
    post(f"{path}/answer", act="send", text="Hello")
    with database.session() as session:
        mail = session.scalars(select(Mail).where(Mail.kind == "inquiry_answer")).one()
        mail.state, mail.reply = MailState(state), "550 no such mailbox"
        session.commit()
    page = support.get(path).text
    assert f">{word}<" in page
    assert ("550 no such mailbox" in page) is (state != "withheld")


@pytest.mark.parametrize(
    ("text", "said"),
    [("  \n", "Write the answer."), ("x" * 5001, "Shorten this to 5000"), ("a\x00b", "control characters")],
)
def test_a_wrong_answer_is_refused_beside_the_field_and_nothing_is_sent(answering, post, thread, text, said):
    inquiry = answering()[1]
    answer = post(f"/staff/inquiries/{inquiry}/answer", act="send", text=text)
    assert answer.status_code == 422
    assert said in answer.text.partition('id="text-error"')[2].partition("</p>")[0]
    assert "<title>Error: Answer" in answer.text
    assert "How do I begin?" in answer.text
    assert thread(inquiry) == []


def test_what_was_typed_comes_back_to_be_changed(answering, post, thread):
    inquiry = answering()[1]
    answer = post(f"/staff/inquiries/{inquiry}/answer", act="change", text="Half a sen")
    assert answer.status_code == 200
    assert "Half a sen</textarea>" in answer.text
    assert thread(inquiry) == []


def test_a_template_joins_what_was_typed_in_the_language_of_the_message(answering, post, template, support):
    template()
    for language, words in (("fi", "Hei Aino Esimerkki,"), ("en", "Hello Aino Esimerkki,")):
        path = f"/staff/inquiries/{answering(f'In {language}', language)[1]}/answer"
        number = re.search(r'<option value="([0-9a-f-]{36})">Begin', support.get(path).text)[1]
        answer = post(path, act="insert", text="Typed before", template=number)
        assert f"Typed before\n\n{words}</textarea>" in answer.text.replace("\r", "")
        assert post(path, act="insert", text="", template="nonsense").status_code == 200
        assert post(path, act="insert", template=str(answering("x" + language)[1])).status_code == 404


def test_what_was_sent_stays_whatever_becomes_of_the_template(answering, post, template, thread, database):
    template()
    inquiry = answering()[1]
    post(f"/staff/inquiries/{inquiry}/answer", act="send", text="Hello Aino Esimerkki,")
    with database.session() as session:
        number = session.scalars(select(AnswerTemplate.id)).one()
    path = f"/staff/inquiries/templates/{number}"
    assert post(path, name="Begin", fi="Moi", en="Hi").status_code == 303
    with database.session() as session:
        assert session.get_one(AnswerTemplate, number).en == "Hi"
    assert post(f"{path}/removal", path).status_code == 303
    with database.session() as session:
        assert session.scalars(select(AnswerTemplate)).all() == []
        acts = [entry.action for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.sequence))]
    assert [act for act in acts if "template" in act] == ["inquiries.template"] * 2 + [
        "inquiries.template_removed"
    ]
    assert thread(inquiry)[0].answer.text == "Hello Aino Esimerkki,"


@pytest.mark.parametrize(
    ("field", "said"),
    [("name", "Name the template."), ("fi", "Write the answer."), ("en", "Write the answer.")],
)
def test_a_template_needs_a_name_and_both_languages(post, database, field, said):
    words = {"name": "Begin", "fi": "Hei", "en": "Hello", field: " "}
    answer = post("/staff/inquiries/templates", "/staff/inquiries/templates/new", **words)
    assert answer.status_code == 422
    assert said in answer.text.partition(f'id="{field}-error"')[2].partition("</p>")[0]
    with database.session() as session:
        assert session.scalars(select(AnswerTemplate)).all() == []


def test_a_frozen_address_is_said_instead_of_a_form(answering, database, sign_in_staff):
    inquiry = answering()[1]
    with database.session() as session:
        restrictions.restrict(session, "aino@example.com", restrictions.Ground.GUARDIAN, uuid4(), NOW)
        session.commit()
    officer = sign_in_staff("support", "privacy_officer")
    page = officer.get(f"/staff/inquiries/{inquiry}/answer")
    assert "The data of this address is frozen" in page.text
    assert 'name="text"' not in page.text
    data = {"csrf_token": form_token(page), "act": "send", "text": "Hello"}
    assert officer.post(f"/staff/inquiries/{inquiry}/answer", data=data).status_code == 403
    with database.session() as session:
        assert session.get_one(Inquiry, inquiry).state == "open"
