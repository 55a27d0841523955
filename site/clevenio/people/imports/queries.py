"""What the back office asks about files of people."""

from collections.abc import Iterator

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from clevenio.errors import Missing
from clevenio.i18n import gettext as _
from clevenio.people.imports.models import PeopleImport
from clevenio.people.imports.words import name_of, said
from clevenio.spreadsheets import table


def imports() -> Select[PeopleImport]:
    """Every file, the newest first."""
    return select(PeopleImport).order_by(PeopleImport.id.desc())


def find(session: Session, number: int, *, is_changing: bool = False) -> PeopleImport:
    """A file by its number, locked where it is to be changed. Raises `Missing`."""
    found = session.get(PeopleImport, number, with_for_update=is_changing or None)
    if found is None:
        raise Missing("There is no such file. Files that nobody stored go after a day.")
    return found


def rejects(brought: PeopleImport) -> Iterator[bytes]:
    """A CSV file in pieces: where in the file something could not be taken, and why, without the data itself."""
    report = brought.report or {"rejected_rows": [], "warnings": []}
    kinds = ((_("Row left out"), "rejected_rows"), (_("Part left out"), "warnings"))
    notes = [(note["line"], kind, note) for kind, name in kinds for note in report[name]]
    rows = [
        (line, kind, name_of(note["column"]), said(note))
        for line, kind, note in sorted(notes, key=lambda row: row[0])
    ]
    return table((_("Line"), _("What happened"), _("Column"), _("Reason")), rows)
