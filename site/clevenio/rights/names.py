"""How a name stands in what somebody writes: as it is, or with the endings and the consonants of a Finnish case.

The consonants before the last vowel change by gradation (Iso suomen kielioppi, § 41): Mäki is in Mäen, Satu in Sadun.
"""

import re

VOWELS = "aeiouyäöå"
# What a single consonant turns into, beside what it is.
WEAK = {"k": ("", "v", "j", "g"), "p": ("v",), "t": ("d",)}
# So much of the end of another name may change, and so much of its beginning is looked for at least.
ENDING, SHORTEST = 3, 3


def pattern(name: str) -> str:
    """A regular expression for the words that are a name in some case; letters are compared without theirs."""
    lower = name.casefold()
    if len(lower) <= 2:
        return rf"\b{re.escape(lower)}n?\b"
    if lower.endswith("nen"):
        return rf"\b{re.escape(lower[:-3])}(?:nen|s)\w*"
    if lower[-1] in VOWELS:
        return _of_vowel(lower[:-1], lower[-1])
    if lower[-1] == "s":
        return rf"\b{re.escape(lower[:-1])}k?s\w*"
    return rf"\b{re.escape(lower)}\w*"


def beginning(name: str) -> str:
    """An expression for that of a name which is looked for where it is better to find too much."""
    return re.escape(name[: max(SHORTEST, len(name) - ENDING)])


def _of_vowel(head: str, vowel: str) -> str:
    """Mäki: Mäki, Mäen, Mäelle. Virta: Virta, Virran, Virroilla."""
    vowels = {"i": "[ie]", "a": "[ao]"}.get(vowel, vowel)
    weak = _weak(head, vowel)
    if not weak:
        return rf"\b{re.escape(head)}{vowels}\w*"
    either = "|".join(re.escape(each) for each in (head[-1], *weak))
    return rf"\b{re.escape(head[:-1])}(?:{either}){vowels}\w*"


def _weak(head: str, vowel: str) -> tuple[str, ...]:
    """What the last consonant of a head is before an ending that closes the syllable."""
    before, last = head[-2:-1], head[-1:]
    if before == last and last in WEAK:
        return ("",)
    if last == "s" and vowel == "i":
        return ("d",)
    if (last == "t" and before in ("n", "l", "r")) or (last == "p" and before == "m"):
        return (before,)
    return WEAK.get(last, ())
