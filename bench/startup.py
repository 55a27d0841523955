"""From starting the site to its first answer, warm: by its own command, and by a WSGI server of somebody's own."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

from bench import site
from bench.measure import Figure, median

HOME = "/en/"
Way = Callable[[], AbstractContextManager[tuple[int, int]]]


def run(_size: int) -> Iterator[Figure]:
    """Seconds until the home page is there."""
    with site.settings() as settings:
        env = {"CLEVENIO_DATA": str(settings.data)}
        ways: dict[str, Way] = {
            "serve": lambda: site.serve(env, HOME),
            "granian": lambda: site.granian("clevenio.web_process:web_process", env, HOME),
        }
        for name, way in ways.items():

            def start(way: Way = way) -> float:
                begun = time.perf_counter()
                with way():
                    return time.perf_counter() - begun

            start()
            yield Figure(f"startup.{name}", 1, "sqlite", median(start, 5), "s", None, None, "<=1.5")
