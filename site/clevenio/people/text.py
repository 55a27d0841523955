"""Text as people paste it: composed, trimmed, free of what cannot be seen."""

import re
import unicodedata

from clevenio.errors import BadInput

# Characters without width or with only a direction, which come along when an address or a number is
# copied from a web page, a PDF or a phone book: soft hyphen, Arabic letter mark, zero-width space to
# right-to-left mark, embeddings, word joiner to invisible plus, isolates, byte order mark.
INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
# Lone surrogates cannot be stored: no UTF-8 has them.
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
SPACE = re.compile(r"\s+")


def tidy(value: str) -> str:
    """The text in NFC without invisible characters and without Unicode space at its ends.

    Idempotent. Inner space stays: whether it may be there is for the caller to say.
    """
    if value.isascii():
        return value.strip()
    text = unicodedata.normalize("NFC", value)
    # What stood on either side of an invisible character may compose once it is gone.
    return unicodedata.normalize("NFC", INVISIBLE.sub("", text)).strip()


def line(value: str, longest: int) -> str:
    """One line of text: tidied, each run of space one plain space.

    Raises `BadInput` for control characters (line breaks too) and for more than `longest` characters.
    """
    text = tidy(value)
    # What can be printed has no space but the plain one.
    if not text.isprintable() or "  " in text:
        if CONTROL.search(text.replace("\t", " ")):
            raise BadInput("Write this on one line, without control characters.", reason="control")
        text = SPACE.sub(" ", text)
    if len(text) > longest:
        raise BadInput("Shorten this to %(longest)s characters.", reason="too_long", longest=longest)
    return text


def paragraphs(value: str, longest: int) -> str:
    """A text of several lines: tidied, line ends as LF, space at the ends of lines taken off.

    Raises `BadInput` for other control characters and for more than `longest` characters; an empty
    text is the caller's matter.
    """
    lines = tidy(value.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    if any(CONTROL.search(part.replace("\t", " ")) for part in lines):
        raise BadInput("Leave out control characters.", reason="control")
    text = "\n".join(part.rstrip() for part in lines)
    if len(text) > longest:
        raise BadInput("Shorten this to %(longest)s characters.", reason="too_long", longest=longest)
    return text


def readable(value: str, longest: int) -> str:
    """What can be kept of a text of several lines, where nobody is to be asked to write it anew.

    As `paragraphs`, but other control characters are left out and what is too long is cut off.
    """
    lines = tidy(value.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    text = "\n".join(CONTROL.sub("", part.replace("\t", " ")).rstrip() for part in lines)
    return text.strip()[:longest].rstrip()
