"""What a page says once about the act that led to it: kept in the session, so that no link can make it say so."""

from flask import flash, get_flashed_messages


def tell(what: str) -> None:
    """Have the next page that asks say that this was done; a word that its template knows."""
    flash(what)


def told() -> str | None:
    """What was done just before, this once; None where nothing was."""
    found = get_flashed_messages()
    return str(found[-1]) if found else None
