"""What every receiver looks at in the header of a mail, and what it asks of marketing mail beside that."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import getaddresses, parsedate_to_datetime

from clevenio.deliverability.message import Arrived
from clevenio.health import Finding, Verdict
from clevenio.i18n import lazy_gettext as _l

GOOD, WARNING, BAD = Verdict.GOOD, Verdict.WARNING, Verdict.BAD
# RFC 5322 3.6: at most once; those that have to be there are looked at by themselves.
ONCE = ("Sender", "Reply-To", "To", "Cc", "Subject", "MIME-Version", "Content-Type", "List-ID")
LONGEST_LINE = 998
MARKETING = ("List-Unsubscribe", "List-Unsubscribe-Post")
SLACK = timedelta(days=1)
_MESSAGE_ID = re.compile(r"<[^\s<>@]+@[^\s<>@]+>")
_WAY_OUT = re.compile(rb"<https://[^\s<>,]+>([ \t]*,[ \t]*<mailto:[^\s<>,]+>)?", re.IGNORECASE)
_CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")


def look(mail: Arrived, now: datetime) -> Iterator[Finding]:
    """From, Date, Message-ID, what may stand once, the way out, and the characters and lengths of lines."""
    yield _sender(mail)
    yield _date(mail, now)
    yield _message_id(mail)
    yield from _repeated(mail)
    yield from _way_out(mail)
    yield from _bytes(mail)


def author_domain(mail: Arrived) -> str:
    """The domain of the one address in From, which DMARC goes by (RFC 7489 3.1); empty where it is not one."""
    found = [address for _, address in getaddresses([field.value for field in mail.all("From")])]
    return found[0].rpartition("@")[2].lower() if len(found) == 1 else ""


def _sender(mail: Arrived) -> Finding:
    number = len(mail.all("From"))
    if number != 1:
        text = _l(
            "From stands there %(number)s times. Receivers refuse all but one (RFC 5322 3.6).", number=number
        )
        return Finding("from", BAD, text)
    domain = author_domain(mail)
    if not domain:
        return Finding("from", BAD, _l("From holds not one address. DMARC has nothing to go by."))
    return Finding("from", GOOD, _l("From is one address at %(domain)s.", domain=domain))


def _date(mail: Arrived, now: datetime) -> Finding:
    if len(mail.all("Date")) != 1:
        text = _l(
            "Date stands there %(number)s times; it has to once (RFC 5322 3.6).", number=len(mail.all("Date"))
        )
        return Finding("date", BAD, text)
    try:
        moment = parsedate_to_datetime(mail.one("Date"))
    except ValueError:
        return Finding("date", BAD, _l("Date is no date that can be read (RFC 5322 3.3)."))
    if moment.tzinfo is not None and moment > now + SLACK:
        return Finding(
            "date", BAD, _l("Date lies in the future. Set the sender’s clock by a time server (NTP).")
        )
    return Finding("date", GOOD, _l("Date stands there once and can be read."))


def _message_id(mail: Arrived) -> Finding:
    found = mail.all("Message-ID")
    if len(found) != 1 or not _MESSAGE_ID.fullmatch(found[0].value):
        text = _l("Message-ID does not stand there once, as <left@right> (RFC 5322 3.6.4).")
        return Finding("message-id", BAD, text)
    return Finding("message-id", GOOD, _l("Message-ID stands there once."))


def _repeated(mail: Arrived) -> Iterator[Finding]:
    found = [name for name in ONCE if len(mail.all(name)) > 1]
    if found:
        text = _l("These stand there more than once: %(names)s (RFC 5322 3.6).", names=", ".join(found))
        yield Finding("repeated", BAD, text)
    if not mail.all("Subject"):
        yield Finding("subject", WARNING, _l("There is no Subject."))


def _way_out(mail: Arrived) -> Iterator[Finding]:
    """RFC 8058: one https address, and the header that makes it one click."""
    links, posts = (mail.all(name) for name in MARKETING)
    if not links and not posts:
        yield Finding(
            "unsubscribe",
            WARNING,
            _l(
                "There is no List-Unsubscribe. Mail about an account needs none; receivers ask it of marketing mail."
            ),
        )
        return
    wrong = []
    for name, found in zip(MARKETING, (links, posts), strict=True):
        if len(found) != 1:
            wrong.append(_l("%(name)s stands there %(number)s times", name=name, number=len(found)))
        elif b"=?" in found[0].raw:
            wrong.append(_l("%(name)s is an encoded word, which nobody decodes there", name=name))
    if len(links) == 1 and b"=?" not in links[0].raw and not _WAY_OUT.fullmatch(_unfolded(links[0].raw)):
        wrong.append(_l("List-Unsubscribe is not one https address in angle brackets"))
    if len(posts) == 1 and posts[0].value.lower() != "list-unsubscribe=one-click":
        wrong.append(_l("List-Unsubscribe-Post is not List-Unsubscribe=One-Click"))
    if wrong:
        text = _l("Unsubscribing by one click does not work: %(wrong)s (RFC 8058).", wrong=Listed(wrong))
        yield Finding("unsubscribe", BAD, text)
    else:
        yield Finding("unsubscribe", GOOD, _l("One click unsubscribes (RFC 8058)."))


class Listed:
    """Texts in one, translated when they are shown."""

    def __init__(self, texts: list[str]) -> None:
        self._texts = texts

    def __str__(self) -> str:
        return "; ".join(map(str, self._texts))


def _unfolded(raw: bytes) -> bytes:
    return raw.replace(b"\n", b"").strip()


def _bytes(mail: Arrived) -> Iterator[Finding]:
    strange = sorted(
        {field.name for field in mail.fields if not field.raw.isascii() or _CONTROL.search(field.raw)}
    )
    if strange:
        text = _l(
            "Not plain ASCII in the header: %(names)s. Servers without SMTPUTF8 refuse it.",
            names=", ".join(strange),
        )
        yield Finding("characters", BAD, text)
    if any(len(line) > LONGEST_LINE for line in mail.lines):
        yield Finding("lines", BAD, _l("A line is longer than 998 characters (RFC 5322 2.1.1)."))
