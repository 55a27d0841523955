"""A campaign's text: Markdown with a subject, turned into the inside of a mail's two parts."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from unicodedata import category
from urllib.parse import unquote, urlsplit

from markupsafe import Markup, escape

from clevenio.errors import BadInput
from clevenio.markdown import commonmark
from clevenio.newsletter import placeholders

if TYPE_CHECKING:
    from markdown_it.token import Token

LONGEST_SUBJECT = 200
# Characters of a text. Some readers' programs cut off what follows 102 kB of HTML, the way out with it.
LONGEST_TEXT = 60_000
# A subject as `compose` writes it over a text: each of its characters may be escaped.
LONGEST_HEADING = 2 * LONGEST_SUBJECT + len("# \n\n")
SCHEMES = ("http", "https", "mailto")
# Mail clients know no style sheets, so each element carries its own; colours come from the layout.
STYLES = {
    "heading_open": "font-family:Georgia,'Times New Roman',serif;font-weight:normal;font-size:22px;"
    "line-height:1.3;margin:28px 0 8px",
    "paragraph_open": "margin:0 0 16px",
    "bullet_list_open": "margin:0 0 16px;padding-left:22px",
    "ordered_list_open": "margin:0 0 16px;padding-left:22px",
    "blockquote_open": "margin:0 0 16px;padding-left:16px;border-left:3px solid #0b5d4b",
    "hr": "border:0;border-top:1px solid #d6d5c9;margin:24px 0",
}

# What XML cannot hold (XML 1.0, 2.2), and so no layout; line ends are told apart before.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# A character that no text may hold, see `_NO_XML`.
_UNDERLINE = "\x1f"
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


@dataclass(frozen=True)
class Letter:
    """A text ready for the layout: its subject, and what follows, for either part.

    In `plain` a line of `_UNDERLINE` alone stands under each heading, which is drawn once its words are known.
    """

    subject: str
    html: Markup
    plain: str

    @property
    def text(self) -> str:
        """The text part, its headings underlined."""
        lines = self.plain.split("\n")
        for number, line in enumerate(lines):
            if line.endswith(_UNDERLINE):
                before = line.removesuffix(_UNDERLINE)
                lines[number] = before + "-" * (len(lines[number - 1]) - len(before))
        return "\n".join(lines)

    def filled(self, said: Mapping[str, str]) -> "Letter":
        """The letter with its placeholders filled in."""
        safe = {name: str(escape(value)) for name, value in said.items()}
        # nosemgrep: markup-is-not-made-of-variables -- what was markup, and escaped words in it
        html = Markup(placeholders.fill(str(self.html), safe))  # noqa: S704 # nosec B704 - see above
        return Letter(placeholders.fill(self.subject, said), html, placeholders.fill(self.plain, said))


def require_length(text: str, longest: int = LONGEST_TEXT) -> None:
    """Refuse a text that no mail should hold. Raises `BadInput`."""
    if len(text) > longest:
        raise BadInput("The text is longer than %(longest)s characters.", longest=LONGEST_TEXT)


def compose(subject: str, text: str) -> str:
    """The source of a letter whose subject and text were typed apart; `read` gives the subject as it was typed."""
    heading = _PUNCTUATION.sub(r"\\\1", " ".join(subject.split()))
    return f"# {heading}\n\n{text}"


def read(source: str, first_line: int = 1) -> Letter:
    """Read a campaign's Markdown; its first heading becomes the subject and leaves the text.

    Raises `BadInput` for a text without a heading, with nothing after it, too long, with a character
    that no mail's layout can hold, a placeholder that is unknown or in a link's address, a picture, which tells when the
    mail was opened if a mail client fetches it, or a link that a mail cannot follow; lines that are named count from
    `first_line`. Raw HTML stays visible text.
    """
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    require_length(source, LONGEST_TEXT + LONGEST_HEADING)
    _check_characters(source, first_line)
    placeholders.check(source, first_line)
    markdown = commonmark()
    tokens = markdown.parse(source)
    _check_pictures(tokens, first_line)
    start = next((n for n, token in enumerate(tokens) if token.type == "heading_open"), None)
    subject = _plain(tokens[start + 1].children) if start is not None else ""
    if start is None or not subject:
        raise BadInput("The text has no heading: the first one becomes the subject.")
    if len(subject) > LONGEST_SUBJECT:
        raise BadInput("The subject is longer than %(longest)s characters.", longest=LONGEST_SUBJECT)
    body = tokens[:start] + tokens[start + 3 :]
    if not any(map(_shows, body)):
        raise BadInput("There is nothing under the heading.")
    placeholders.check(subject, first_line)
    _check_links(body, first_line)
    for token in body:
        if token.type in STYLES:
            token.attrSet("style", STYLES[token.type])
    # Our own renderer with raw HTML switched off: everything the author typed is escaped in it.
    html = Markup(markdown.renderer.render(body, markdown.options, {}))  # noqa: S704 # nosec B704 - markdown-it with HTML turned off
    text = _TextPart()
    for token in body:
        text.add(token)
    return Letter(subject, html, "\n\n".join(text.blocks))


def _check_characters(source: str, first_line: int) -> None:
    found = _NO_XML.search(source)
    if found:
        line = source.count("\n", 0, found.start()) + first_line
        code = f"U+{ord(found[0]):04X}"
        raise BadInput(
            "Line %(line)s holds a character that no mail can show: %(code)s.", line=line, code=code
        )


def _check_pictures(tokens: "Sequence[Token]", first_line: int) -> None:
    for token in tokens:
        line = (token.map or [0])[0] + first_line
        for child in token.children or ():
            line += child.type in ("softbreak", "hardbreak")
            if child.type == "image":
                raise BadInput(
                    "Line %(line)s: no picture can be sent, because fetching one tells who opens a mail.",
                    line=line,
                )


def _shows(token: "Token") -> bool:
    """Whether a reader sees anything of it: a rule, or a character that is no space and no mark of format alone."""
    return token.type == "hr" or any(category(each)[0] not in "CZ" for each in token.content)


def _check_links(tokens: "Sequence[Token]", first_line: int) -> None:
    for token in tokens:
        line = (token.map or [0])[0] + first_line
        for child in token.children or ():
            line += child.type in ("softbreak", "hardbreak")
            href = str(child.attrGet("href") or "") if child.type == "link_open" else ""
            if child.type == "link_open" and not _leads_somewhere(href):
                raise BadInput(
                    "Line %(line)s: the link to %(href)s needs a whole address: https://….",
                    line=line,
                    href=href,
                )
            if placeholders.holds_one(unquote(href)):
                raise BadInput(
                    "Line %(line)s: a link's address takes no placeholder: %(href)s.",
                    line=line,
                    href=unquote(href),
                )


def _leads_somewhere(href: str) -> bool:
    parts = urlsplit(href)
    return parts.scheme in SCHEMES and bool(parts.netloc or (parts.scheme == "mailto" and parts.path))


def _plain(children: "Sequence[Token] | None") -> str:
    """Inline content as text; a link is followed by its address where its words do not say it."""
    found, href = "", ""
    for token in children or ():
        if token.type in ("softbreak", "hardbreak"):
            found += " " if token.type == "softbreak" else "\n"
        elif token.type == "link_open":
            href, begin = str(token.attrGet("href")), len(found)
        elif token.type == "link_close":
            found += "" if found[begin:] == href.removeprefix("mailto:") else f" ({href})"
        else:
            found += token.content
    return found.strip()


class _TextPart:
    """The text part, block by block: lists with marks, quotations with `>`, headings underlined."""

    def __init__(self) -> None:
        self.blocks: list[str] = []
        # What stands before a block's first line and before its others, outermost first.
        self._marks: list[tuple[str, str]] = []
        # The next number of each list that is open, None where it has no numbers.
        self._numbers: list[int | None] = []
        self._is_heading = False
        # Whether this paragraph, and the one before it, are items of a list without blank lines.
        self._is_tight, self._was_tight = False, False

    def add(self, token: "Token") -> None:
        """Take the next token of the parsed text."""
        if token.type == "inline":
            text = _plain(token.children)
            self._write(f"{text}\n{_UNDERLINE}" if self._is_heading else text)
        elif token.type in ("hr", "fence", "code_block"):
            self._write("* * *" if token.type == "hr" else token.content.rstrip("\n"))
        elif token.type in ("heading_open", "paragraph_open"):
            self._is_heading, self._is_tight = token.type == "heading_open", token.hidden
        elif token.nesting > 0:
            self._open(token)
        elif token.type in ("blockquote_close", "list_item_close"):
            self._marks.pop()
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            self._numbers.pop()
            self._was_tight = self._was_tight and bool(self._numbers)

    def _open(self, token: "Token") -> None:
        if token.type == "blockquote_open":
            self._marks.append(("> ", "> "))
        elif token.type == "ordered_list_open":
            self._numbers.append(int(token.attrGet("start") or 1))
        elif token.type == "bullet_list_open":
            self._numbers.append(None)
        elif token.type == "list_item_open":
            number = self._numbers[-1]
            mark = "– " if number is None else f"{number}. "
            self._numbers[-1] = None if number is None else number + 1
            self._marks.append((mark, " " * len(mark)))

    def _write(self, text: str) -> None:
        first = "".join(mark for mark, _ in self._marks)
        rest = "".join(mark for _, mark in self._marks)
        lines = text.split("\n")
        block = "\n".join([first + lines[0], *(rest + line for line in lines[1:])])
        if self._is_tight and self._was_tight:
            self.blocks[-1] += f"\n{block}"
        else:
            self.blocks.append(block)
        self._was_tight = self._is_tight
        self._marks = [(mark, mark) for _, mark in self._marks]
