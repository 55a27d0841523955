import errno
import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from clevenio.errors import BadInput
from clevenio.mail import Folder, Rendered, build, render, safe_header
from clevenio.settings import Settings

NOW = datetime(2026, 6, 1, 7, 30, tzinfo=UTC)
LONG = "<https://www.example.com/u/" + "a" * 64 + ".with.more.so.that.it.is.longer.than.a.line.usually.is>"


def message(**headers):
    return build(
        Rendered("Hei äiti", "Päivää\n.piste alussa\n", "<p>Päivää</p>"),
        sender="Clevenio <news@example.com>",
        to="aino@example.fi",
        language="fi",
        message_id="<1@example.com>",
        now=NOW,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


def nothing():
    pass


def test_a_long_header_stays_one_readable_line():
    raw = message(List_Unsubscribe=LONG)
    line = next(x for x in raw.split(b"\r\n") if x.startswith(b"List-Unsubscribe:"))
    assert line == b"List-Unsubscribe: " + LONG.encode()


def test_the_text_part_comes_first_and_both_parts_say_their_language():
    parsed = message_from_bytes(message(), policy=policy.default)
    assert [part.get_content_type() for part in parsed.iter_parts()] == ["text/plain", "text/html"]
    assert parsed["Content-Language"] == "fi"
    assert str(parsed["Subject"]) == "Hei äiti"
    assert parsed["Auto-Submitted"] == "auto-generated"


def test_no_line_of_a_body_is_longer_than_quoted_printable_allows():
    raw = build(
        Rendered("Hei", "ä" * 300, "<p>" + "ö" * 300),
        sender="a@example.com",
        to="b@example.com",
        language="fi",
        message_id="<1@example.com>",
        now=NOW,
    )
    assert max(map(len, raw.partition(b"\r\n\r\n")[2].split(b"\r\n"))) == 76


def test_no_line_is_longer_than_a_relay_takes():
    assert max(map(len, message(List_Unsubscribe=LONG).split(b"\r\n"))) <= 998


@pytest.mark.parametrize(
    "value",
    [
        "Hello\nBcc: mallory@example.com",
        "Hello\r\nBcc: mallory@example.com",
        "=?utf-8?q?Hello=0ABcc=3A_mallory=40example=2Ecom?=",
        "=?utf-8?b?SGVsbG8KQmNjOiBtYWxsb3J5QGV4YW1wbGUuY29t?=",
        "bell\x07",
        "nul\x00",
    ],
)
def test_no_header_can_start_another_one(value):
    with pytest.raises(BadInput):
        message(Subject=value)


def test_an_ordinary_header_is_left_alone():
    assert safe_header("Tervetuloa, Äijälä – 50 %") == "Tervetuloa, Äijälä – 50 %"


def test_kept_mail_can_be_read_again(tmp_path):
    reply = Folder(tmp_path).deliver("a@example.com", "b@example.com", message(), nothing)
    assert reply.is_sent
    (kept,) = tmp_path.glob("*.eml")
    assert message_from_bytes(kept.read_bytes(), policy=policy.default)["To"] == "aino@example.fi"


def test_a_mail_that_cannot_be_kept_never_left_and_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(path, _content):
        path.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    left = []
    with pytest.raises(OSError, match="No space"):
        Folder(tmp_path).deliver("a@example.com", "b@example.com", message(), lambda: left.append(True))
    assert (left, list(tmp_path.iterdir())) == ([], [])


def test_reading_a_mail_fetches_nothing(tmp_path):
    settings = Settings.from_env({"CLEVENIO_DATA": str(tmp_path)})
    html = render("newsletter/mail/confirm.html", "en", settings=settings, names=[], link="x").html
    assert "<html" in html
    assert not re.search(r"<link|<img|url\(|@import", html)


def test_the_mark_before_the_signature_keeps_its_space(tmp_path):
    settings = Settings.from_env({"CLEVENIO_DATA": str(tmp_path)})
    made = render("newsletter/mail/confirm.html", "en", settings=settings, names=[], link="x")
    raw = build(
        made,
        sender="a@example.com",
        to="b@example.com",
        language="en",
        message_id="<1@example.com>",
        now=NOW,
    )
    text = message_from_bytes(raw, policy=policy.default).get_body(("plain",)).get_content()
    assert [line for line in text.splitlines() if line != line.rstrip()] == ["-- "]


@pytest.mark.parametrize(
    "to", ["=?utf-8?q?eve=40example.org=2C?=aino@example.fi", "aino@example.fi, eve@example.org", ""]
)
def test_a_recipient_that_is_read_as_several_or_none_is_refused(to):
    with pytest.raises(BadInput):
        build(
            Rendered("Hei", "Hei\n", "<p>Hei</p>"),
            sender="Clevenio <news@example.com>",
            to=to,
            language="fi",
            message_id="<1@example.com>",
            now=NOW,
        )
