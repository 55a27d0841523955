"""What the address of a page says about the campaign that led there.

Of the campaign parameters the source and the name are read; of a click's identifier no more than whose it
is, because a count needs no click. Whatever looks odd is not cleaned but left: a campaign nobody can
name for sure is not counted.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from unicodedata import normalize
from urllib.parse import parse_qsl, urlsplit

# Each advertiser's own parameter for a click (their documentation of auto-tagging, read in November 2026).
CLICKS = {"gclid": "google", "fbclid": "meta", "msclkid": "microsoft", "li_fat_id": "linkedin"}
PARAMETERS = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", *CLICKS)
LONGEST_ADDRESS = 8192
LONGEST_VALUE = 512
LONGEST = 60
MOST_PARAMETERS = 50
_WORD = re.compile(rf"[a-zåäöšž0-9][a-zåäöšž0-9._+-]{{0,{LONGEST - 1}}}")
_CLICK = re.compile(r"[A-Za-z0-9._-]{8,512}")


@dataclass(frozen=True)
class Campaign:
    """Who sent the visitor (`google`, `newsletter`) and by which campaign; either may be empty, not both."""

    source: str
    name: str


def campaign_in(address: str) -> Campaign | None:
    """The campaign that an address names; None where it names none, or none that is certain."""
    if len(address) > LONGEST_ADDRESS:
        return None
    try:
        pairs = parse_qsl(urlsplit(address).query, max_num_fields=MOST_PARAMETERS)
    except ValueError:
        return None
    values: dict[str, set[str]] = defaultdict(set)
    for name, value in pairs:
        values[name].add(value)
    clicks = {source for name, source in CLICKS.items() if any(map(_CLICK.fullmatch, values[name]))}
    return campaign(
        _only(map(word, values["utm_source"])) or _only(clicks), _only(map(word, values["utm_campaign"]))
    )


def carried(parameters: Mapping[str, str]) -> dict[str, Any]:
    """Those parameters of an address that name a campaign, for an address that leads on to another."""
    return {
        name: parameters[name]
        for name in PARAMETERS
        if parameters.get(name, "").isprintable() and 0 < len(parameters.get(name, "")) <= LONGEST_VALUE
    }


def campaign(source: str, name: str) -> Campaign | None:
    """The two as a campaign; None where both are empty."""
    return Campaign(source, name) if source or name else None


def word(value: str) -> str:
    """A parameter's value as it is counted: in small letters, without spaces; empty where it is none."""
    if not value.isprintable():
        return ""
    text = "-".join(normalize("NFC", value).lower().split())
    return text if _WORD.fullmatch(text) else ""


def _only(values: Iterable[str]) -> str:
    """The one value that was given; nothing where several contradict each other."""
    found = set(values)
    return found.pop() if len(found) == 1 else ""
