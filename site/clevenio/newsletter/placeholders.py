"""Words in double braces that a campaign's text may hold, and what stands there in the mail.

They say the same to everybody. What other programs merge in about a person is refused, not mailed as it was typed.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import chain

from clevenio.errors import BadInput
from clevenio.i18n import joined
from clevenio.i18n import lazy_gettext as _l
from clevenio.registry import load
from clevenio.settings import Settings

KNOWN = ("company", "topic")
_OURS = re.compile(r"\{\{\s*(\w+)\s*\}\}")
# Ours, half of one, and those of other newsletter programs: {% if %}, *|FNAME|*, %recipient.name%, [[name]].
_ANY = re.compile(
    r"\{\{\s*(?P<ours>\w+)\s*\}\}|\{\{.*?(?:\}\}|$)|\{%.*?(?:%\}|$)|\*\|[^|]{0,200}\|\*|%[a-z_]+\.[a-z_.]+%|\}\}"
)
_LONGEST_SHOWN = 60
_MOST_SHOWN = 20


def unknown(text: str) -> Iterator[tuple[int, str]]:
    """Each placeholder that nobody would fill in, with its line, counted from one."""
    for number, line in enumerate(text.split("\n"), start=1):
        for found in _ANY.finditer(line):
            if found["ours"] not in KNOWN:
                yield number, found[0][:_LONGEST_SHOWN]


def check(text: str, first_line: int = 1) -> None:
    """Raises `BadInput` that names all that are unknown; lines of a text count from `first_line`."""
    found = [(number + first_line - 1, words) for number, words in unknown(text)]
    known = ", ".join(f"{{{{ {name} }}}}" for name in KNOWN)
    if len(found) == 1:
        [(line, words)] = found
        raise BadInput(
            "Line %(line)s: there is no placeholder %(found)s. There are %(known)s.",
            line=line,
            found=words,
            known=known,
        )
    if found:
        named = [
            _l("line %(line)s: %(found)s", line=line, found=words) for line, words in found[:_MOST_SHOWN]
        ]
        more = [_l("and more: %(num)s", num=len(found) - _MOST_SHOWN)] if found[_MOST_SHOWN:] else []
        raise BadInput(
            "There are no such placeholders: %(found)s. There are %(known)s.",
            found=joined([*named, *more]),
            known=known,
        )


def holds_one(text: str) -> bool:
    """Whether a text holds one of ours."""
    return _OURS.search(text) is not None


def in_subjects(settings: Settings, topic: str, subjects: Mapping[str, str]) -> dict[str, str]:
    """A campaign's subjects by language, as their readers get them; an empty one stays empty."""
    if topic not in load().topics:
        return dict(subjects)
    return {language: fill(text, values(settings, topic, language)) for language, text in subjects.items()}


def values(settings: Settings, topic: str, language: str) -> Mapping[str, str]:
    """What each of them says in one language of a campaign."""
    return {"company": settings.controller_name, "topic": load().purposes[topic].name[language]}


def fill(text: str, said: Mapping[str, str]) -> str:
    """The text with its placeholders filled in; others are left."""
    pieces = _OURS.split(text)
    filled = (said.get(name, f"{{{{ {name} }}}}") for name in pieces[1::2])
    return "".join(chain(*zip(pieces[0::2], [*filled, ""], strict=True)))
