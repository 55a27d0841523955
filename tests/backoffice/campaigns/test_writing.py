"""Writing a campaign: saved as it was typed, refused where no mail could be made of it, and never lost."""

import re
from html import unescape

import pytest
from sqlalchemy import select

from clevenio.newsletter.models import Campaign, Edition
from tests.backoffice.campaigns.conftest import DESK, WORDS
from tests.support.application import form_token

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])

LONG = "x" * 10_000_000


def seen(page):
    return re.search(r'name="seen" type="hidden" value="(\w+)"', page.text)[1]


def test_a_draft_is_saved_shown_again_and_listed(marketer, written, acts, campaigns):
    where = written(subject_en="50 % *off* & more")
    page = marketer.get(f"{DESK}{where}/text")
    assert 'value="50 % *off* &amp; more"' in page.text
    assert "read the [piece](https://www.example.com/a)." in page.text
    assert "50 % *off* &amp; more" in marketer.get(DESK).text
    [made] = campaigns()
    assert (made.state, made.segment, made.candidates) == ("draft", None, 0)
    assert acts() == ["newsletter.draft"]


def test_a_half_written_draft_is_saved(marketer, written, campaigns):
    where = written(subject_fi="", text_fi="", text_en="")
    assert 'value="Three ways to ask"' in marketer.get(f"{DESK}{where}/text").text
    assert len(campaigns()) == 1


def test_a_draft_without_a_subject_stands_among_the_others(marketer, written):
    written()
    where = written(**dict.fromkeys(["subject_fi", "text_fi", "subject_en", "text_en"], ""))
    for page in ("", f"{where}/text", f"{where}/check", f"{where}/preview"):
        answer = marketer.get(f"{DESK}{page}")
        assert answer.status_code == 200, page
    assert "Without a subject" in marketer.get(DESK).text


def test_saving_changes_the_draft_and_saving_it_as_it_was_is_no_act(marketer, post, written, acts):
    where = written()
    version = seen(marketer.get(f"{DESK}{where}/text"))
    for _ in range(2):
        answer = post(f"{where}/text", f"{where}/text", **{**WORDS, "topic": "surveys", "seen": version})
        assert answer.status_code == 303
        version = seen(marketer.get(f"{DESK}{where}/text"))
    assert acts() == ["newsletter.draft", "newsletter.rewrite"]


def test_a_form_that_is_posted_twice_makes_one_draft_and_with_other_words_another(marketer, campaigns, acts):
    page = marketer.get(f"{DESK}/new")
    proposed = re.search(r'name="proposed" type="hidden" value="([-\w]+)"', page.text)[1]
    fields = {"csrf_token": form_token(page), "proposed": proposed, **WORDS}
    once, twice = (marketer.post(DESK, data=fields) for _ in range(2))
    assert once.location == twice.location == f"{DESK}/{proposed}/text"
    assert acts() == ["newsletter.draft"]
    other = marketer.post(DESK, data={**fields, "subject_en": "Another letter"})
    assert other.status_code == 303
    assert proposed not in other.location
    assert len(campaigns()) == 2


@pytest.mark.parametrize("proposed", ["", "none", "x" * 5000])
def test_an_id_that_is_none_is_not_taken(marketer, campaigns, proposed):
    fields = {"csrf_token": form_token(marketer.get(f"{DESK}/new")), "proposed": proposed, **WORDS}
    assert marketer.post(DESK, data=fields).status_code == 303
    assert len(campaigns()) == 1


def test_saving_twice_by_one_press_is_no_quarrel_with_oneself(marketer, post, written, acts):
    where = written()
    version = seen(marketer.get(f"{DESK}{where}/text"))
    fields = {**WORDS, "text_en": "Mine.", "seen": version}
    for _ in range(2):
        assert post(f"{where}/text", f"{where}/text", **fields).status_code == 303
    assert acts() == ["newsletter.draft", "newsletter.rewrite"]


def test_who_saves_over_somebody_elses_words_is_asked_to_compare_and_loses_nothing(marketer, post, written):
    where = written()
    version = seen(marketer.get(f"{DESK}{where}/text"))
    post(f"{where}/text", f"{where}/text", **{**WORDS, "text_en": "Theirs.", "seen": version})
    answer = post(f"{where}/text", f"{where}/text", **{**WORDS, "text_en": "Mine.", "seen": version})
    assert answer.status_code == 422
    assert "Somebody else saved this draft meanwhile" in answer.text
    assert ">\r\nMine.</textarea>" in answer.text
    assert f'<a href="{DESK}{where}/text" target="_blank"' in answer.text
    assert "Theirs." in marketer.get(f"{DESK}{where}/text").text


def test_all_unknown_placeholders_of_a_text_are_named_at_once(post):
    fields = {**WORDS, "text_en": "Dear {{ name }},\n\nHello", "text_fi": "{{ a }}\n{{ b }}"}
    page = unescape(post("/new", "", **fields).text)
    assert "Line 1: there is no placeholder {{ name }}" in page
    assert "no such placeholders: line 1: {{ a }}; line 2: {{ b }}. There are" in page


