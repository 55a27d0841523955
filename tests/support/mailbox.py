"""The mails that a site without a relay keeps in `$DATA/mail`, read as a recipient reads them."""

import re
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from clevenio.settings import Settings


class Mailbox:
    """Mails in a folder. Files appear whole, and their names sort by time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def all(self, to: str | None = None) -> list[EmailMessage]:
        """Every mail, oldest first; only those to one address where it is named."""
        contents = [path.read_bytes() for path in sorted(self.folder.glob("*.eml"))]
        mails = [
            message_from_bytes(content.replace(b"\r\n", b"\n"), policy=policy.default) for content in contents
        ]
        return [mail for mail in mails if to is None or to in str(mail["To"])]

    def newest(self, to: str, count: int = 1, seconds: float = 0) -> EmailMessage:
        """The last mail to an address, once there are `count` of them; AssertionError when time is up."""
        until = time.monotonic() + seconds
        while len(found := self.all(to)) < count:
            assert time.monotonic() < until, f"{len(found)} of {count} mails to {to} after {seconds} s"
            time.sleep(0.05)
        return found[-1]


def text_of(mail: EmailMessage) -> str:
    """What a reader without HTML sees."""
    part = mail.get_body(("plain",))
    assert part, "a mail without a text part"
    return str(part.get_content())


def link_in(mail: EmailMessage, start: str) -> str:
    """The path of the first link whose path starts so: `link_in(mail, "/v/")`."""
    found = re.search(rf"https?://[^/\s]+({re.escape(start)}[^\s>)]*)", text_of(mail))
    assert found, f"no link to {start} in {text_of(mail)}"
    return found.group(1)


@pytest.fixture
def mailbox(settings: Settings) -> Mailbox:
    """The mails of the test's own application."""
    return Mailbox(settings.data / "mail")
