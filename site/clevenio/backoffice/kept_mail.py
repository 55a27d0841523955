"""Mail that was kept in a folder because no relay is set, made readable."""

import hashlib
import re
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from html import unescape
from pathlib import Path

from clevenio.errors import Missing
from clevenio.paging import Page, page_in

PAGE = 50
_STYLE_ATTRIBUTE = re.compile(r"""\sstyle=(?:"([^"]*)"|'([^']*)')""")
_STYLE_ELEMENT = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True)
class Kept:
    """One kept mail. `name` is the file's, without its ending."""

    name: str
    message: EmailMessage
    source: bytes

    @property
    def to(self) -> str:
        return str(self.message["To"])

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def date(self) -> datetime:
        return parsedate_to_datetime(str(self.message["Date"]))

    @property
    def text(self) -> str:
        """The text part."""
        return self._part("plain")

    @property
    def html(self) -> str:
        """The HTML part as it was written, for `Display` to make harmless."""
        return self._part("html")

    def _part(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        return str(part.get_content()) if part is not None else ""


@dataclass(frozen=True)
class Display:
    """A mail's HTML with the policy under which a browser may show it."""

    html: str
    policy: str


def page_of(folder: Path, number: int) -> Page[Kept]:
    """A page of kept mails, the newest first; names sort by time."""
    found = page_in(_names(folder), number, PAGE)
    return Page(
        [_read(folder / f"{name}.eml") for name in found.rows], found.number, found.pages, found.total
    )


def find(folder: Path, name: str) -> Kept:
    """One mail by its name. Raises `Missing`; only names that are listed are ever opened."""
    if name not in _names(folder):
        raise Missing("There is no such mail.")
    return _read(folder / f"{name}.eml")


def display(html: str) -> Display:
    """The mail as a document that can do nothing: sandboxed, without scripts, frames or anything remote.

    Mail carries its looks in `style` attributes, which a strict policy stops. They become rules of
    style elements, and each element is let in by its hash, so nothing `unsafe-` is needed.
    """
    rules: dict[str, str] = {}

    def moved(match: re.Match[str]) -> str:
        # In an element there are no entities, and a "<" could end it.
        style = unescape(match.group(1) or match.group(2) or "").replace("<", "")
        return f' data-look="{rules.setdefault(style, str(len(rules)))}"'

    # A browser hashes what it has parsed, with one kind of line end.
    html = _STYLE_ATTRIBUTE.sub(moved, html.replace("\r\n", "\n"))
    sheet = "".join(f'[data-look="{number}"]{{{style}}}\n' for style, number in rules.items())
    html = html.replace("<head>", f"<head><style>{sheet}</style>", 1)
    hashes = " ".join(
        f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        for text in _STYLE_ELEMENT.findall(html)
    )
    return Display(html, f"default-src 'none'; img-src 'self' data:; style-src {hashes}; sandbox")


def _names(folder: Path) -> list[str]:
    return sorted((path.stem for path in folder.glob("*.eml")), reverse=True)


def _read(path: Path) -> Kept:
    source = path.read_bytes()
    return Kept(path.stem, message_from_bytes(source, policy=policy.default), source)
