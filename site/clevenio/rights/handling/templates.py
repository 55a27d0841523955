"""Answers to begin with, in both languages: `content/answers.toml`. Staff edit them before they are sent."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from clevenio import content, legal
from clevenio.content import Filling
from clevenio.i18n import format_date, use_language
from clevenio.rights.models import Kind, Outcome, Request, Way
from clevenio.settings import Settings

# How a copy of the data goes, by the way of the answer; by phone it is there to read from, and nothing goes along.
CARRIED = {Way.MAIL: "link", Way.POST: "enclosure"}


@dataclass(frozen=True)
class Template:
    """One answer: for which kinds, what it is called and what it says, by language.

    `carries` says how the copy of the data goes that it speaks of, `is_of_nobody` that nothing was found, `recipients`
    what is said where recipients of the data are told.
    """

    id: str
    kinds: frozenset[str]
    name: Mapping[str, str]
    text: Mapping[str, str]
    outcome: Outcome | None
    carries: str | None
    is_of_nobody: bool
    recipients: Mapping[str, str]


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
            each.get("carries"),
            each.get("about") == "nobody",
            each.get("recipients", {}),
        )
        for each in read["answer"]
    )


def fitting(request: Request, *, is_known: bool) -> list[Template]:
    """The answers that fit a request, the likeliest first; `is_known` says whether somebody stands behind it.

    None of them speaks of a copy that does not go with it. What erases somebody who is known answers by itself.
    """
    carried = CARRIED.get(request.way) if is_known else None
    is_erased = is_known and request.kind == Kind.ERASURE
    found = [
        each
        for each in _all()
        if request.kind in each.kinds
        and each.carries in (None, carried)
        and not (each.is_of_nobody and is_erased)
    ]
    return sorted(found, key=lambda each: not is_known and not each.is_of_nobody)


def filled(template: Template, settings: Settings, request: Request, *, are_told: bool) -> str:
    """A template's text in the language of the answer, with the day the request came.

    `are_told` says whether recipients of the data are told; where none are, the text does not say so.
    """
    with use_language(request.language):
        facts = {
            **legal.facts(settings, request.language),
            "received": format_date(request.received_at),
            "recipients": template.recipients.get(request.language, "") if are_told else "",
        }
    text = Filling(facts, str).plain(template.text[request.language].strip())
    # What a fact without words leaves behind is no paragraph.
    return "\n\n".join(filter(None, text.split("\n\n")))
