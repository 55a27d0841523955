import re

import pytest
from sqlalchemy import select

from clevenio.inquiries import redaction
from clevenio.inquiries.models import Inquiry
from tests.inquiries.conftest import HEALTH, TEXT
from tests.support.application import form_token

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


@pytest.fixture
def path(answering):
    return f"/staff/inquiries/{answering(TEXT)[1]}/redaction"


@pytest.fixture
def support(sign_in_staff):
    return sign_in_staff("support")


@pytest.fixture
def post(support, path):
    def send(**fields):
        page = support.get(path)
        version = re.search(r'name="version"[^>]*value="([^"]+)"', page.text)[1]
        data = {"csrf_token": form_token(page), "version": version, "reason": "sensitive", **fields}
        return support.post(path, data=data)

    return send


@pytest.fixture
def message(other_session):
    def read():
        with other_session() as session:
            return session.scalars(select(Inquiry.message)).one()

    return read


def test_each_sentence_can_be_chosen_without_a_script(support, path):
    page = support.get(path).text
    for number, part in enumerate(redaction.parts(TEXT)):
        assert f'name="part" type="checkbox" value="{number}"' in page
        assert part in page


@pytest.mark.parametrize("chosen", [{"passage": HEALTH}, {"part": ["1"]}])
def test_what_would_stay_is_shown_before_anything_goes(post, message, support, path, chosen):
    preview = post(act="preview", **chosen)
    assert preview.status_code == 200
    shown = preview.text.partition('class="typed"')[2].partition("</p>")[0]
    assert "[removed]" in shown
    assert HEALTH not in shown
    assert message() == TEXT
    fields = re.findall(r'<input[^>]*name="(version|part|passage|reason)"[^>]*value="([^"]*)"', preview.text)
    data = {"csrf_token": form_token(preview), "act": "remove"}
    for name, value in fields:
        data.setdefault(name, value)
    assert support.post(path, data=data).status_code == 303
    assert HEALTH not in message()
    page = support.get(path.removesuffix("/redaction")).text
    assert "1 passage was removed from this message." in page


def test_choosing_again_keeps_what_was_chosen(post, message):
    page = post(act="change", passage="I have", part=["0"])
    assert "I have</textarea>" in page.text
    assert re.search(r'<input checked[^>]*name="part"[^>]*value="0"', page.text)
    assert message() == TEXT


@pytest.mark.parametrize("act", ["preview", "remove"])
@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Choose what is to be removed."),
        ({"passage": "not in it"}, "The passage on line 1 is not in the message."),
        ({"passage": f"{HEALTH}\nnot in it"}, "The passage on line 2 is not in the message."),
        ({"part": ["99"]}, "Tick some of these boxes, and nothing else."),
        ({"passage": HEALTH, "reason": "eaten"}, "Not a valid choice."),
        ({"passage": HEALTH, "version": "0"}, "The message has changed since you opened this page."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_goes(post, message, act, fields, said):
    answer = post(act=act, **fields)
    assert answer.status_code == 422
    assert said in answer.text
    assert answer.text.count("<title>Error: ")
    assert message() == TEXT


def test_what_came_with_no_act_removes_nothing(post, message):
    assert post(passage=HEALTH).status_code == 200
    assert message() == TEXT
