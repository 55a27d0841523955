"""Markdown as the site's own texts and campaigns are written in it: CommonMark, in which HTML stays visible text."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt


@cache
def commonmark() -> "MarkdownIt":
    """The parser, and the renderer that belongs to it."""
    from markdown_it import MarkdownIt  # noqa: PLC0415 - a start shows no page that is written in it

    return MarkdownIt("commonmark", {"html": False})
