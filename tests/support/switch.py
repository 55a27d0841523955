"""The switch of language on a page."""

import re

from werkzeug.test import TestResponse


def tongue(page: TestResponse) -> str:
    """Where the link to the other language leads."""
    found = re.search(r'<a class="tongue"[^>]* href="([^"]+)"', page.text)
    assert found
    return found[1]
