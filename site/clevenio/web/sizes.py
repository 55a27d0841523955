"""How long an address, and how large a head, the site reads.

The server in front of us refuses what is larger still with an answer of its own, which has no page and none of our
headers. What is refused here, in the application, has both.
"""

from collections.abc import Mapping
from typing import Any

# What every recipient should read (RFC 9110, 4.1); no address of ours comes near.
ADDRESS = 8_000
# Room for far more cookies than a browser keeps for one site, and well below the server's own limit.
HEAD = 131_072


def refusal(environ: Mapping[str, Any]) -> int | None:
    """The status that refuses a request for its size: 414 (RFC 9110, 15.5.15), 431 (RFC 6585, 5), or None."""
    if len(environ["PATH_INFO"]) + len(environ.get("QUERY_STRING", "")) > ADDRESS:
        return 414
    head = sum(len(name) + len(value) for name, value in environ.items() if name.startswith("HTTP_"))
    return 431 if head > HEAD else None
