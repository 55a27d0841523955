"""Reads the registry and refuses a bad file with its name, the line and the reason."""

import re
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from clevenio.errors import BadInput
from clevenio.registry.entries import (
    Cookie,
    LegalBasis,
    Period,
    Purpose,
    Registry,
    SubjectKind,
    Text,
    Topic,
    Vendor,
)

FOLDER = Path(__file__).resolve().parent
Entry = TypeVar("Entry", Purpose, Topic, Vendor, Cookie, Period)


class _Entry:
    """One table of a file: hands out its keys and, at the end, refuses those nobody asked for."""

    def __init__(self, path: Path, start: int, lines: list[str], values: dict[str, Any]) -> None:
        self._path, self._start, self._lines, self._values = path, start, lines, values
        self._asked: set[str] = set()

    def fail(self, reason: str, key: str = "") -> BadInput:
        """The refusal, at the key's own line where it has one, else where the entry begins."""
        line = self._start
        for number, text in enumerate(self._lines, self._start):
            if key and re.match(rf"\s*{re.escape(key)}\s*[.=]", text):
                line = number
                break
        return BadInput("%(file)s, line %(line)s: %(reason)s", file=self._path.name, line=line, reason=reason)

    def take(self, key: str, kind: type, default: Any = ...) -> Any:
        self._asked.add(key)
        value = self._values.get(key, default)
        if value is ...:
            raise self.fail(f"{key} is missing", key)
        if value is not default and (not isinstance(value, kind) or (kind is int and value is True)):
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

    def one_of(self, key: str, allowed: type[Any]) -> Any:
        value = self.take(key, str)
        try:
            return allowed(value)
        except ValueError:
            raise self.fail(
                f"{key} is {value!r}; it is one of {', '.join(str(x) for x in allowed)}", key
            ) from None

    def done(self) -> None:
        unknown = set(self._values) - self._asked
        if unknown:
            first = min(unknown)
            raise self.fail(f"{first} is not known here", first)


def _called(kind: type) -> str:
    return {str: "a text", int: "a whole number", bool: "true or false", list: "a list", dict: "a table"}[
        kind
    ]


def _purpose(entry: _Entry) -> Purpose:
    return Purpose(
        id=entry.take("id", str),
        subject=entry.one_of("subject", SubjectKind),
        basis=entry.one_of("basis", LegalBasis),
        name=entry.text("name"),
        wording=entry.text("wording"),
        data=entry.words("data"),
        per_vendor=entry.take("per_vendor", bool, False),
    )


def _topic(entry: _Entry) -> Topic:
    return Topic(entry.take("purpose", str), entry.words("bases"), entry.text("summary"))


def _vendor(entry: _Entry) -> Vendor:
    return Vendor(
        id=entry.take("id", str),
        name=entry.take("name", str),
        company=entry.take("company", str),
        country=entry.take("country", str),
        transfers=entry.words("transfers"),
        safeguard=entry.take("safeguard", str),
        role=entry.take("role", str),
        data=entry.text("data"),
        purpose=entry.text("purpose"),
        policy=entry.take("policy", str),
        audience=entry.take("audience", bool, False),
        category=entry.take("category", str, None),
    )


def _cookie(entry: _Entry) -> Cookie:
    cookie = Cookie(
        name=entry.take("name", str),
        kind=entry.take("kind", str),
        category=entry.take("category", str),
        provider=entry.take("provider", str),
        days=entry.take("days", int),
        purpose=entry.text("purpose"),
        readable_by_scripts=entry.take("readable_by_scripts", bool),
        justification=entry.text("justification", optional=True),
    )
    if cookie.category == "necessary" and cookie.justification is None:
        raise entry.fail("a necessary entry says why: justification is missing")
    return cookie


def _period(entry: _Entry) -> Period:
    period = Period(
        id=entry.take("id", str),
        what=entry.text("what"),
        trigger=entry.text("trigger"),
        number=entry.take("number", int),
        unit=entry.take("unit", str),
    )
    if period.unit not in ("hour", "day", "month", "year"):
        raise entry.fail(f"unit is {period.unit!r}; it is hour, day, month or year", "unit")
    return period


def _entries(
    folder: Path, table: str, make: Callable[[_Entry], Entry], key: str
) -> tuple[dict[str, Entry], dict[str, _Entry]]:
    """The entries of one file by identifier, and where each stands, for later complaints."""
    path = folder / f"{table}s.toml"
    try:
        source = path.read_text(encoding="utf-8")
        values = tomllib.loads(source)
    except OSError as error:
        raise BadInput(
            "%(file)s cannot be read: %(reason)s", file=path.name, reason=error.strerror
        ) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput("%(file)s: %(reason)s", file=path.name, reason=error) from error
    lines = source.splitlines()
    starts: list[int] = [number for number, line in enumerate(lines, 1) if line.strip() == f"[[{table}]]"]
    if set(values) - {table} or len(starts) != len(values.get(table, [])):
        raise BadInput("%(file)s holds [[%(table)s]] tables and nothing else", file=path.name, table=table)
    found: dict[str, Entry] = {}
    places: dict[str, _Entry] = {}
    for start, end, item in zip(starts, [*starts[1:], len(lines) + 1], values.get(table, []), strict=True):
        entry = _Entry(path, start, lines[start - 1 : end - 1], item)
        made = make(entry)
        entry.done()
        identifier = getattr(made, key)
        if identifier in found:
            raise entry.fail(f"{identifier} stands here twice", key)
        found[identifier], places[identifier] = made, entry
    return found, places


def read(folder: Path) -> Registry:
    """The registry in a folder. Raises `BadInput` at the first thing that is wrong."""
    purposes, _ = _entries(folder, "purpose", _purpose, "id")
    topics, topic_places = _entries(folder, "topic", _topic, "purpose")
    vendors, vendor_places = _entries(folder, "vendor", _vendor, "id")
    cookies, cookie_places = _entries(folder, "cookie", _cookie, "name")
    periods, _ = _entries(folder, "period", _period, "id")
    registry = Registry(purposes, topics, vendors, cookies, periods)
    categories = {p.id for p in purposes.values() if p.subject is SubjectKind.BROWSER}
    for topic in topics.values():
        if topic.purpose not in purposes or purposes[topic.purpose].subject is not SubjectKind.PERSON:
            raise topic_places[topic.purpose].fail(f"{topic.purpose} is no purpose of a person", "purpose")
        if not topic.bases or set(topic.bases) - {"consent", "customer", "role"}:
            raise topic_places[topic.purpose].fail("bases are consent, customer or role", "bases")
    for vendor in vendors.values():
        if vendor.category is not None and vendor.category not in categories - {"necessary"}:
            raise vendor_places[vendor.id].fail(f"{vendor.category} is no optional category", "category")
    for cookie in cookies.values():
        if cookie.category not in categories:
            raise cookie_places[cookie.name].fail(f"{cookie.category} is no category", "category")
        if cookie.provider != "clevenio" and cookie.provider not in vendors:
            raise cookie_places[cookie.name].fail(f"{cookie.provider} is no vendor", "provider")
    return registry


@cache
def load() -> Registry:
    """The registry that ships with the site, read once."""
    return read(FOLDER)
