"""What a first visit costs over the wire: page, style and script, as a browser asks for them."""

import re
from collections.abc import Iterator

from bench import banner, site
from bench.measure import Figure
from clevenio.app import create_app

# Not a page that somebody sees, so nothing waits to be counted when the folder is gone.
UNCOUNTED = {"Sec-Fetch-Dest": "empty"}
CENTRE = {"fi": "valinnat", "en": "choices"}


def run(_size: int) -> Iterator[Figure]:
    """Bodies of the home page in both languages with everything it loads before it is shown; then the bar alone."""
    with site.settings() as settings:
        app = create_app(settings)
        client = app.test_client()
        for language in ("fi", "en"):
            headers = {"Accept-Encoding": "br", **UNCOUNTED}
            page = client.get(f"/{language}/", headers=headers)
            text = client.get(f"/{language}/", headers=UNCOUNTED).get_data(as_text=True)
            files = _loaded(text)
            sizes = [len(client.get(address, headers=headers).data) for address in files]
            total = len(page.data) + sum(sizes)
            yield Figure(f"bytes.{language}", len(files) + 1, None, total, "bytes", None, None, "<=14600")
            client.post(f"/{language}/{CENTRE[language]}", data={"decision": "reject"})
            more = len(files - _loaded(client.get(f"/{language}/", headers=UNCOUNTED).get_data(as_text=True)))
            client.delete_cookie("choices")
            yield Figure(f"bytes.bar.requests.{language}", 1, None, more, "requests", None, None, "<=0")
        app.extensions["clevenio"].database.close()
    yield from banner.run()


def _loaded(page: str) -> set[str]:
    return set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page))
