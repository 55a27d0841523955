"""A company's website and the domain behind it. Never fetched."""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

import idna

from clevenio.errors import BadInput
from clevenio.people.hosts import plain_host
from clevenio.people.text import CONTROL, SPACE, tidy

# With its scheme; as wide as the column it is kept in.
LONGEST = 300
# At these hosts an address says nothing of a company: each mailbox is somebody else's.
FREE_MAIL = frozenset(
    "aol.com dnainternet.net elisanet.fi fastmail.com gmail.com gmx.at gmx.com gmx.de gmx.net "
    "googlemail.com hotmail.com hotmail.fi hotmail.se hushmail.com icloud.com iki.fi inet.fi jippii.fi "
    "kolumbus.fi kotikone.fi live.com live.fi luukku.com mac.com mail.com mail.ru mailbox.org mbnet.fi "
    "me.com msn.com netti.fi outlook.com outlook.fi phnet.fi pm.me posteo.de pp.inet.fi proton.me "
    "protonmail.com qq.com rocketmail.com saunalahti.fi suomi24.fi surffi.fi tuta.com tutanota.com "
    "web.de welho.com wippies.com windowslive.com yahoo.co.uk yahoo.com yahoo.de yahoo.fi yahoo.se "
    "yandex.com yandex.ru ymail.com zoho.com".split()
)


@dataclass(frozen=True)
class Website:
    """`address` is what was typed, with a scheme; `domain` is ASCII, lower case, without `www.`."""

    address: str
    domain: str


def website(value: str) -> Website:
    """The website in a field or a cell: `example.fi`, `www.example.fi/en`, `https://example.fi`.

    Raises `BadInput` with a `reason` for what is no public web address: another scheme, a user
    name, an IP address, a host without a dot.
    """
    text = tidy(value)
    return _bare_host(text) or _website(text)


def _bare_host(text: str) -> Website | None:
    """A plain host and nothing more, as most people type it; None for what has to be looked at."""
    if (host := plain_host(text)) is None:
        return None
    name = host.removeprefix("www.")
    return Website(f"https://{text}", name) if "." in name else None


def _website(text: str) -> Website:
    if not text:
        raise BadInput("Type the address of the website.", reason="empty")
    if CONTROL.search(text) or SPACE.search(text) or "\\" in text:
        raise _unusable()
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", text):
        text = f"https://{text}"
    if len(text) > LONGEST:
        raise BadInput("Shorten this to %(longest)s characters.", reason="too_long", longest=LONGEST)
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError as error:
        raise _unusable() from error
    if parts.scheme not in ("http", "https") or parts.username is not None or not parts.hostname:
        raise _unusable()
    return Website(address=text, domain=domain(parts.hostname))


def domain(host: str) -> str:
    """A host's domain as ad platforms match it: IDNA in ASCII, lower case, no `www.`. Raises `BadInput`."""
    try:
        name = idna.encode(host.rstrip("."), uts46=True).decode("ascii").lower()
    except idna.IDNAError as error:
        raise _unusable() from error
    name = name.removeprefix("www.")
    if "." not in name or not re.fullmatch(r".*\.(?:[a-z]{2,}|xn--[a-z0-9-]+)", name) or _is_ip(name):
        raise _unusable()
    return name


def is_free_mail(domain: str) -> bool:
    """Whether a domain belongs to a mail host for everybody, so that it names no company."""
    return domain in FREE_MAIL


def _is_ip(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _unusable() -> BadInput:
    return BadInput("This is not a web address. It looks like example.com.", reason="malformed")
