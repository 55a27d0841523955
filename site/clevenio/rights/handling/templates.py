"""Answers to begin with, in both languages: `content/answers.toml`. Staff edit them before they are sent."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from clevenio import content, legal
from clevenio.content import Filling
from clevenio.i18n import format_date, use_language
from clevenio.rights.models import Kind, Outcome, Request
from clevenio.settings import Settings


@dataclass(frozen=True)
class Template:
    """One answer: for which kinds, what it is called and what it says, by language."""

    id: str
    kinds: frozenset[str]
    name: Mapping[str, str]
    text: Mapping[str, str]
    outcome: Outcome | None


@cache
def _all() -> tuple[Template, ...]:
    read = tomllib.loads(content.folder("answers.toml").read_text(encoding="utf-8"))
    return tuple(
        Template(
            each["id"],
            frozenset(each.get("kinds", list(Kind))),
            each["name"],
            each["text"],
            Outcome(each["outcome"]) if "outcome" in each else None,
        )
        for each in read["answer"]
    )


def of_kind(kind: str) -> list[Template]:
    """The answers that fit a kind of request."""
    return [each for each in _all() if kind in each.kinds]


def filled(template: Template, settings: Settings, request: Request) -> str:
    """A template's text in the language of the answer, with the day the request came."""
    with use_language(request.language):
        facts = {
            **legal.facts(settings, request.language),
            "received": format_date(request.received_at),
        }
    return Filling(facts, str).plain(template.text[request.language].strip())
