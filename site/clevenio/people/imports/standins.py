"""Columns that stand in for another one where its cell is empty: a mobile number for the phone, a job title for the role."""

from collections.abc import Sequence
from functools import lru_cache

from clevenio.errors import BadInput
from clevenio.people import identifiers
from clevenio.people.roles import by_name

Cells = Sequence[str]


@lru_cache(maxsize=4096)
def role(value: str) -> str:
    """A role by its code, or by its name in either language. Raises `BadInput`."""
    try:
        return identifiers.role(value).value
    except BadInput:
        named = by_name().get(" ".join(value.split()).casefold())
        if named is None:
            raise
        return named.value


def filled_in(main: Cells | None, second: Cells) -> Cells:
    """The main column, and the second one's cell where its own is empty."""
    return second if main is None else [cell or other for cell, other in zip(main, second, strict=True)]


def roles_of(titles: Cells, roles: Cells | None) -> tuple[Cells, list[int]]:
    """The roles that titles are, empty for the others, and where a title that is none of them has no role beside it."""
    found = {title: _role_of(title) for title in set(titles)}
    strange = [
        place for place, title in enumerate(titles) if found[title] is None and not (roles and roles[place])
    ]
    return [found[title] or "" for title in titles], strange


def _role_of(title: str) -> str | None:
    """Empty for nothing but characters that cannot be seen, and None for words that are no role."""
    try:
        return role(title)
    except BadInput as problem:
        return "" if problem.values["reason"] == "empty" else None
