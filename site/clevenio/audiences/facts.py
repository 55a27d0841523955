"""Reads a platform's data file, with a marketer's corrections on top."""

import re
import tomllib
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

from clevenio.audiences.encoding import header
from clevenio.audiences.layouts import Facts, Forgets, Layout
from clevenio.errors import BadInput
from clevenio.i18n import LANGUAGES
from clevenio.registry import Text

_LINE = re.compile(r"\(at line (\d+), ")
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
        content = path.read_bytes()
    except OSError as error:
        raise BadInput("%(file)s cannot be read.", file=path.name) from error
    try:
        return tomllib.loads(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadInput(
            "%(file)s cannot be read: line %(line)s is not in UTF-8.", file=path.name, line=line
        ) from error
    except tomllib.TOMLDecodeError as error:
        # The reader says the rest in English only. At the end of the file it names no line.
        found = _LINE.search(str(error))
        line = int(found[1]) if found else content.count(b"\n") + 1
        raise BadInput(
            "%(file)s cannot be read: it is not TOML from line %(line)s on.", file=path.name, line=line
        ) from error


def _checked(values: dict[str, Any], layout: Layout, path: Path) -> Facts:
    file, known = path.name, {field.name for field in fields(Facts)}
    if unknown := sorted(set(values) - known):
        raise BadInput("%(file)s: %(keys)s is not known here.", file=file, keys=", ".join(unknown))
    headers = _headers(values.get("headers"), layout, file)
    for key in _NUMBERS:
        if key in values and (type(values[key]) is not int or values[key] < 1):
            raise BadInput("%(file)s: %(key)s is a whole number above zero.", file=file, key=key)
    _require_room(values.get("maximum_bytes"), headers, layout, file)
    if not _is_text(values.get("source")):
        raise BadInput("%(file)s: source is missing.", file=file)
    name = _name(values.get("name"), path)
    if type(values.get("checked")) is not date:
        raise BadInput("%(file)s: checked is a date, such as 2026-11-22.", file=file)
    if values.get("forgets") not in list(Forgets):
        raise BadInput("%(file)s: forgets is one of %(ways)s.", file=file, ways=", ".join(Forgets))
    read = {"name": name, "headers": headers, "forgets": Forgets(values["forgets"])}
    return Facts(**values | read)


def _headers(headers: object, layout: Layout, file: str) -> tuple[str, ...]:
    """A header for each column, none of which a spreadsheet would take for something else."""
    if not isinstance(headers, list) or not all(isinstance(h, str) and h.strip() == h != "" for h in headers):
        raise BadInput("%(file)s: headers is a list of texts.", file=file)
    if odd := [text for text in headers if text[0] in "=+-@" or set(text) & set('",;\t\r\n')]:
        raise BadInput("%(file)s: no header looks like %(header)s.", file=file, header=odd[0])
    if len(headers) != len(layout.columns):
        raise BadInput(
            "%(file)s: headers has %(number)s entries; the file has %(columns)s columns.",
            file=file,
            number=len(headers),
            columns=len(layout.columns),
        )
    return tuple(headers)


def _require_room(most: int | None, headers: tuple[str, ...], layout: Layout, file: str) -> None:
    """Raise `BadInput` where a file may be no larger than its headers and a row that has every digest and nothing readable."""
    digests = sum(column.digest.width for column in layout.columns if column.is_hashed)
    least = len(header(headers)) + digests + len(layout.columns)
    if most is not None and most < least:
        raise BadInput(
            "%(file)s: maximum_bytes has to be at least %(least)s, so that the headers and one row fit.",
            file=file,
            least=least,
        )


def _require_own_place(headers: tuple[str, ...], shipped: tuple[str, ...], path: Path) -> None:
    """Raise `BadInput` where a column would go under another's name, whose digests the platform would match with it."""
    for place, own in enumerate(headers):
        if own in shipped and shipped[place] != own:
            raise BadInput(
                "%(file)s: %(header)s stands over the column %(column)s.",
                file=path.name,
                header=own,
                column=shipped[place],
            )


def _name(value: object, path: Path) -> Text:
    """A name by language; a marketer's own may be one for all."""
    if not value:
        raise BadInput("%(file)s: name is missing.", file=path.name)
    by_language = value if isinstance(value, dict) else dict.fromkeys(LANGUAGES, value)
    if set(by_language) != set(LANGUAGES) or not all(map(_is_text, by_language.values())):
        raise BadInput(
            "%(file)s: name is a text, or one in each language (name.fi, name.en).", file=path.name
        )
    return Text(**by_language)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value.strip() != ""
