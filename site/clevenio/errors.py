"""The one small tree of things a person can be told.

The domain raises, `clevenio.web.errors` turns a class into page and status, and
`clevenio.commands` turns it into an exit code. A message is an English msgid; the
values it names are filled in after it has been translated.
"""

from collections.abc import Mapping


class Problem(Exception):
    """Something a person can be told. `message` is a msgid, `values` fill its `%(name)s` places."""

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message)
        self.message = message
        self.values: Mapping[str, object] = values

    def __str__(self) -> str:
        return self.message % self.values if self.values else self.message


class Refused(Problem):
    """What was asked is understood and not allowed, or could not be done. Exit code 1."""


class Missing(Problem):
    """What was asked for does not exist, or no longer does. Exit code 1."""


class BadInput(Problem):
    """What was given is malformed: a field, a file, a setting, an option. Exit code 2."""


class BadToken(Missing):
    """A link is unknown, forged, expired or meant for something else; which one is not told."""

    def __init__(self) -> None:
        super().__init__("This link does not work. It may be old, or only a part of it was copied.")


class Unavailable(Problem):
    """The database or another part does not answer just now; nothing more was stored. HTTP 503."""
