"""The page that somebody most likely meant whose address leads nowhere."""

from difflib import get_close_matches

from flask import current_app, url_for

from clevenio.heads import heads
from clevenio.i18n import LANGUAGES

LONGEST = 60
# 1 is the same; below this it is a guess that helps nobody.
ALIKE = 0.75


def nearest(path: str) -> str | None:
    """The endpoint of the page whose address, in any language, is most like this one; None where none is.

    The language's own segment does not count: /en/tietosuoja means the privacy policy.
    """
    names = {
        _name(url_for(endpoint, language=language)): endpoint
        for language in LANGUAGES
        for endpoint in heads(language)
        if endpoint in current_app.view_functions
    }
    wanted = _name(path)
    if not wanted or len(wanted) > LONGEST:
        return None
    found = get_close_matches(wanted, [name for name in names if name], n=1, cutoff=ALIKE)
    return names[found[0]] if found else None


def _name(path: str) -> str:
    """What of an address names the page."""
    segments = [part for part in path.lower().removesuffix(".html").split("/") if part]
    return "/".join(segments[1:] if segments and segments[0] in LANGUAGES else segments)
