"""Reports as relays and mail providers write them, about a message that was really sent."""

from dataclasses import dataclass

from clevenio.people.models import Person

DSN = """\
Return-Path: <>
Received: by mail.example.com (Postfix) id 4XyZ; Mon, 1 Jun 2026 10:31:00 +0300 (EEST)
Date: Mon, 1 Jun 2026 10:31:00 +0300 (EEST)
From: MAILER-DAEMON@mail.example.com (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: bounces@example.com
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="edge"
Message-Id: <{own}@mail.example.com>

--edge
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mail.example.com.

--edge
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.com
X-Postfix-Queue-ID: 4XyZ
Arrival-Date: Mon, 1 Jun 2026 10:30:59 +0300 (EEST)

Final-Recipient: rfc822; {final}
Original-Recipient: rfc822;{final}
Action: {action}
Status: {status}
Remote-MTA: dns; mx.example.fi
Diagnostic-Code: smtp; {diagnostic}

--edge
Content-Description: Undelivered Message
Content-Type: {kind}

{original}
--edge--
"""

ARF = """\
From: <abuse@provider.example>
Date: Mon, 1 Jun 2026 17:40:36 +0300
Subject: FW: Three ways to ask
To: bounces@example.com
MIME-Version: 1.0
Message-ID: <{own}@provider.example>
Content-Type: multipart/report; report-type=feedback-report; boundary="edge"

--edge
Content-Type: text/plain; charset="US-ASCII"

This is an email abuse report.

--edge
Content-Type: message/feedback-report

Feedback-Type: {feedback}
User-Agent: SomeGenerator/1.0
Version: 1
{more}
--edge
Content-Type: {kind}
Content-Disposition: inline

{original}
--edge--
"""


@dataclass(frozen=True)
class Sent:
    """A message that arrived, and who it went to."""

    person: Person
    data: bytes

    @property
    def text(self) -> str:
        return self.data.decode("ascii").replace("\r\n", "\n")

    @property
    def headers(self) -> str:
        return self.text.partition("\n\n")[0] + "\n"

    def header(self, name: str) -> str:
        """One header's line."""
        return next(line for line in self.headers.splitlines() if line.startswith(f"{name}:"))

    def bounce(
        self,
        status: str = "5.1.1",
        *,
        own: str = "one",
        action: str = "failed",
        original: str | None = None,
        final: str | None = None,
        diagnostic: str | None = None,
        kind: str = "text/rfc822-headers",
    ) -> bytes:
        """A delivery status report about it (RFC 3464), as Postfix writes them."""
        to = self.person.email_ascii
        said = diagnostic or f"550 {status} <{to}>: made up"
        values = {"own": own, "action": action, "status": status, "final": final or to, "diagnostic": said}
        report = DSN.format(original=self.headers if original is None else original, kind=kind, **values)
        return report.encode("utf-8")

    def complaint(
        self,
        feedback: str = "abuse",
        *,
        own: str = "one",
        original: str | None = None,
        more: str = "",
        kind: str = "message/rfc822",
    ) -> bytes:
        """A feedback report about it (RFC 5965), as mail providers send them."""
        report = ARF.format(
            original=self.text if original is None else original,
            own=own,
            feedback=feedback,
            more=more,
            kind=kind,
        )
        return report.encode("utf-8")
