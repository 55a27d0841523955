"""What search engines and shared links are told of each page that may be found, written per language."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from clevenio.places import CONTENT


@dataclass(frozen=True)
class Head:
    """A page in a few words: what it is called in a trail of pages, its title, and what one finds there."""

    name: str
    title: str
    description: str


@cache
def heads(language: str) -> Mapping[str, Head]:
    """The heads of a language by endpoint. A page without one is not for search engines."""
    text = (Path(CONTENT) / f"heads.{language}.toml").read_text(encoding="utf-8")
    return {endpoint: Head(**facts) for endpoint, facts in tomllib.loads(text).items()}
