"""Page copy, read from Markdown with TOML front matter, one file per language.

A page is its front matter, an introduction and sections. A section begins with a second-level heading
that names its anchor, `## Heading {#anchor}`, the same in both languages; a quotation right after it is
the section's summary, and third-level headings divide it into parts.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from clevenio.markdown import commonmark
from clevenio.places import CONTENT

if TYPE_CHECKING:
    from markdown_it.token import Token

# The line that begins a section.
_BEGIN = re.compile(r"^##[ \t]+(.*)$", re.MULTILINE)
_HEADING = re.compile(r"(?P<title>.+?) \{#(?P<anchor>[a-z-]+)\}$")
# A link to one of our own pages is written [text](page:endpoint): its address depends on the language.
_LINK = re.compile(r'href="page:([a-z_.]+)"')
_FACT = re.compile(r"(?:\{|%7B)([a-z_]+)(?:\}|%7D)")


@dataclass(frozen=True)
class Part:
    """A third-level heading and what follows it."""

    title: str
    body: Markup


@dataclass(frozen=True)
class Section:
    """One section. `gist` is its plain summary; `body` what stands before the first part."""

    anchor: str
    title: str
    gist: Markup
    body: Markup
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Page:
    """A page in one language; `front` is its front matter, texts filled in."""

    front: Mapping[str, Any]
    sections: Mapping[str, Section]


@dataclass(frozen=True)
class Filling:
    """What a text leaves open: facts by name, as in `{contact}`, and the addresses of our pages."""

    facts: Mapping[str, str]
    address: Callable[[str], str]

    def plain(self, text: str) -> str:
        """A plain text with its facts. Raises `KeyError` for a fact that nobody knows."""
        return _FACT.sub(lambda found: self.facts[found[1]], text)

    def html(self, html: str) -> Markup:
        """HTML with its facts and addresses, escaped."""
        linked = _LINK.sub(lambda found: f'href="{escape(self.address(found[1]))}"', html)
        # The HTML is our own Markdown's, rendered with raw HTML switched off; what comes in is escaped.
        return Markup(_FACT.sub(lambda found: str(escape(self.facts[found[1]])), linked))  # noqa: S704 # nosec B704 - our own copy, every fact in it escaped


@dataclass(frozen=True)
class _Written:
    """A file as it was written: its front matter, and of each section anchor, title and Markdown."""

    matter: dict[str, Any]
    sections: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class _Rendered:
    gist: str
    lead: str
    parts: tuple[tuple[str, str], ...]


def file(name: str, language: str) -> Path:
    """Where `content/<name>.<language>.md` is. `name` is a path without its suffixes."""
    return folder(f"{name}.{language}.md")


def folder(path: str) -> Path:
    """Where a folder or file of the content is."""
    return Path(CONTENT) / path


def front(name: str, language: str) -> Mapping[str, Any]:
    """The front matter of a page as it is written, nothing filled in."""
    return _read(file(name, language)).matter


def anchors(name: str, language: str) -> tuple[str, ...]:
    """The sections of a page by their anchors, in order."""
    return tuple(anchor for anchor, _title, _text in _read(file(name, language)).sections)


def page(name: str, language: str, filling: Filling) -> Page:
    """The page `content/<name>.<language>.md`, filled in."""
    written = _read(file(name, language))
    sections = {
        anchor: Section(
            anchor,
            title,
            filling.html(made.gist),
            filling.html(made.lead),
            tuple(Part(heading, filling.html(body)) for heading, body in made.parts),
        )
        for anchor, title, text in written.sections
        for made in [_render(text)]
    }
    texts = {k: filling.plain(v) if isinstance(v, str) else v for k, v in written.matter.items()}
    return Page(texts, sections)


@cache
def _read(path: Path) -> _Written:
    """Raises `ValueError` where a section's heading has no anchor."""
    _, matter, text = path.read_text(encoding="utf-8").split("+++\n", 2)
    _, *halves = _BEGIN.split(text)
    sections = []
    for heading, body in zip(halves[::2], halves[1::2], strict=True):
        found = _HEADING.fullmatch(heading)
        if found is None:
            raise ValueError(f"the heading {heading!r} has no anchor")
        sections.append((found["anchor"], found["title"], body))
    return _Written(tomllib.loads(matter), tuple(sections))


@cache
def _render(text: str) -> _Rendered:
    tokens, gist = commonmark().parse(text), ""
    if tokens and tokens[0].type == "blockquote_open":
        end = next(place for place, token in enumerate(tokens) if token.type == "blockquote_close")
        gist, tokens = _html(tokens[2:3]), tokens[end + 1 :]
    lead, *parts = _parts(tokens)
    return _Rendered(gist, _html(lead), tuple((part[1].content, _html(part[3:])) for part in parts))


def _parts(tokens: "list[Token]") -> "list[list[Token]]":
    """What stands before the first third-level heading; then a list for each, which begins with it."""
    groups: list[list[Token]] = [[]]
    for token in tokens:
        if token.type == "heading_open" and token.tag == "h3":
            groups.append([])
        groups[-1].append(token)
    return groups


def _html(tokens: "list[Token]") -> str:
    markdown = commonmark()
    return str(markdown.renderer.render(tokens, markdown.options, {}))
