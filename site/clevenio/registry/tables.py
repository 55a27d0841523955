"""One table of a registry's file: hands out its values, each checked, and refuses with line and reason."""

import re
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from clevenio.errors import BadInput
from clevenio.registry.words import Text

Code = TypeVar("Code", bound=StrEnum)
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")
_COUNTRY = re.compile(r"[A-Z]{2}")


class Table:
    """The values of one entry; `done` refuses those that nobody asked for.

    `is_own`: the file is the installation's, so complaints name all of its path, and the entry.
    """

    def __init__(
        self, path: Path, start: int, lines: list[str], values: dict[str, Any], is_own: bool = False
    ) -> None:
        self._path, self._start, self._lines, self._values = path, start, lines, values
        self._is_own = is_own
        self._asked: set[str] = set()

    def fail(self, reason: str, key: str = "") -> BadInput:
        """The refusal, at the key's own line where it has one, else where the entry begins."""
        line = self._start
        for number, text in enumerate(self._lines, self._start):
            if key and re.match(rf"\s*{re.escape(key)}\s*[.=]", text):
                line = number
                break
        file, name = (self._path, self._values.get("id")) if self._is_own else (self._path.name, None)
        said = f"{reason} (entry {name})" if isinstance(name, str) else reason
        return BadInput("%(file)s, line %(line)s: %(reason)s", file=file, line=line, reason=said)

    def take(self, key: str, kind: type, default: Any = ...) -> Any:
        self._asked.add(key)
        value = self._values.get(key, default)
        if value is ...:
            raise self.fail(f"{key} is missing", key)
        if value is not default and (not isinstance(value, kind) or (kind is int and value is True)):
            raise self.fail(f"{key} is not {_called(kind)}", key)
        if kind is date and isinstance(value, datetime):
            raise self.fail(f"{key} is not {_called(kind)}", key)
        if kind is str and value == "":
            raise self.fail(f"{key} is empty", key)
        return value

    def text(self, key: str, optional: bool = False) -> Any:
        value = self.take(key, dict, None if optional else ...)
        if value is None:
            return None
        for language in ("fi", "en"):
            if not isinstance(value.get(language), str) or not value[language].strip():
                raise self.fail(f"{key}.{language} is missing", key)
        if set(value) != {"fi", "en"}:
            raise self.fail(f"{key} has a language that the site does not speak", key)
        return Text(value["fi"], value["en"])

    def words(self, key: str) -> tuple[str, ...]:
        values = self.take(key, list, [])
        if not all(isinstance(value, str) for value in values):
            raise self.fail(f"{key} is not a list of words", key)
        return tuple(values)

    def identifier(self, key: str = "id") -> str:
        """Small letters, digits and underscores: it stands in cookies, addresses and field names."""
        value: str = self.take(key, str)
        if not _IDENTIFIER.fullmatch(value):
            raise self.fail(f"{key} is {value!r}; it is made of small letters, digits and _", key)
        return value

    def country(self, key: str) -> str:
        """ISO 3166-1 alpha-2."""
        return self._country(key, self.take(key, str))

    def countries(self, key: str) -> tuple[str, ...]:
        return tuple(self._country(key, value) for value in self.words(key))

    def _country(self, key: str, value: str) -> str:
        if not _COUNTRY.fullmatch(value):
            raise self.fail(f"{key} has {value!r}; a country is two capital letters", key)
        return value

    def one_of(self, key: str, allowed: type[Code]) -> Code:
        return self._code(key, self.take(key, str), allowed)

    def some_of(self, key: str, allowed: type[Code]) -> tuple[Code, ...]:
        """One or more of the codes."""
        found = tuple(self._code(key, value, allowed) for value in self.words(key))
        if not found:
            raise self.fail(f"{key} is empty", key)
        return found

    def _code(self, key: str, value: str, allowed: type[Code]) -> Code:
        try:
            return allowed(value)
        except ValueError:
            raise self.fail(f"{key} is {value!r}; it is one of {', '.join(allowed)}", key) from None

    def done(self) -> None:
        unknown = set(self._values) - self._asked
        if unknown:
            first = min(unknown)
            raise self.fail(f"{first} is not known here", first)


def _called(kind: type) -> str:
    return {
        str: "a text",
        int: "a whole number",
        bool: "true or false",
        list: "a list",
        dict: "a table",
        date: "a day such as 2026-01-31",
    }[kind]
