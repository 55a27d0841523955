"""Names of people and companies, as they are written, made comparable and no more."""

from clevenio.errors import BadInput
from clevenio.people.text import line

LONGEST_NAME = 100
LONGEST_COMPANY = 200


def name(value: str, longest: int = LONGEST_NAME) -> str:
    """A person's name: NFC, trimmed, each run of space one space; case and accents are theirs.

    Raises `BadInput` with a `reason` when it is empty, too long, or has no letter at all.
    """
    text = line(value, longest)
    if not text:
        raise BadInput("Type a name.", reason="empty")
    if not any(character.isalpha() for character in text):
        raise BadInput("A name has at least one letter.", reason="malformed")
    return text


def company(value: str) -> str:
    """A company's name; digits alone will do. Raises `BadInput` with a `reason`."""
    text = line(value, LONGEST_COMPANY)
    if not text:
        raise BadInput("Type the name of the company.", reason="empty")
    if not any(character.isalnum() for character in text):
        raise BadInput("A company's name has a letter or a digit.", reason="malformed")
    return text
