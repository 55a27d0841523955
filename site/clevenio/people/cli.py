"""`clevenio people`: bring people in from a file."""

import json
from pathlib import Path

import click
from flask.cli import AppGroup, with_appcontext

from clevenio.errors import Refused
from clevenio.people.imports.columns import COLUMNS, chosen_columns
from clevenio.people.imports.operations import import_people
from clevenio.people.imports.report import Note, Report
from clevenio.terminal import progress
from clevenio.web.kit import kit

people = AppGroup("people", help="The people we know by name.")

HELP = f"""Bring people in from a CSV file in UTF-8.

The first line names the columns: {", ".join(COLUMNS)}. Finnish and English names that other
programs use are understood as well. Delimiters are comma, semicolon or tab.

Rows that cannot be taken are left out and listed with line and reason; of a file that cannot be read
to its end nobody comes in. Where it is cut off, the same file again brings in the others. People come in without consent unless consent, consent_at,
consent_source and consent_wording prove it, and nothing in a file undoes an opt-out. Whoever
opted_out, complained or bounced elsewhere, by what the file says, has left here as well: dry runs count them.
"""


@people.command("import", help=HELP)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Report the same and store nothing.")
@click.option("--strict", is_flag=True, help="Store nothing and exit with 1 when any row is rejected.")
@click.option(
    "--map", "mapping", multiple=True, metavar='"HEADER=COLUMN"', help="What a header of the file holds."
)
@click.option("--json", "as_json", is_flag=True, help="The report for a machine.")
@with_appcontext
def import_(file: Path, dry_run: bool, strict: bool, mapping: tuple[str, ...], as_json: bool) -> None:
    """Parse, import, report."""
    made = kit()
    with progress("reading") as show, made.database.session(write=not dry_run) as session:
        report = import_people(
            session,
            made.settings,
            file,
            now=made.clock(),
            chosen=chosen_columns(mapping),
            is_dry_run=dry_run,
            is_strict=strict,
            progress=show,
            # Nobody waits for more than a chunk; after a crash the same file again does the rest.
            settle=lambda _step: session.commit(),
        )
        session.commit()
    click.echo(json.dumps(report.as_json(), ensure_ascii=False, indent=2) if as_json else written(report))
    if strict and report.rejected:
        raise Refused("Rows were rejected; nothing was stored.")


def written(report: Report) -> str:
    """The report for a person."""
    lines = [] if report.is_stored else ["Nothing was stored."]
    lines += [f"{name.replace('_', ' ') + ':':<12}{count:>10,}" for name, count in report.counts.items()]
    if not report.consents and report.missing_evidence:
        lines.append(f"No consent came: the file has no column {', '.join(report.missing_evidence)}.")
    lines += _listed("Rejected rows", report.rejected_rows)
    lines += _listed("Left out", report.warnings)
    if report.wordings:
        lines += ["", "Wordings, and the data that each was read to list"]
    for wording in report.wordings.values():
        data = ", ".join(wording.data) or "nothing"
        text = " ".join(wording.wording.split())
        short = text if len(text) <= 70 else f"{text[:69]}…"
        lines.append(f"  {wording.rows:,} rows, lists {data}: “{short}” ({wording.source})")
    return "\n".join(lines)


def _listed(title: str, notes: list[Note]) -> list[str]:
    return (
        [
            "",
            title,
            *(f"  line {note.line}: {note.column and note.column + ': '}{note.reason}" for note in notes),
        ]
        if notes
        else []
    )
