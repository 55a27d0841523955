"""Names of hosts that are plain, as nearly all are: letters, digits and single hyphens (RFC 1123 section 2.1).

IDNA and the mappings of UTS 46 leave such a name as it is but for its case, so nothing else need look at it.
"""

import re

# Short of RFC 1035's 253, so that a host with anything before it is within every limit.
LONGEST = 240
_PLAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")


def plain_host(typed: str) -> str | None:
    """The host in lower case, where its name has several plain labels; None for what has to be looked at.

    Two hyphens together may be IDNA's own (RFC 5890 section 2.3.1), and a letter outside ASCII may become one in it.
    """
    if not typed.isascii() or "--" in typed or len(typed) > LONGEST:
        return None
    host = typed.lower()
    return host if _PLAIN.fullmatch(host) else None
