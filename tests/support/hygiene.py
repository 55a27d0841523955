"""What people typed and were given stays out of logs, queues and trails: the search that says so.

Every browser of the suite notes what is typed into it, and each running site is searched when it
closes: for that, and for every address, name, number and handle in its own database and mails.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

from sqlalchemy import Table, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from clevenio.database import Base

if TYPE_CHECKING:
    from tests.support.server import Site

# What the browsers of this process typed and were given, to be looked for in every site.
TYPED: set[str] = set()
FIELD = re.compile(r"email|name|phone|password|message|details|guardian")
TOKEN = re.compile(r"([A-Za-z0-9_-]{20})\.[A-Za-z0-9_-]{43}")
COLUMNS = frozenset(
    "email email_ascii address_key mailbox_key match_key first_name last_name name phone advertising_id "
    "recipient handle invitation message profile secret new_email".split()
)
# Names of things, not of people.
THINGS = frozenset(("audience_segments", "campaigns", "companies"))
# Columns that tell what went on, in words.
TOLD = frozenset("reply error details reason diagnostic".split())
TELLING = frozenset(("audit_entries", "mails", "deliveries", "bounces"))
SHORTEST = 5
# The one token that is said on purpose, to whoever starts the first site of all.
ANNOUNCED = "Become the administrator"


def note(url: str, body: str | None) -> None:
    """Remember what one request of a browser carried: tokens of its address, and what was typed."""
    path = urlsplit(url).path
    TYPED.update(part for found in TOKEN.finditer(unquote(path)) for part in (found[0], found[1]))
    for name, value in parse_qsl(body or ""):
        if FIELD.search(name) and not (name == "name" and path.startswith("/staff/")):
            TYPED.add(value.strip())


def leaks(site: "Site") -> list[str]:
    """Where one of the known values stands that must not: `place: value`."""
    wanted = {value for value in TYPED | set(_kept(site)) if len(value) >= SHORTEST}
    return sorted(
        f"{place}: {value!r}"
        for place, text in _places(site)
        for value in wanted
        if value in text and _stands_alone(value, text)
    )


def assert_clean(site: "Site") -> None:
    """Fail where a site wrote down what belongs to somebody."""
    assert leaks(site) == []


def _stands_alone(value: str, text: str) -> bool:
    return re.search(rf"(?<![A-Za-z0-9]){re.escape(value)}(?![A-Za-z0-9])", text) is not None


def _places(site: "Site") -> Iterator[tuple[str, str]]:
    log = site.data / "serve.log"
    if log.exists():
        lines = site.log.splitlines()
        yield "log", "\n".join(_unescaped(line) for line in lines if not line.startswith(ANNOUNCED))
    files = [*site.data.glob("queue.db*"), *site.data.glob("seals/*"), *site.data.rglob("*.log")]
    for path in files:
        if path != log and path.is_file():
            yield path.name, _read(path)
    yield from _told(site)


def _unescaped(line: str) -> str:
    """A line as people read it: an object of the log writes what is not ASCII as escapes."""
    try:
        return json.dumps(json.loads(line), ensure_ascii=False)
    except ValueError:
        return line


def _told(site: "Site") -> Iterator[tuple[str, str]]:
    for table in Base.metadata.sorted_tables:
        names = [column.key for column in table.columns if column.key in TOLD]
        if table.name in TELLING and names:
            yield table.name, "\n".join(_texts(site, table, names))


def _kept(site: "Site") -> Iterator[str]:
    for table in Base.metadata.sorted_tables:
        names = [column.key for column in table.columns if column.key in COLUMNS]
        if names and table.name not in THINGS:
            yield from _texts(site, table, names)
    for path in (site.data / "mail").glob("*.eml"):
        for found in TOKEN.finditer(_read(path)):
            yield from (found[0], found[1])


def _texts(site: "Site", table: Table, names: list[str]) -> list[str]:
    try:
        with site.session() as session:
            return list(_rows(session, table, names))
    except DBAPIError:
        # Fault tests leave databases that are broken, gone, or not at this schema.
        return []


def _rows(session: Session, table: Table, names: list[str]) -> Iterator[str]:
    for row in session.execute(select(*(table.c[name] for name in names))):
        for value in row:
            yield from _strings(value)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for each in value.values() for text in _strings(each))
    elif isinstance(value, list):
        yield from (text for each in value for text in _strings(each))
    elif value is not None and not isinstance(value, bytes):
        yield json.dumps(value, default=str)


def _read(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")
