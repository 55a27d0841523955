"""The files themselves: a zip of what machines read and what people read, made in memory from one session."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from markupsafe import Markup, escape
from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio.consent import ledger
from clevenio.consent.notices import sentence_of
from clevenio.i18n import environment, format_date, format_datetime, use_language
from clevenio.i18n import gettext as _
from clevenio.newsletter.models import Campaign
from clevenio.registry import Origin, load
from clevenio.rights import clocks
from clevenio.rights.access import naming, portable
from clevenio.rights.access.collecting import Extract, collect
from clevenio.rights.access.describing import described
from clevenio.rights.access.spelling import purpose_name, spelt
from clevenio.rights.subjects import Subject
from clevenio.settings import Settings

UNIX = 3
_line = json.JSONEncoder(ensure_ascii=False).encode
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def access_file(
    session: Session, settings: Settings, subject: Subject, language: str, now: datetime
) -> bytes:
    """Everything we hold about somebody (GDPR Art. 15): `data.json`, and `index.html` in their language."""
    with use_language(language):
        extracts = list(collect(session, subject))
        document = described(session, settings, subject, extracts, language, now)
        sentences, names = _sentences(session, extracts), naming.named(session, settings, subject)
        page = _page("rights/access/file.html", language, document, sentences, names)
    return archive({"data.json": as_json(document), "index.html": page}, now)


def portability_file(
    session: Session, settings: Settings, subject: Subject, language: str, now: datetime
) -> bytes:
    """What somebody gave us, for another service (Art. 20): `data.json`, `people.csv` and `index.html`."""
    with use_language(language):
        document = portable.document(session, settings, subject, language, now)
        sheets = portable.as_csv(document)
        page = _page("rights/access/portable.html", language, document, sheets=tuple(sheets))
    return archive({"data.json": as_json(document), **sheets, "index.html": page}, now)


def _sentences(session: Session, extracts: Iterable[Extract]) -> dict[tuple[str, str], str]:
    """What was shown about a purpose, by the version and either the purpose of a decision or a mail's campaign."""
    rows = [row for extract in extracts for row in extract.rows if "notice" in row]
    topics = {str(row.id): row.topic for row in session.execute(select(Campaign.id, Campaign.topic))}
    decided = {(row["notice"], about): topics.get(about, about) for row in rows if (about := _about(row))}
    words = ledger.wordings(session, {notice for notice, _ in decided})
    return {
        (notice, about): sentence
        for (notice, about), purpose in decided.items()
        if notice in words and (sentence := sentence_of(words[notice], purpose))
    }


def _about(row: Mapping[str, Any]) -> str:
    """What a version in a row was shown about: a purpose, or the campaign whose topic is one."""
    return row.get("purpose") or row.get("campaign") or ""


def _page(
    template: str,
    language: str,
    document: Mapping[str, Any],
    sentences: Mapping[tuple[str, str], str] | None = None,
    names: Mapping[str, naming.Columns] | None = None,
    sheets: Sequence[str] = (),
) -> bytes:
    shown = {
        table.id: set(table.of(Origin.GIVEN, Origin.OBSERVED, Origin.OURS))
        for table in load().tables.values()
    }
    made = environment(language).get_template(template)
    # Thousands of rows have few different moments in minutes, and putting one into words is slow.
    seen: dict[str, str] = {}

    def said(value: object) -> str:
        key = repr(value)
        if key not in seen:
            seen[key] = readable(value)
        return seen[key]

    added = names or {}
    cells: dict[tuple[str, str, object], Markup] = {}

    def cell(table: str, name: str, row: Mapping[str, Any]) -> str:
        """One value of a row; a version of what was shown as its sentence about the purpose, a key as its name."""
        value: Any
        if name in added.get(table, {}):
            value = added[table][name](row)
        else:
            value = None if name == "due_at" and naming.has_ended(table, row) else row[name]
        sentence = (sentences or {}).get((value, _about(row))) if name == "notice" else None
        if sentence or isinstance(value, (dict, list)):
            return sentence or said(spelt(table, name, value))
        key = table, name, value
        if key not in cells:
            cells[key] = escape(said(spelt(table, name, value)))
        return cells[key]

    return made.render(
        added={
            table: [(name, _called(*name.split("."))) for name in columns] for table, columns in added.items()
        },
        cell=cell,
        document=document,
        sheets=sheets,
        shown=shown,
        readable=said,
        spelt=spelt,
        called=_called,
        purpose=purpose_name,
    ).encode("utf-8")


def _called(table: str, column: str) -> str:
    """What a column is called in the current language."""
    words = load().column(table, column)
    return str(words.what) if words else column


def readable(value: object) -> str:
    """A value of a document as a person reads it, in the current language."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dict):
        return "; ".join(f"{name}: {readable(each)}" for name, each in value.items()) or "–"
    if isinstance(value, list):
        return ", ".join(readable(each) for each in value) or "–"
    text = str(value)
    if _DAY.fullmatch(text):
        return format_date(date.fromisoformat(text), "short")
    return format_datetime(datetime.fromisoformat(text), "short") if _MOMENT.fullmatch(text) else text


def as_json(document: Mapping[str, Any]) -> bytes:
    """A document as its file has it: UTF-8, readable, with a record of plain values on a line of its own."""
    return f"{_laid_out(document, '')}\n".encode()


def _laid_out(value: Any, margin: str) -> str:
    inner = f"{margin}  "
    if isinstance(value, Mapping) and any(map(_is_nested, value.values())):
        parts = [f"{_line(str(name))}: {_laid_out(each, inner)}" for name, each in value.items()]
        return _on_lines("{", parts, "}", margin)
    if isinstance(value, (list, tuple)) and any(map(_is_nested, value)):
        return _on_lines("[", [_laid_out(each, inner) for each in value], "]", margin)
    return _line(value)


def _is_nested(value: object) -> bool:
    return isinstance(value, (Mapping, list, tuple)) and bool(value)


def _on_lines(opens: str, parts: Sequence[str], closes: str, margin: str) -> str:
    between = f",\n{margin}  "
    return f"{opens}\n{margin}  {between.join(parts)}\n{margin}{closes}"


def archive(files: Mapping[str, bytes], now: datetime, method: int = ZIP_DEFLATED) -> bytes:
    """Files as a zip; their time is the moment in Finland, for a zip knows no zones."""
    out = BytesIO()
    with ZipFile(out, "w", method) as bundle:
        for name, content in files.items():
            entry = ZipInfo(name, date_time=now.astimezone(clocks.FINLAND).timetuple()[:6])
            entry.compress_type = method
            # The same bytes on every machine.
            entry.create_system = UNIX
            bundle.writestr(entry, content)
    return out.getvalue()
