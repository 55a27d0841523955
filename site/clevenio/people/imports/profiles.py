"""Which of a file's facts go into a person that we know already."""

from collections.abc import Mapping
from typing import Any

PLAIN = ("phone", "company", "role", "country", "postal_code", "advertising_id", "language")
# The source of people whom only files told us about: there a newer file may correct an older one.
IMPORTED = "import"


def changes(known: Mapping[str, Any], facts: Mapping[str, str]) -> tuple[dict[str, str | None], list[str]]:
    """What the file changes in a person, and the columns in which the person's own word stands.

    An empty cell changes nothing. What somebody typed themselves is never replaced, only completed:
    `known["source"]` says whether they did. Fields that belong together change together.
    """
    changed: dict[str, str | None] = {}
    kept: list[str] = []
    for group in _groups(known, facts):
        new = {name: value for name, value in group.items() if value != known[name]}
        if not new:
            continue
        if known["source"] == IMPORTED or not any(known[name] for name in group):
            changed |= new
        else:
            kept += [name for name in new if name not in ("website_domain", "phone_suppression")]
    return changed, kept


def _groups(known: Mapping[str, Any], facts: Mapping[str, str]) -> list[dict[str, str | None]]:
    groups: list[dict[str, str | None]] = [{name: facts[name]} for name in PLAIN if name in facts]
    for group in groups:
        if "phone" in group:
            group["phone_suppression"] = facts["phone_suppression"]
    if "website" in facts:
        groups.append({name: facts[name] for name in ("website", "website_domain")})
    given = {name: facts[name] for name in ("first_name", "last_name") if name in facts}
    if given:
        # Two names say more than one undivided, which would hide them.
        groups.append({**given, "name": None})
    elif "name" in facts and not (known["first_name"] or known["last_name"]):
        groups.append({"name": facts["name"]})
    return groups
