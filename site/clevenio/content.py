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
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

from clevenio.places import CONTENT

_markdown = MarkdownIt("commonmark", {"html": False})
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
class _Raw:
    anchor: str
    title: str
    gist: str
    body: str
    parts: tuple[tuple[str, str], ...]


def file(name: str, language: str) -> Path:
    """Where `content/<name>.<language>.md` is. `name` is a path without its suffixes."""
    return folder(f"{name}.{language}.md")


def folder(path: str) -> Path:
    """Where a folder or file of the content is."""
    return Path(CONTENT) / path


def front(name: str, language: str) -> Mapping[str, Any]:
    """The front matter of a page as it is written, nothing filled in."""
    return _read(file(name, language))[0]


def anchors(name: str, language: str) -> tuple[str, ...]:
    """The sections of a page by their anchors, in order."""
    return tuple(section.anchor for section in _read(file(name, language))[1])


def page(name: str, language: str, filling: Filling) -> Page:
    """The page `content/<name>.<language>.md`, filled in."""
    matter, raw = _read(file(name, language))
    sections = {
        one.anchor: Section(
            one.anchor,
            one.title,
            filling.html(one.gist),
            filling.html(one.body),
            tuple(Part(title, filling.html(body)) for title, body in one.parts),
        )
        for one in raw
    }
    texts = {k: filling.plain(v) if isinstance(v, str) else v for k, v in matter.items()}
    return Page(texts, sections)


@cache
def _read(path: Path) -> tuple[dict[str, Any], tuple[_Raw, ...]]:
    _, matter, text = path.read_text(encoding="utf-8").split("+++\n", 2)
    tokens = _markdown.parse(text)
    return tomllib.loads(matter), tuple(_section(group) for group in _split(tokens, "h2"))


def _split(tokens: list[Token], tag: str) -> list[list[Token]]:
    """Token lists that each begin with a heading of this level; what stands before it comes first."""
    groups: list[list[Token]] = [[]]
    for token in tokens:
        if token.type == "heading_open" and token.tag == tag:
            groups.append([])
        groups[-1].append(token)
    return groups[1:] if tag == "h2" else groups


def _section(tokens: list[Token]) -> _Raw:
    """Raises `ValueError` where a heading has no anchor."""
    found = _HEADING.fullmatch(tokens[1].content)
    if found is None:
        raise ValueError(f"the heading {tokens[1].content!r} has no anchor")
    rest, gist = tokens[3:], ""
    if rest and rest[0].type == "blockquote_open":
        end = next(place for place, token in enumerate(rest) if token.type == "blockquote_close")
        gist, rest = _html(rest[2:3]), rest[end + 1 :]
    lead, *parts = _split(rest, "h3")
    return _Raw(
        found["anchor"],
        found["title"],
        gist,
        _html(lead),
        tuple((part[1].content, _html(part[3:])) for part in parts),
    )


def _html(tokens: list[Token]) -> str:
    return str(_markdown.renderer.render(tokens, _markdown.options, {}))
