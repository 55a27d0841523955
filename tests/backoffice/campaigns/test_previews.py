"""A campaign as its readers see it: every language and look, in a frame in which nothing runs."""

import re

import pytest

from clevenio.newsletter import previews
from tests.backoffice.campaigns.conftest import DESK, WORDS

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
DARK = "@media (prefers-color-scheme: dark)"


def test_each_look_shows_the_mail_itself_in_its_colours(marketer, written):
    campaign = written()
    for written_in in ("fi", "en"):
        where = f"{DESK}{campaign}/preview/{written_in}"
        light, dark, text = (marketer.get(f"{where}/{shown}").text for shown in ("light", "dark", "text"))
        assert all(WORDS[f"subject_{written_in}"] in part for part in (light, dark, text))
        assert "@media not all" in light
        assert "@media all" in dark
        assert DARK not in light + dark
        assert "https://www.example.com/a" in text
        assert "/u/tttt" in text


def test_the_frame_runs_nothing_and_stands_in_our_pages_alone(marketer, written):
    answer = marketer.get(f"{DESK}{written()}/preview/en/light")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "frame-ancestors 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert not re.search(r"\sstyle=", answer.text)


def test_what_is_typed_is_shown_without_being_saved(post, campaigns):
    answer = post("/new", "/preview/en/light", **{**WORDS, "text_en": "Not *saved* yet."})
    assert answer.status_code == 200
    assert "Not <em>saved</em> yet." in answer.text
    assert campaigns() == []


def test_what_cannot_be_shown_says_why_in_the_frame(post):
    answer = post("/new", "/preview/en/dark", **{**WORDS, "text_en": "Dear {{ name }}"})
    assert answer.status_code == 422
    assert "Line 1: there is no placeholder {{ name }}" in answer.text
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]


def test_a_look_that_there_is_not_is_no_page(post):
    for path in ("/preview/sv/light", "/preview/en/purple"):
        assert post("/new", path, **WORDS).status_code == 404


def test_a_preview_takes_the_forms_token(marketer):
    assert marketer.post(f"{DESK}/preview/en/light", data=WORDS).status_code == 400


def test_the_page_to_write_on_lets_in_frames_of_ours_and_styles_with_its_own_word(marketer):
    first, second = (marketer.get(f"{DESK}/new") for _ in range(2))
    words = [re.search(r'data-word="([\w-]+)"', page.text)[1] for page in (first, second)]
    assert words[0] != words[1]
    assert f"style-src 'self' 'nonce-{words[0]}'" in first.headers["Content-Security-Policy"]
    assert "frame-src 'self'" in first.headers["Content-Security-Policy"]
    assert "script-src 'self';" in first.headers["Content-Security-Policy"]


def test_the_page_of_looks_has_a_frame_for_each(marketer, written):
    page = marketer.get(f"{DESK}{written()}/preview").text
    frames = re.findall(r'<iframe src="[^"]*/preview/(\w+)/(\w+)"[^>]*sandbox="allow-same-origin"', page)
    assert frames == [
        (language, shown) for language in ("fi", "en") for shown in ("light", "light", "dark", "dark", "text")
    ]


def test_a_frame_is_about_as_high_as_its_mail_before_anything_measures_it(marketer, written):
    page = marketer.get(f"{DESK}{written(text_en='A line. ' * 10, text_fi='Rivi. ' * 1000)}/preview").text
    frames = re.findall(r'<iframe src="[^"]*/preview/(\w+)/\w+"[^>]* height="(\d+)" data-fit="12000">', page)
    heights = {
        language: [int(height) for each, height in frames if each == language] for language in ("fi", "en")
    }
    # A line of the text part is longer than one of the narrow layout; more stands around it.
    wide, narrow, *_dark, text = heights["fi"]
    assert 2 * 1000 < wide < text < narrow < 2 * wide
    wide, narrow, *_dark, text = heights["en"]
    assert 400 < wide < narrow < text < 2 * 400
    assert heights["fi"][0] > 2 * heights["en"][0]
    assert max(previews.heights("x\n" * 60_000).values()) == previews.HIGHEST


def test_the_page_around_a_frame_may_ask_how_high_it_is_and_nothing_runs_in_it(marketer, written):
    where = written()
    for shown in ("light", "dark", "text"):
        policy = marketer.get(f"{DESK}{where}/preview/en/{shown}").headers["Content-Security-Policy"]
        sandbox = re.search(r"sandbox([^;]*)", policy)[1].split()
        assert sandbox == ["allow-same-origin"]
        assert "script-src" not in policy
