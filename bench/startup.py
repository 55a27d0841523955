"""From starting the server to its first answer, warm."""

import time
from collections.abc import Iterator

from bench import site
from bench.measure import Figure, median


def run(_size: int) -> Iterator[Figure]:
    """Seconds until the home page is there."""
    with site.settings() as settings:

        def start() -> float:
            begun = time.perf_counter()
            with site.granian(
                "clevenio.web_process:web_process", {"CLEVENIO_DATA": str(settings.data)}, "/en/"
            ):
                return time.perf_counter() - begun

        start()
        yield Figure("startup", 1, "sqlite", median(start, 3), "s", None, None, "<=1.5")
