"""What changed between two versions of a text: word by word, paragraph by paragraph, in reading order.

A text is taken as it is shown, section by section. A section is paired by its anchor, a paragraph
with the one it most resembles, and only then are words compared, so that a reader sees the sentence
that changed and not a scatter of letters.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from html.parser import HTMLParser

from clevenio.content import Page, Section

_WORD = re.compile(r"\w+(?:[-‑’.,]\w+)*|\s+|[^\w\s]")
# Paragraphs less alike than this are not one that changed but one that went and one that came.
_ALIKE = 0.4


class Mark(StrEnum):
    """What became of a piece, a paragraph or a section."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True)
class Piece:
    """A run of words: same, added or removed."""

    mark: Mark
    text: str


@dataclass(frozen=True)
class Paragraph:
    """`kind` is what it was shown as: `gist`, `p`, `li` or `h3`."""

    kind: str
    mark: Mark
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Part:
    """A section. One that stayed as it was comes without its paragraphs."""

    anchor: str
    mark: Mark
    title: tuple[Piece, ...]
    paragraphs: tuple[Paragraph, ...]


@dataclass(frozen=True)
class _Block:
    """`linked` is the text with the address of each link behind it in brackets."""

    kind: str
    text: str
    linked: str


def difference(old: Page, new: Page) -> list[Part]:
    """Every section of both, in the order of the new text; a removed one stands where it was."""
    parts = [
        _compared(old.sections.get(anchor), new.sections.get(anchor))
        for anchor in _merged(list(old.sections), list(new.sections))
    ]
    return [*_opening(old, new), *parts]


def pieces(old: str, new: str) -> tuple[Piece, ...]:
    """Two texts as one: what stayed, what went, what came."""
    before, after = _WORD.findall(old), _WORD.findall(new)
    found: list[Piece] = []
    for tag, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Piece(Mark.SAME, "".join(before[i:j])))
            continue
        for mark, text in ((Mark.REMOVED, before[i:j]), (Mark.ADDED, after[k:m])):
            if text:
                found.append(Piece(mark, "".join(text)))
    return tuple(_joined(found))


def _joined(found: Sequence[Piece]) -> Iterator[Piece]:
    """Changes with nothing but a space or a mark between them are one, which reads as one."""
    removed = added = ""
    for place, piece in enumerate(found):
        is_bridge = (
            piece.mark is Mark.SAME
            and not any(map(str.isalnum, piece.text))
            and (removed or added)
            and place + 1 < len(found)
        )
        if piece.mark is Mark.REMOVED or is_bridge:
            removed += piece.text
        if piece.mark is Mark.ADDED or is_bridge:
            added += piece.text
        if piece.mark is Mark.SAME and not is_bridge:
            yield from _pair(removed, added)
            removed = added = ""
            yield piece
    yield from _pair(removed, added)


def _pair(removed: str, added: str) -> Iterator[Piece]:
    for mark, text in ((Mark.REMOVED, removed), (Mark.ADDED, added)):
        if text:
            yield Piece(mark, text)


def _opening(old: Page, new: Page) -> Iterator[Part]:
    """The title and the lead, where they changed."""
    title = pieces(str(old.front["title"]), str(new.front["title"]))
    paragraphs = _aligned([_plain(old)], [_plain(new)])
    if _is_changed(title) or any(one.mark is not Mark.SAME for one in paragraphs):
        yield Part("opening", Mark.CHANGED, title, paragraphs)


def _plain(page: Page) -> _Block:
    lead = str(page.front.get("lead", ""))
    return _Block("p", lead, lead)


def _compared(old: Section | None, new: Section | None) -> Part:
    anchor = (new or old).anchor  # type: ignore[union-attr]  # one of them is there
    title = pieces(old.title if old else "", new.title if new else "")
    paragraphs = _aligned(_blocks(old), _blocks(new))
    if old is None or new is None:
        return Part(anchor, Mark.ADDED if new else Mark.REMOVED, title, paragraphs)
    if not _is_changed(title) and all(one.mark is Mark.SAME for one in paragraphs):
        return Part(anchor, Mark.SAME, title, ())
    return Part(anchor, Mark.CHANGED, title, paragraphs)


def _is_changed(title: Sequence[Piece]) -> bool:
    return any(piece.mark is not Mark.SAME for piece in title)


def _merged(old: list[str], new: list[str]) -> list[str]:
    found: list[str] = []
    for tag, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            found += [anchor for anchor in old[i:j] if anchor not in new]
        found += new[k:m]
    return found


def _aligned(old: Sequence[_Block], new: Sequence[_Block]) -> tuple[Paragraph, ...]:
    found: list[Paragraph] = []
    for tag, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found += [_whole(block, Mark.SAME) for block in new[k:m]]
        else:
            found += _resembling(list(old[i:j]), list(new[k:m]))
    return tuple(found)


def _resembling(old: list[_Block], new: list[_Block]) -> Iterator[Paragraph]:
    """Each new paragraph with the old one it came from; nothing passes over what is still to come."""
    for block in new:
        likeness = [_likeness(one, block) for one in old]
        best = max(range(len(old)), key=likeness.__getitem__, default=None)
        if best is None or likeness[best] < _ALIKE:
            yield _whole(block, Mark.ADDED)
            continue
        yield from (_whole(one, Mark.REMOVED) for one in old[:best])
        yield Paragraph(block.kind, Mark.CHANGED, _words(old[best], block))
        del old[: best + 1]
    yield from (_whole(one, Mark.REMOVED) for one in old)


def _words(old: _Block, new: _Block) -> tuple[Piece, ...]:
    """The words; where they are the same, it is a link that leads elsewhere, and its address is shown."""
    return pieces(old.text, new.text) if old.text != new.text else pieces(old.linked, new.linked)


def _likeness(one: _Block, other: _Block) -> float:
    if one.kind != other.kind:
        return 0.0
    if one.kind == "gist":
        return 1.0
    words = (re.findall(r"\w+", one.text.lower()), re.findall(r"\w+", other.text.lower()))
    return SequenceMatcher(None, *words, autojunk=False).ratio()


def _whole(block: _Block, mark: Mark) -> Paragraph:
    return Paragraph(block.kind, mark, (Piece(mark, block.text),))


def _blocks(section: Section | None) -> list[_Block]:
    """A section's paragraphs as plain text."""
    if section is None:
        return []
    reader = _Reader()
    reader.feed(f"<gist>{section.gist}</gist>{section.body}")
    for part in section.parts:
        reader.feed(f"<h3>{part.title}</h3>{part.body}")
    reader.close()
    return [block for block in reader.blocks if block.text]


class _Reader(HTMLParser):
    """Reads what our own Markdown makes: paragraphs, items and headings are blocks, the rest is words."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[_Block] = []
        self._kind, self._text, self._linked, self._link = "p", "", "", ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("gist", "p", "li", "h3"):
            # A paragraph within an item or a summary is that item or summary.
            if not (tag == "p" and self._kind in ("li", "gist") and not self._text.strip()):
                self._end()
                self._kind = tag
        elif tag == "a":
            self._link = dict(attrs).get("href") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag in ("gist", "p", "li", "h3", "ul", "ol"):
            self._end()
            self._kind = "p"
        elif tag == "a":
            self._linked += f" ({self._link})"

    def handle_data(self, data: str) -> None:
        self._text += data
        self._linked += data

    def _end(self) -> None:
        text, linked = (re.sub(r"[ \n]+", " ", one).strip() for one in (self._text, self._linked))
        self.blocks.append(_Block(self._kind, text, linked))
        self._text = self._linked = ""
