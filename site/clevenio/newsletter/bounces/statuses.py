"""What a status code means for a mailbox (RFC 3463, and the registry that RFC 5248 began)."""

import re

from clevenio.newsletter.bounces.models import Kind

_CODE = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
# Permanent, and yet no word about the mailbox for good: it is full, its system is, or a route is missing.
_PASSING = re.compile(r"5\.(2\.2|3\.[0-3]|4\.\d+)")
# About us or about this mail: our address, its size, its form, a policy, a block list.
_OURS = re.compile(r"[45]\.(1\.7|1\.8|2\.3|3\.4|5\.\d+|6\.\d+|7\.\d+)")


def code_in(text: str) -> str:
    """The first enhanced status code in a text, such as `5.1.1`; empty where there is none."""
    found = _CODE.search(text)
    return ".".join(str(int(part)) for part in found.groups()) if found else ""


def best(status: str, diagnostic: str) -> str:
    """The code that says most: the report's own, or the one of the diagnostic where that says nothing (`5.0.0`)."""
    code, said = code_in(status), code_in(diagnostic)
    return said if said and (not code or (code.endswith(".0.0") and said[0] == code[0])) else code


def kind_of(code: str) -> Kind:
    """What a mail that failed for good with this code says; one without a code says nothing of the mailbox."""
    if not code or code[0] not in "45" or _OURS.fullmatch(code):
        return Kind.BLOCKED
    return Kind.SOFT if code[0] == "4" or _PASSING.fullmatch(code) else Kind.HARD
