"""Pages with the bar that a shared cache answered without the site: it tells of each by a datagram, and they count too.

What it tells is the version that stood on the page and nothing else, so nobody is in it, and nobody waits for it. The
datagram is a line of syslog over UDP (RFC 3164, RFC 5426), as nginx and other caches send it (`deploy/nginx.conf`).
"""

import logging
import re
import socket

from clevenio.consent.notices import choices_notice
from clevenio.consent.shown import ShownCounter
from clevenio.i18n import LANGUAGES

log = logging.getLogger(__name__)
# Names the version on a page that shows the bar. The cache keeps it with the page, and visitors need not get it.
HEADER = "Clevenio-Shown"
LONGEST = 1024
_LINE = re.compile(rb"<\d{1,3}>[^<>]*\bshown: ([0-9a-f]{32})\s*")


def version_in(datagram: bytes) -> str | None:
    """The version that a datagram tells of; None where it is not one of ours."""
    found = _LINE.fullmatch(datagram)
    return found[1].decode("ascii") if found else None


def listen(listener: socket.socket, counter: ShownCounter) -> None:
    """Count what arrives at a bound socket, until the process is told to end. A version not asked today is left out.

    A cache keeps no page for longer than a second unasked, so only a listener that was not started anew with the site
    meets such a version more than once.
    """
    asked = {notice.id: notice for notice in map(choices_notice, LANGUAGES)}
    strange: set[str] = set()
    while True:
        version = version_in(listener.recv(LONGEST))
        if version in asked:
            counter.add(asked[version])
        elif version and version not in strange and len(strange) < len(asked):
            strange.add(version)
            log.warning(
                "a cache shows version %s, which is not asked today: start this command anew", version
            )