REFUSED = [
    ("subject_en", "Hello\r\nBcc: b@example.com", "on one line"),
    ("subject_en", "=?utf-8?q?Hello=0ABcc=3A_b=40example=2Ecom?=", "control character"),
    ("subject_fi", "=?utf-8?b?SGVsbG8KQmNjOiBi?=", "control character"),
    ("subject_en", "x" * 201, "Shorten this to 200"),
    ("subject_en", "Hello {{ first_name }}", "no placeholder {{ first_name }}"),
    ("text_en", "Hello\n\n\nDear {{ name }},", "Line 4: there is no placeholder {{ name }}"),
    ("text_fi", "Hei\n*|ETUNIMI|*", "Line 2: there is no placeholder *|ETUNIMI|*"),
    ("text_en", "one\n\n[two](/relative)", "Line 3: the link to /relative"),
    ("text_en", "bell \x07", "Line 1 holds a character that no mail can show: U+0007"),
    ("text_en", LONG, "longer than 60000 characters"),
]


def test_what_no_mail_can_be_made_of_is_refused_beside_its_field_and_kept(marketer, campaigns):
    token = form_token(marketer.get(f"{DESK}/new"))
    for field, typed, said in REFUSED:
        answer = marketer.post(DESK, data={"csrf_token": token, **WORDS, field: typed})
        assert answer.status_code == 422
        page = unescape(answer.text)
        assert said in re.search(rf'id="{field}-error">(.*?)</p>', page, re.DOTALL)[1]
        assert typed.replace("\x07", "")[:100].split("\r\n")[0] in page
    assert campaigns() == []


def test_ten_megabytes_in_each_language_come_back_whole(marketer, campaigns):
    """The form is one of parts: in the other kind most letters of a Finnish text would be sent as six characters."""
    page = marketer.get(f"{DESK}/new")
    assert re.search(r'<form method="post"[^>]* id="campaign" enctype="multipart/form-data"', page.text)
    typed = {"text_fi": "yö ja äiti – " * 580_000, "text_en": LONG}
    assert all(len(text.encode()) > 9_000_000 for text in typed.values())
    fields = {"csrf_token": form_token(page), **WORDS, **typed}
    parts = (f'--b\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items())
    body = "".join((*parts, "--b--\r\n")).encode()
    answer = marketer.post(DESK, data=body, content_type="multipart/form-data; boundary=b")
    assert answer.status_code == 422
    assert answer.text.count("longer than 60000 characters") == 4
    for text in typed.values():
        assert f">\r\n{text}</textarea>" in answer.text
    assert campaigns() == []


def test_a_text_may_be_as_long_as_the_form_says_under_any_subject(marketer, post, written):
    most = {"subject_en": "!" * 200, "text_en": "x" * 60_000}
    where = written(**most)
    assert "The text is longer than" not in marketer.get(f"{DESK}{where}/check").text
    assert post("/new", "", **{**WORDS, **most, "text_en": "x" * 60_001}).status_code == 422


def test_a_topic_or_segment_that_there_is_not_is_refused(post, campaigns):
    for field in ("topic", "segment"):
        assert post("/new", "", **{**WORDS, field: "everything"}).status_code == 422
    assert campaigns() == []


def test_what_looks_like_a_layout_stays_text(marketer, written):
    where = written(text_en="</mj-text><mj-raw><script>alert(1)</script></mj-raw>\n\n`</mj-body>`")
    shown = marketer.get(f"{DESK}{where}/preview/en/light").text
    assert "<script" not in shown
    assert "&lt;mj-raw&gt;" in shown
    assert shown.rstrip().endswith("</html>")


def test_a_draft_that_is_thrown_away_is_gone_and_the_trail_says_so_once(post, written, acts, other_session):
    where = written()
    for page in (f"{where}/text", ""):
        assert post(page, f"{where}/discard").location == DESK
    with other_session() as session:
        assert session.scalars(select(Campaign)).all() == session.scalars(select(Edition)).all() == []
    assert acts() == ["newsletter.draft", "newsletter.discard"]


def test_what_has_begun_is_neither_rewritten_nor_thrown_away(marketer, post, written, database):
    where = written()
    version = seen(marketer.get(f"{DESK}{where}/text"))
    with database.session() as session:
        session.scalars(select(Campaign)).one().state = "running"
        session.commit()
    answer = post(f"{where}/text", f"{where}/text", **{**WORDS, "text_en": "Late.", "seen": version})
    assert answer.status_code == 422
    assert "no draft any more" in answer.text
    token = form_token(marketer.get(f"{DESK}{where}/text"))
    assert marketer.post(f"{DESK}{where}/discard", data={"csrf_token": token}).status_code == 403
