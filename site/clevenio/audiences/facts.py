"""Reads a platform's data file, with a marketer's corrections on top."""

import tomllib
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

from clevenio.audiences.layouts import Facts, Forgets, Layout
from clevenio.errors import BadInput
from clevenio.i18n import LANGUAGES
from clevenio.registry import Text

_NUMBERS = ("minimum_upload", "minimum_serving", "maximum_rows", "maximum_bytes", "membership_days")


def read_facts(layout: Layout, shipped: Path, corrections: Path) -> Facts:
    """The facts of a layout: the shipped file, each key that the other folder's file has replaced.

    Raises `BadInput` with file and reason.
    """
    name = f"{layout.id}.toml"
    values = _read(shipped / name)
    facts = _checked(values, layout, shipped / name)
    if (path := corrections / name).exists():
        own = facts.headers
        facts = _checked(values | _read(path), layout, path)
        _require_own_place(facts.headers, own, path)
    return facts


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _refusal(path, str(error)) from error


def _checked(values: dict[str, Any], layout: Layout, path: Path) -> Facts:
    known = {field.name for field in fields(Facts)}
    if unknown := sorted(set(values) - known):
        raise _refusal(path, f"{', '.join(unknown)} is not known here")
    headers = values.get("headers")
    if not isinstance(headers, list) or not all(isinstance(h, str) and h.strip() == h != "" for h in headers):
        raise _refusal(path, "headers is a list of texts")
    if odd := [header for header in headers if header[0] in "=+-@" or set(header) & set('",;\t\r\n')]:
        raise _refusal(path, f"no header looks like {odd[0]}")
    if len(headers) != len(layout.columns):
        raise _refusal(
            path, f"headers has {len(headers)} entries; the file has {len(layout.columns)} columns"
        )
    for key in _NUMBERS:
        if key in values and (type(values[key]) is not int or values[key] < 1):
            raise _refusal(path, f"{key} is a whole number above zero")
    if not _is_text(values.get("source")):
        raise _refusal(path, "source is missing")
    name = _name(values.get("name"), path)
    if type(values.get("checked")) is not date:
        raise _refusal(path, "checked is a date, such as 2026-11-22")
    if values.get("forgets") not in list(Forgets):
        raise _refusal(path, f"forgets is one of {', '.join(Forgets)}")
    read = {"name": name, "headers": tuple(headers), "forgets": Forgets(values["forgets"])}
    return Facts(**values | read)


def _require_own_place(headers: tuple[str, ...], shipped: tuple[str, ...], path: Path) -> None:
    """Raise `BadInput` where a column would go under another's name, whose digests the platform would match with it."""
    for place, header in enumerate(headers):
        if header in shipped and shipped[place] != header:
            raise _refusal(path, f"{header} stands over the column {shipped[place]}")


def _name(value: object, path: Path) -> Text:
    """A name by language; a marketer's own may be one for all."""
    if not value:
        raise _refusal(path, "name is missing")
    by_language = value if isinstance(value, dict) else dict.fromkeys(LANGUAGES, value)
    if set(by_language) != set(LANGUAGES) or not all(map(_is_text, by_language.values())):
        raise _refusal(path, "name is a text, or one in each language (name.fi, name.en)")
    return Text(**by_language)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value.strip() != ""


def _refusal(path: Path, reason: str) -> BadInput:
    return BadInput("%(file)s: %(reason)s.", file=path.name, reason=reason)
