"""A campaign's mail as its readers would see it, taken from the bytes that would leave."""

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from math import ceil

from clevenio.consent.ledger import Basis
from clevenio.newsletter import markdown, messages, placeholders
from clevenio.newsletter.drafts import TEXT_FROM
from clevenio.registry import load
from clevenio.settings import Settings

LOOKS = ("light", "dark")
# How the layout tells dark from light; a frame of the back office shows each whatever the screen is.
_DARK = "@media (prefers-color-scheme: dark)"
_BOTH = "color-scheme: light dark"
# Of each look: what stands around the text, characters in a line of it, and the height of a line and of a gap.
_MEASURES = {"wide": (420, 62, 26, 16), "narrow": (445, 36, 26, 16), "text": (600, 40, 23, 23)}
# Nobody looks through more at once, and a frame that high costs memory.
HIGHEST = 12_000


@dataclass(frozen=True)
class Preview:
    """One language of a campaign: its subject and its two parts."""

    subject: str
    text: str
    html: str

    def look(self, colours: str) -> str:
        """The layout as a program in dark or light colours draws it."""
        applies = "@media all" if colours == "dark" else "@media not all"
        return self.html.replace(_DARK, applies).replace(_BOTH, f"color-scheme: {colours}")


def preview(settings: Settings, topic: str, language: str, subject: str, text: str, now: datetime) -> Preview:
    """The mail of somebody made up. Raises `BadInput` for what no mail can be made of, with the line."""
    letter = markdown.read(markdown.compose(subject or "–", text or "–"), TEXT_FROM)
    message = messages.build(
        settings,
        topic,
        language,
        Basis(load().topics[topic].bases[0]),
        letter.filled(placeholders.values(settings, topic, language)),
        **messages.made_up(settings),
        now=now,
    )
    parsed = message_from_bytes(message, policy=policy.default)
    return Preview(str(parsed["Subject"]), _part(parsed, "plain"), _part(parsed, "html"))


def heights(text: str) -> dict[str, int]:
    """About how high each look of a text is, in pixels: for a frame that nothing can measure, and until it is measured.

    `wide`, `narrow` and `text`, the part without a layout. A little high rather than low: what is cut has to be scrolled.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    found = {}
    for look, (around, columns, line_height, gap) in _MEASURES.items():
        rows = sum(ceil(len(line) / columns) * line_height + gap for line in lines)
        found[look] = min(around + rows, HIGHEST)
    return found


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part is not None else ""
