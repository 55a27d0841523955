"""Where to go after a form: only a plain path of this site, and the filters of the page that was wanted."""

import re
from urllib.parse import quote, urlencode

from flask import request

# Letters, digits, - . _ ~ / and percent-encoded bytes; one slash at the start, so neither
# //host nor /\host, and no scheme can get through. A query holds no slash at all, and no colon.
_PATH = re.compile(
    r"/(?:[A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})?(?:[A-Za-z0-9._~/-]|%[0-9A-Fa-f]{2})*"
    r"(?:\?(?:[A-Za-z0-9._~=&+-]|%[0-9A-Fa-f]{2})*)?"
)


def this_page() -> str:
    """The address of this very page as `safe_path` takes it: its path, and its query spelt anew."""
    query = urlencode([*request.args.items(multi=True)])
    return quote(request.path) + (f"?{query}" if query else "")


def safe_path(value: str | None, otherwise: str) -> str:
    """The path with its query, if it fully matches the safe pattern; what to use otherwise if not."""
    if value and _PATH.fullmatch(value) and not value.startswith("//"):
        return value
    return otherwise
