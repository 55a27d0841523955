import hashlib
from base64 import b64encode

import pytest

from clevenio.backoffice import kept_mail
from clevenio.errors import Missing

MAIL = b"From: a@example.com\r\nTo: b@example.com\r\nSubject: Hello\r\nDate: Mon, 1 Jun 2026 07:30:00 +0000\r\n\r\nText\r\n"
HTML = """<html><head><style>p { color: red }</style></head><body>
<p style="margin:0" class="x">One</p><p style='margin:0'>Two</p><p style="color:blue">Three</p></body></html>"""


@pytest.fixture
def folder(tmp_path):
    for number in range(3):
        (tmp_path / f"2026060{number}-x.eml").write_bytes(MAIL)
    (tmp_path / "unfinished.part").write_bytes(b"")
    return tmp_path


def test_the_newest_comes_first_and_unfinished_files_are_no_mail(folder):
    assert [mail.name for mail in kept_mail.page_of(folder, 1).rows] == [f"2026060{n}-x" for n in (2, 1, 0)]


def test_a_folder_that_is_not_there_yet_is_one_empty_page(tmp_path):
    found = kept_mail.page_of(tmp_path / "none", 1)
    assert (found.rows, found.pages) == ([], 1)


def test_a_mail_is_found_by_a_name_that_is_listed_and_by_nothing_else(folder):
    assert kept_mail.find(folder, "20260600-x").text == "Text\r\n"
    for name in ("../20260600-x", "20260600-x.eml", "unfinished", ""):
        with pytest.raises(Missing):
            kept_mail.find(folder, name)


def test_styles_move_into_elements_that_the_policy_lets_in_by_hash():
    shown = kept_mail.display(HTML)
    assert "style=" not in shown.html
    assert shown.html.count('<p data-look="0"') == 2
    sheet = shown.html.partition("<style>")[2].partition("</style>")[0]
    assert sheet == '[data-look="0"]{margin:0}\n[data-look="1"]{color:blue}\n'
    for text in (sheet, "p { color: red }"):
        assert f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" in shown.policy


def test_entities_in_a_style_are_read_as_a_browser_reads_them_and_no_tag_gets_out():
    shown = kept_mail.display("<head></head><p style='font-family:&quot;A&quot;;x:&lt;/style&gt;'>One</p>")
    assert '{font-family:"A";x:/style>}' in shown.html
    assert shown.html.count("</style>") == 1


def test_line_ends_are_those_that_a_browser_hashes():
    shown = kept_mail.display("<head><style>a {}\r\nb {}</style></head>")
    assert "\r" not in shown.html
    assert b64encode(hashlib.sha256(b"a {}\nb {}").digest()).decode() in shown.policy
