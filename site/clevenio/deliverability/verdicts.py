"""What the receiver said itself, and what the author's domain asks of receivers."""

import re
from collections.abc import Iterator

from clevenio.deliverability.headers import author_domain
from clevenio.deliverability.keys import Lookup, Unreachable, is_policy
from clevenio.deliverability.message import Arrived
from clevenio.health import Finding, Verdict
from clevenio.i18n import lazy_gettext as _l

METHODS = ("spf", "dkim", "dmarc")
_ASKED = re.compile(r";\s*(s?p)\s*=\s*(none|quarantine|reject)\b", re.IGNORECASE)
_RESULT = re.compile(r"(?:^|;)\s*(spf|dkim|dmarc)\s*=\s*([a-z]+)", re.IGNORECASE)


def look(mail: Arrived, policies: Lookup | None) -> Iterator[Finding]:
    """The results of the topmost `Authentication-Results` (RFC 8601), and the policy of DMARC where `policies` asks DNS."""
    results = dict(_results(mail))
    failed = [f"{method}={result}" for method, result in results.items() if result != "pass"]
    if failed:
        text = _l("The receiver did not let everything pass: %(results)s.", results=", ".join(failed))
        yield Finding("receiver", Verdict.BAD if results.get("dmarc") == "fail" else Verdict.WARNING, text)
    elif results:
        text = _l("The receiver let %(methods)s pass.", methods=", ".join(results))
        yield Finding("receiver", Verdict.GOOD, text)
    author = author_domain(mail)
    if policies is not None and author:
        yield _policy(author, policies)


def _results(mail: Arrived) -> Iterator[tuple[str, str]]:
    for method, result in _RESULT.findall(_without_comments(mail.one("Authentication-Results"))):
        yield method.lower(), result.lower()


def _without_comments(text: str) -> str:
    return re.sub(r"\([^()]*\)", "", text)


def _policy(author: str, policies: Lookup) -> Finding:
    """Of the domain itself, else of the nearest domain above it that has one."""
    labels = author.split(".")
    try:
        for start in range(len(labels) - 1):
            name = "_dmarc." + ".".join(labels[start:])
            record = policies(name) or ""
            if is_policy(record):
                return _of_record(name, record, is_above=start > 0)
    except Unreachable as error:
        return Finding("dmarc", Verdict.WARNING, _l("DNS does not answer (%(error)s).", error=str(error)))
    text = _l(
        "DNS has no policy at _dmarc.%(domain)s. Large receivers refuse bulk mail without one.", domain=author
    )
    return Finding("dmarc", Verdict.BAD, text)


def _of_record(name: str, record: str, *, is_above: bool) -> Finding:
    """By `p=`; for a domain below the one that has the record by `sp=`, where there is one (RFC 7489, 6.3)."""
    asked = {tag.lower(): policy.lower() for tag, policy in _ASKED.findall(record)}
    if "p" not in asked:
        return Finding("dmarc", Verdict.BAD, _l("The policy at %(name)s names no p=.", name=name))
    tag = "sp" if is_above and "sp" in asked else "p"
    if asked[tag] == "none":
        text = _l(
            "The policy at %(name)s is %(tag)s=none: others may still write in your name.", name=name, tag=tag
        )
        return Finding("dmarc", Verdict.WARNING, text)
    text = _l("The policy at %(name)s is %(tag)s=%(policy)s.", name=name, tag=tag, policy=asked[tag])
    return Finding("dmarc", Verdict.GOOD, text)
