"""Where to go after a form: only a plain path of this site."""

import re

# Letters, digits, - . _ ~ / and percent-encoded bytes; one slash at the start, so neither
# //host nor /\host, and no scheme can get through.
_PATH = re.compile(r"/(?:[A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})?(?:[A-Za-z0-9._~/-]|%[0-9A-Fa-f]{2})*")


def safe_path(value: str | None, otherwise: str) -> str:
    """The path, if it fully matches the safe pattern; what to use otherwise if not."""
    if value and _PATH.fullmatch(value) and not value.startswith("//"):
        return value
    return otherwise
